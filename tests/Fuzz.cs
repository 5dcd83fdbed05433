using System.Globalization;
using System.Text;

namespace LedCluster.Tests;

/// <summary>
/// Feeds a reader with damaged forms of valid inputs: flipped bits, cut ends, pieces that are left out, doubled, moved or taken
/// from another input, and numbers and words that readers stumble over. Each input must be read or refused by the documented
/// error, in memory in proportion to its length. The same inputs every time; <c>LEDCLUSTER_FUZZ=1000000</c> tries so many per reader.
/// </summary>
/// <param name="valid">Inputs that the reader takes.</param>
internal sealed class Fuzz(params byte[][] valid)
{
    private const int Usual = 2000, BytesPerByte = 300;

    private static readonly string[] CommonWords =
    [
        "-1", "0", "1e999", "0.5", "null", "true", "{}", "[]", "\"\"", "9223372036854775807", "18446744073709551616", "4611686018427387904",
        "2147483647", "-2147483648",
        "\"a\":1,", "\\ud800", "\\u0000", "NaN", ",", ":", "\"", "'", "(", ")", "\n", "\u00e9", "\uFEFF",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    ];

    private static readonly long[] CommonNumbers =
        [0, 1, -1, 2, 7, 127, 128, 255, 256, 32767, 65535, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 53, long.MaxValue, long.MinValue, 1 << 20, 1 << 28];

    private readonly Random random = new(20261127);

    /// <summary>Inputs to try per reader.</summary>
    public static int Inputs { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("LEDCLUSTER_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : Usual;

    /// <summary>Words of the format that are put in at random.</summary>
    public string[] Words { get; init; } = [];

    /// <summary>Makes sums and lengths right again, so that damage gets beyond them; used on every other input.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Inputs to try, as a part of <see cref="Inputs"/>: for readers that take long.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Tries a reader.</summary>
    /// <typeparam name="TError">The documented error.</typeparam>
    /// <param name="read">Reads an input; may assert what holds for whatever is read.</param>
    /// <param name="sizePerInput">Bytes of memory that even a short input may stand for.</param>
    public void Try<TError>(Action<byte[]> read, long sizePerInput = 1 << 20)
        where TError : Exception
    {
        foreach (var input in valid)
            read(input);
        var (refused, count) = (0, Math.Max(1, (int)(Inputs * Share)));
        for (var n = 0; n < count; n++)
        {
            var input = Damaged();
            if (n % 2 == 1 && Repair is not null)
                input = Repair(input);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(input);
            }
            catch (TError)
            {
                refused++;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException(
                    $"Input {n} of {input.Length} bytes ended with {error.GetType().Name}: {error.Message}\n{Shown(input)}", error);
            }
            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            if (taken > sizePerInput + (long)BytesPerByte * input.Length)
                throw new InvalidOperationException($"Input {n} of {input.Length} bytes took {taken:N0} bytes of memory.\n{Shown(input)}");
        }
        Assert.True(refused > 0, "no input was refused: the reader checks nothing");
        TestContext.Current.TestOutputHelper?.WriteLine($"{count:N0} inputs, {refused:N0} of them refused");
    }

    private byte[] Damaged()
    {
        var bytes = new List<byte>(Pick(valid));
        for (var hits = 1 + random.Next(4); hits > 0; hits--)
            Damage(bytes);
        return [.. bytes];
    }

    private void Damage(List<byte> bytes)
    {
        var (at, length) = (random.Next(bytes.Count + 1), 1 + random.Next(Math.Max(1, Math.Min(bytes.Count, 1 << random.Next(1, 8)))));
        length = Math.Min(length, bytes.Count - at);
        switch (random.Next(11))
        {
            case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1 when at < bytes.Count: bytes[at] = (byte)random.Next(256); break;
            case 2 when random.Next(4) == 0: bytes.RemoveRange(at, bytes.Count - at); break;
            case 3: bytes.RemoveRange(at, length); break;
            case 4: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
            case 5: bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length)); break;
            case 6: Overwrite(bytes, at, BitConverter.GetBytes(Pick(CommonNumbers)).AsSpan(0, random.Next(2) == 0 ? 4 : 8)); break;
            case 7: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pick(random.Next(2) == 0 && Words.Length > 0 ? Words : CommonWords))); break;
            case 8: ReplaceNumber(bytes, at); break;
            case 9: DoubleItem(bytes, at); break;
            case 10:
                var other = Pick(valid);
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, 1 + random.Next(64))).ToArray());
                break;
        }
    }

    private static void Overwrite(List<byte> bytes, int at, ReadOnlySpan<byte> with)
    {
        for (var i = 0; i < with.Length && at + i < bytes.Count; i++)
            bytes[at + i] = with[i];
    }

    /// <summary>Puts another number in the place of the next one that is written in digits.</summary>
    private void ReplaceNumber(List<byte> bytes, int at)
    {
        var start = bytes.FindIndex(at, b => char.IsAsciiDigit((char)b));
        if (start < 0)
            return;
        var end = start;
        while (end < bytes.Count && char.IsAsciiDigit((char)bytes[end]))
            end++;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Encoding.ASCII.GetBytes($"{Pick(CommonNumbers)}"));
    }

    /// <summary>Writes what stands between two commas once more: often a key and its value.</summary>
    private static void DoubleItem(List<byte> bytes, int at)
    {
        var start = bytes.FindIndex(at, b => b is (byte)',' or (byte)'{');
        var end = start < 0 ? -1 : bytes.FindIndex(start + 1, b => b is (byte)',' or (byte)'}');
        if (end >= 0)
            bytes.InsertRange(end, [(byte)',', .. bytes.GetRange(start + 1, end - start - 1)]);
    }

    private T Pick<T>(T[] items) => items[random.Next(items.Length)];

    private static string Shown(byte[] input) =>
        input.Length > 4000 ? "" : $"{string.Concat(input.Select(b => b is >= 32 and < 127 ? (char)b : '.'))}\nas Base64: {Convert.ToBase64String(input)}";
}
