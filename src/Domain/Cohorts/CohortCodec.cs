using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LedCluster.Domain.Cohorts;

/// <summary>
/// Binary form of a cohort, for checkpoints and for the wire. Little-endian: the tag <c>LCC1</c>, then as 32-bit integers
/// id, leg, frame, pending, M, then the M member indices, then the arrays latents, memory, fields, fine, each preceded by
/// its length. A changed form gets a new tag; readers keep accepting the old ones.
/// </summary>
public static class CohortCodec
{
    private const uint Tag1 = 0x3143434C; // "LCC1"
    private const int HeaderBytes = 6 * sizeof(int);

    /// <summary>Encodes a cohort.</summary>
    public static byte[] Encode(Cohort cohort)
    {
        var bytes = new byte[HeaderBytes + 4 * (cohort.Members.Length + 4)
            + sizeof(float) * (cohort.Latents.Length + cohort.Memory.Length)
            + sizeof(double) * (cohort.Fields.Length + cohort.Fine.Length)];
        var rest = bytes.AsSpan();
        BinaryPrimitives.WriteUInt32LittleEndian(rest, Tag1);
        rest = rest[sizeof(uint)..];
        foreach (var number in (ReadOnlySpan<int>)[cohort.Id.Value, cohort.Leg, cohort.Frame, cohort.Pending, cohort.Members.Length, .. cohort.Members])
            Int(ref rest, number);
        Array(ref rest, cohort.Latents);
        Array(ref rest, cohort.Memory);
        Array(ref rest, cohort.Fields);
        Array(ref rest, cohort.Fine);
        return bytes;

        static void Int(ref Span<byte> rest, int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, value);
            rest = rest[sizeof(int)..];
        }

        static void Array<T>(ref Span<byte> rest, T[] values) where T : unmanaged
        {
            Int(ref rest, values.Length);
            var raw = MemoryMarshal.AsBytes(values.AsSpan());
            raw.CopyTo(rest);
            rest = rest[raw.Length..];
        }
    }

    /// <summary>Decodes a cohort; never allocates more than the bytes given can hold.</summary>
    /// <exception cref="FormatException">The bytes are not a whole cohort of a known form.</exception>
    public static Cohort Decode(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        if (rest.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(rest) != Tag1)
            throw new FormatException($"Expected a cohort that starts with the tag LCC1, got {bytes.Length} bytes of another form.");
        rest = rest[sizeof(uint)..];
        var (id, leg, frame, pending) = (Int(ref rest), Int(ref rest), Int(ref rest), Int(ref rest));
        var members = ImmutableCollectionsMarshal.AsImmutableArray(Array<int>(ref rest));
        var cohort = new Cohort(
            new CohortId(id), members, leg, frame, pending,
            Array<float>(ref rest), Array<float>(ref rest), Array<double>(ref rest), Array<double>(ref rest));
        if (rest.Length > 0)
            throw new FormatException($"{cohort.Id} is followed by {rest.Length} unexpected bytes.");
        return Checked(cohort);

        static int Int(ref ReadOnlySpan<byte> rest)
        {
            if (rest.Length < sizeof(int))
                throw new FormatException("The cohort ends in the middle of a number: the bytes are truncated.");
            var value = BinaryPrimitives.ReadInt32LittleEndian(rest);
            rest = rest[sizeof(int)..];
            return value;
        }

        static T[] Array<T>(ref ReadOnlySpan<byte> rest) where T : unmanaged
        {
            var length = Int(ref rest);
            var size = Marshal.SizeOf<T>();
            if (length < 0 || length > rest.Length / size)
                throw new FormatException($"The cohort announces an array of {length} numbers, but only {rest.Length} bytes are left.");
            var values = MemoryMarshal.Cast<byte, T>(rest[..(length * size)]).ToArray();
            rest = rest[(length * size)..];
            return values;
        }
    }

    private static Cohort Checked(Cohort cohort)
    {
        var m = cohort.Members.Length;
        if (m == 0 || cohort.Leg < 0 || cohort.Frame < -1 || cohort.Pending < 0)
            throw new FormatException($"{cohort.Id} has {m} members, leg {cohort.Leg}, frame {cohort.Frame} and {cohort.Pending} pending latents; none of these can be.");
        for (var p = 0; p < m; p++)
            if (cohort.Members[p] <= (p == 0 ? -1 : cohort.Members[p - 1]))
                throw new FormatException($"The members of {cohort.Id} are not ascending.");
        Whole("latents", cohort.Latents.Length, (long)m * Math.Max(1, cohort.Pending));
        Whole("memory", cohort.Memory.Length, m);
        Whole("fields", cohort.Fields.Length, m);
        Whole("fine", cohort.Fine.Length, m);
        return cohort;

        void Whole(string name, int length, long unit)
        {
            if (length % unit != 0)
                throw new FormatException($"The {name} of {cohort.Id} hold {length} numbers, not a multiple of {unit}.");
        }
    }
}
