using System.Buffers.Binary;
using System.Text;

namespace LedCluster.Models.Devices;

/// <summary>A section of an ELF file.</summary>
/// <param name="Name">Its name, for example <c>.dynsym</c>.</param>
/// <param name="Type">What it holds, <c>sh_type</c>.</param>
/// <param name="Link">Index of a section that belongs to it, for example that with the names of its symbols.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct ElfSection(string Name, uint Type, int Link, long Offset, long Size);

/// <summary>
/// The sections of a shared library for 64-bit little-endian Linux (System V ABI, chapter 4, "Object Files"). Reads the headers
/// alone, so that a library of half a gigabyte costs nothing.
/// </summary>
internal sealed class ElfFile
{
    private const int HeaderSize = 64, SectionHeaderSize = 64, LargestNote = 1 << 12;

    private readonly Stream stream;

    /// <summary>Reads the section headers.</summary>
    /// <param name="stream">The file, which must stay open while this is in use.</param>
    /// <exception cref="InvalidDataException">It is not such a library, or it is damaged.</exception>
    public ElfFile(Stream stream)
    {
        this.stream = stream;
        var header = Bytes(0, HeaderSize);
        if (header is not [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, ..])
            throw new InvalidDataException("it is not an ELF file of 64 bits, little-endian");
        int size = U16(header, 0x3a), count = U16(header, 0x3c), names = U16(header, 0x3e);
        if (size != SectionHeaderSize || names >= count)
            throw new InvalidDataException("it has no section headers");
        var headers = Bytes(I64(header, 0x28), size * count);
        var text = Bytes(I64(headers, names * size + 0x18), I64(headers, names * size + 0x20));
        Sections = [.. Enumerable.Range(0, count).Select(i => i * size).Select(at => new ElfSection(
            Text(text, U32(headers, at)), U32(headers, at + 4), (int)U32(headers, at + 0x28), I64(headers, at + 0x18), I64(headers, at + 0x20)))];
    }

    /// <summary>All sections, in the order of the file.</summary>
    public IReadOnlyList<ElfSection> Sections { get; }

    /// <summary>The linker's hash of what it linked, in hexadecimal; null when it left none.</summary>
    public string? BuildId
    {
        get
        {
            const int Header = 16; // sizes of name and description, type, "GNU\0"
            if (Sections.FirstOrDefault(s => s.Name == ".note.gnu.build-id") is not { Size: > Header and < LargestNote } section)
                return null;
            var note = Bytes(section.Offset, section.Size);
            return U32(note, 4) + Header <= note.Length ? Convert.ToHexStringLower(note.AsSpan(Header, (int)U32(note, 4))) : null;
        }
    }

    /// <summary>The only section of a type.</summary>
    /// <exception cref="InvalidDataException">There is none, or more than one.</exception>
    public ElfSection Only(uint type, string what) =>
        Sections.Where(s => s.Type == type).ToArray() is [var section] ? section
            : throw new InvalidDataException($"it does not have exactly one section of {what}");

    /// <summary>Text that ends with a zero byte.</summary>
    /// <exception cref="InvalidDataException">The table ends before it does.</exception>
    public static string Text(ReadOnlySpan<byte> table, uint at)
    {
        if (at < table.Length && table[(int)at..].IndexOf((byte)0) is var length and >= 0)
            return Encoding.UTF8.GetString(table.Slice((int)at, length));
        throw new InvalidDataException("a name is outside its table");
    }

    /// <summary>A 16-bit number.</summary>
    public static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    /// <summary>A 32-bit number.</summary>
    public static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private byte[] Bytes(long offset, long size)
    {
        if (offset < 0 || size < 0 || offset > stream.Length - size || size > int.MaxValue)
            throw new InvalidDataException("it is truncated");
        var bytes = new byte[size];
        stream.Position = offset;
        stream.ReadExactly(bytes);
        return bytes;
    }
}
