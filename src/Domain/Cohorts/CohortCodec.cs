using System.Runtime.InteropServices;
using LedCluster.Domain.Wire;

namespace LedCluster.Domain.Cohorts;

/// <summary>
/// Binary form of a cohort, for checkpoints and for the wire. Little-endian: the tag <c>LCC1</c>, then as 32-bit integers
/// id, leg, frame, pending, M, then the M member indices, then the arrays latents, memory, fields, fine, each preceded by
/// its length. A cohort with parameters has the tag <c>LCC2</c>, and its parameters as one more array at the end. A changed form gets a
/// new tag; readers keep accepting the old ones.
/// </summary>
public static class CohortCodec
{
    private const string Tag = "LCC1", TagWithParameters = "LCC2", What = "a cohort";
    private const int HeaderBytes = 6 * sizeof(int);

    /// <summary>Bytes that a cohort takes.</summary>
    public static long Size(Cohort cohort) => HeaderBytes + sizeof(int) * (cohort.Members.Length + 4L)
        + sizeof(float) * ((long)cohort.Latents.Length + cohort.Memory.Length)
        + sizeof(double) * ((long)cohort.Fields.Length + cohort.Fine.Length)
        + (cohort.Parameters.Length == 0 ? 0 : sizeof(int) + sizeof(double) * (long)cohort.Parameters.Length);

    /// <summary>Encodes a cohort.</summary>
    public static byte[] Encode(Cohort cohort)
    {
        using var writer = new ByteWriter(TagOf(cohort), Size(cohort));
        Content(writer, cohort);
        return writer.ToArray();
    }

    /// <summary>Encodes a cohort as a part of a message.</summary>
    public static ByteWriter Write(ByteWriter writer, Cohort cohort) => Content(writer.Tag(TagOf(cohort)), cohort);

    /// <summary>Decodes a cohort; never allocates more than the bytes given can hold.</summary>
    /// <exception cref="FormatException">The bytes are not a whole cohort of a known form.</exception>
    public static Cohort Decode(ReadOnlySpan<byte> bytes)
    {
        var hasParameters = bytes.StartsWith("LCC2"u8);
        var reader = new ByteReader(bytes, hasParameters ? TagWithParameters : Tag, What);
        var (id, leg, frame, pending) = (reader.Int(), reader.Int(), reader.Int(), reader.Int());
        var members = ImmutableCollectionsMarshal.AsImmutableArray(reader.Array<int>());
        var cohort = new Cohort(
            new CohortId(id), members, leg, frame, pending,
            reader.Array<float>(), reader.Array<float>(), reader.Array<double>(),
            reader.Array<double>()) { Parameters = hasParameters ? reader.Array<double>() : [] };
        reader.End();
        if (hasParameters && cohort.Parameters.Length == 0)
            throw new FormatException($"{cohort.Id} is said to have parameters, but has none.");
        return Checked(cohort);
    }

    private static string TagOf(Cohort cohort) => cohort.Parameters.Length == 0 ? Tag : TagWithParameters;

    private static ByteWriter Content(ByteWriter writer, Cohort cohort)
    {
        writer
            .Int(cohort.Id.Value).Int(cohort.Leg).Int(cohort.Frame).Int(cohort.Pending).Array(cohort.Members.AsSpan())
            .Array(cohort.Latents).Array(cohort.Memory).Array(cohort.Fields).Array(cohort.Fine);
        return cohort.Parameters.Length == 0 ? writer : writer.Array(cohort.Parameters);
    }

    private static Cohort Checked(Cohort cohort)
    {
        var m = cohort.Members.Length;
        if (m == 0 || cohort.Leg < 0 || cohort.Frame < -1 || cohort.Pending < 0)
            throw new FormatException(
                $"{cohort.Id} has {m} members, leg {cohort.Leg}, frame {cohort.Frame} and {cohort.Pending} pending latents, which is impossible.");
        for (var p = 0; p < m; p++)
            if (cohort.Members[p] <= (p == 0 ? -1 : cohort.Members[p - 1]))
                throw new FormatException($"The members of {cohort.Id} are not ascending.");
        Whole("latents", cohort.Latents.Length, (long)m * Math.Max(1, cohort.Pending));
        Whole("memory", cohort.Memory.Length, m);
        Whole("fields", cohort.Fields.Length, m);
        Whole("fine", cohort.Fine.Length, m);
        Whole("parameters", cohort.Parameters.Length, m);
        return cohort;

        void Whole(string name, int length, long unit)
        {
            if (length % unit != 0)
                throw new FormatException($"The {name} of {cohort.Id} hold {length} numbers, not a multiple of {unit}.");
        }
    }
}
