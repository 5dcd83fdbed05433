using System.Buffers.Binary;
using System.Text;

namespace LedCluster.Models.Devices;

/// <summary>
/// Makes a shared library load where a library that it needs lacks the version of one symbol. TorchSharp's native part asks
/// for GLIBCXX_3.4.32 of libstdc++ because of a single symbol that GCC 13's &lt;iostream&gt; refers to and never uses on systems whose
/// libstdc++ initialises its streams itself; everything else that it needs is there on Debian 12 and Ubuntu 22.04.
/// </summary>
/// <remarks>
/// Three edits, none of which moves a byte (Linux Standard Base, Core 5.0, "Symbol Versioning"): the version that is needed becomes weak,
/// the symbol becomes unversioned, and its name becomes that of a function that every system has. The file is refused unless it
/// looks exactly as expected.
/// </remarks>
internal static class SymbolVersionPatch
{
    /// <summary>What the edits are for.</summary>
    public const string Library = "libstdc++.so.6", Version = "GLIBCXX_3.4.32", Symbol = "_ZSt21ios_base_library_initv";

    private const string Replacement = "getpid"; // takes nothing, changes nothing, and is in every C library
    private const uint DynamicSymbols = 11, Versions = 0x6fffffff, NeededVersions = 0x6ffffffe;
    private const int SymbolSize = 24;
    private const ushort Weak = 2, Unversioned = 1, Hidden = 0x8000;

    /// <summary>A copy of a library that loads without <see cref="Version"/>.</summary>
    /// <exception cref="InvalidDataException">The library is not as expected; the message says in what.</exception>
    public static byte[] Apply(byte[] library)
    {
        try
        {
            return Edited(library);
        }
        catch (ArgumentException)
        {
            throw new InvalidDataException("its tables point outside the file");
        }
    }

    private static byte[] Edited(byte[] library)
    {
        var image = (byte[])library.Clone();
        using var stream = new MemoryStream(library);
        var elf = new ElfFile(stream);
        var (symbols, versions) = (elf.Only(DynamicSymbols, "dynamic symbols"), elf.Only(Versions, "symbol versions"));
        var needed = elf.Only(NeededVersions, "needed versions");
        if (symbols.Link >= elf.Sections.Count || symbols.Link != needed.Link)
            throw new InvalidDataException("its symbols and versions do not share a table of names");
        var names = elf.Sections[symbols.Link];
        var text = image.AsSpan((int)names.Offset, (int)names.Size);

        var (flags, index) = Need(image.AsSpan((int)needed.Offset, (int)needed.Size), text);
        var count = (int)(symbols.Size / SymbolSize);
        if (versions.Size != 2 * count)
            throw new InvalidDataException($"it has {count} symbols, but {versions.Size / 2} versions");
        var found = Enumerable.Range(0, count).Where(i => (VersionOf(i) & ~Hidden) == index).ToArray();
        if (found is not [var only] || ElfFile.Text(text, NameOf(only)) != Symbol || ElfFile.U16(image, SymbolAt(only) + 6) != 0)
        {
            var some = found.Take(5).Select(i => ElfFile.Text(image.AsSpan((int)names.Offset, (int)names.Size), NameOf(i)));
            throw new InvalidDataException($"{found.Length} symbols are of version {Version}, not {Symbol} alone: [{string.Join(", ", some)}]");
        }
        var (first, last) = (NameOf(only), NameOf(only) + (uint)Symbol.Length);
        if (Enumerable.Range(0, count).Any(i => i != only && NameOf(i) >= first && NameOf(i) <= last))
            throw new InvalidDataException($"another symbol's name is part of {Symbol}");

        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan((int)needed.Offset + flags), Weak);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan((int)versions.Offset + 2 * only), Unversioned);
        Encoding.ASCII.GetBytes(Replacement + '\0').CopyTo(text[(int)first..]);
        return image;

        int SymbolAt(int i) => (int)symbols.Offset + i * SymbolSize;
        uint NameOf(int i) => ElfFile.U32(image, SymbolAt(i));
        ushort VersionOf(int i) => ElfFile.U16(image, (int)versions.Offset + 2 * i);
    }

    /// <summary>Where the flags of the needed version stand within the section, and its index.</summary>
    private static (int Flags, ushort Index) Need(ReadOnlySpan<byte> needed, ReadOnlySpan<byte> names)
    {
        for (var library = 0; ;)
        {
            var entry = library + (int)ElfFile.U32(needed, library + 8);
            for (var i = ElfFile.U16(needed, library + 2); i > 0; i--)
            {
                if (ElfFile.Text(names, ElfFile.U32(needed, library + 4)) == Library && ElfFile.Text(names, ElfFile.U32(needed, entry + 8)) == Version)
                    return (entry + 4, ElfFile.U16(needed, entry + 6));
                entry += (int)ElfFile.U32(needed, entry + 12);
            }
            var next = (int)ElfFile.U32(needed, library + 12);
            if (next == 0)
                throw new InvalidDataException($"it does not need {Version} of {Library}");
            library += next;
        }
    }
}
