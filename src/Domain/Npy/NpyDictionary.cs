using System.Globalization;

namespace LedCluster.Domain.Npy;

/// <summary>
/// The header of a .npy file: a Python dictionary with the keys descr, fortran_order and shape, each of them once, and nothing
/// else.
/// </summary>
/// <param name="text">The header.</param>
/// <param name="path">Name of the file, for messages.</param>
internal ref struct NpyDictionary(string text, string path)
{
    /// <summary>Axes of an array at most, as numpy has it.</summary>
    private const int MostAxes = 64;

    private int at;

    /// <summary>Reads the header.</summary>
    /// <exception cref="InvalidDataException">It is anything else; the message says what, and where.</exception>
    public (NpyElement Element, bool FortranOrder, long[] Shape) Read()
    {
        var (element, fortran, shape) = ((NpyElement?)null, (bool?)null, (long[]?)null);
        Expect('{');
        while (!Take('}'))
        {
            var (start, key) = (at, Text("a key"));
            Expect(':');
            if (key switch { "descr" => element is not null, "fortran_order" => fortran is not null, "shape" => shape is not null, _ => false })
                throw Broken(start, $"the key '{key}' is duplicated");
            switch (key)
            {
                case "descr": element = Element(); break;
                case "fortran_order": fortran = Flag(); break;
                case "shape": shape = Shape(); break;
                default: throw Broken(start, $"'{key}' is no key of such a header; descr, fortran_order and shape are");
            }
            if (!Take(','))
            {
                Expect('}');
                break;
            }
        }
        Space();
        if (at < text.Length)
            throw Broken(at, "something follows its closing brace");
        return (
            element ?? throw Broken(at, "the key 'descr' is missing"),
            fortran ?? throw Broken(at, "the key 'fortran_order' is missing"),
            shape ?? throw Broken(at, "the key 'shape' is missing"));
    }

    private NpyElement Element()
    {
        Space();
        if (at < text.Length && text[at] is '[' or '(')
            throw Unconvertible("of a structured kind");
        var descr = Text("a dtype");
        return NpyElement.TryParse(descr, out var element) ? element : throw Unconvertible($"'{descr}'");
    }

    private readonly InvalidDataException Unconvertible(string dtype) => new(
        $"'{path}' has a dtype {dtype}; floats of 16, 32 or 64 bits and integers are read. "
        + (dtype.Contains('c')
            ? "Save the real part alone if the imaginary one is zero: numpy.save(path, array.real)."
            : "Convert it with numpy.save(path, array.astype('<f8')), one field at a time if it has fields."));

    private bool Flag()
    {
        Space();
        foreach (var flag in (bool[])[true, false])
        {
            if (!text.AsSpan(at).StartsWith(flag.ToString(), StringComparison.Ordinal))
                continue;
            at += flag.ToString().Length;
            return flag;
        }
        throw Broken(at, "True or False is expected");
    }

    /// <summary>A tuple: (), (3,), (3, 4).</summary>
    private long[] Shape()
    {
        var lengths = new List<long>();
        Expect('(');
        while (!Take(')'))
        {
            lengths.Add(Length());
            if (Take(','))
                continue;
            if (lengths.Count == 1)
                throw Broken(at, "a comma is expected after the only length of a shape");
            Expect(')');
            break;
        }
        return lengths.Count <= MostAxes ? [.. lengths] : throw Broken(at, $"the shape has {lengths.Count} axes; there may be {MostAxes}");
    }

    private long Length()
    {
        Space();
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        if (!long.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            throw Broken(start, "a length from 0 is expected");
        if (at < text.Length && text[at] == 'L') // Python 2
            at++;
        return length;
    }

    private string Text(string what)
    {
        Space();
        var start = at + 1;
        var end = at < text.Length && text[at] is '\'' or '"' ? text.IndexOf(text[at], start) : -1;
        if (end < 0)
            throw Broken(at, $"{what} in quotes is expected");
        at = end + 1;
        return text[start..end];
    }

    private bool Take(char what)
    {
        Space();
        if (at == text.Length || text[at] != what)
            return false;
        at++;
        return true;
    }

    private void Expect(char what)
    {
        if (!Take(what))
            throw Broken(at, $"'{what}' is expected");
    }

    private void Space()
    {
        while (at < text.Length && text[at] is ' ' or '\n' or '\t' or '\r')
            at++;
    }

    private readonly InvalidDataException Broken(int where, string why) => new(
        $"'{path}' has a .npy header that cannot be read, at character {where + 1}: {why}. Save it again with numpy.save.");
}
