using LedCluster.Host.Forecasts;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Host.Evaluation;

/// <summary>How far two runs of the same system are apart in a channel.</summary>
/// <param name="Channel">Name of the channel.</param>
/// <param name="Mean">Root mean square of the difference of the ensemble means, over frames and points; NaN of exchangeable points.</param>
/// <param name="Members">The same of the members' fields; NaN where members do not correspond.</param>
/// <param name="Largest">Largest absolute difference of members' fields; NaN where members do not correspond.</param>
/// <param name="Spread">Standard deviation of the first run's ensemble mean over frames and points, as a yardstick.</param>
internal sealed record RunDifference(string Channel, double Mean, double Members, double Largest, double Spread)
{
    private const int MembersAtOnce = 16, NumbersAtOnce = 1 << 20;

    /// <summary>Compares two finished runs over the frames that both have, and the members that both have if they began alike.</summary>
    /// <param name="one">The one.</param>
    /// <param name="other">The other.</param>
    /// <exception cref="UserError">Their fields do not correspond.</exception>
    public static RunDifference[] Between(ForecastSetup one, ForecastSetup other)
    {
        if (!one.Layout.Equals(other.Layout))
        {
            throw new UserError($"'{one.Directory.Path}' is a run of {one.Study.Name} and '{other.Directory.Path}' of {other.Study.Name}, whose fields or time "
                + "steps differ. Compare runs of the same system.");
        }
        using var first = ForecastStore.Open(one.Directory.OutputPath);
        using var second = ForecastStore.Open(other.Directory.OutputPath);
        var frames = Math.Min(first.Frames, second.Frames);
        var sums = new Sums[one.Layout.Channels.Length];
        if (!one.Layout.Exchangeable) // there is no mean of what has no numbers of its own
            Means(first, second, frames, sums);
        var alike = Correspond(one, other);
        if (alike)
            Fields(first.Source(one.Decoder), second.Source(other.Decoder), Alive(first, second), frames, first, sums);
        return [.. one.Layout.Channels.Select((channel, c) => sums[c].Conclude(channel.Name, alike))];
    }

    /// <summary>Whether member m of the one began as member m of the other did, and its rows mean the same.</summary>
    private static bool Correspond(ForecastSetup one, ForecastSetup other) => !one.Layout.Exchangeable
        && (one.Spec.InitialConditions, one.Spec.Seed, one.Spec.Parameters) == (other.Spec.InitialConditions, other.Spec.Seed, other.Spec.Parameters);

    private static int[] Alive(ForecastStore first, ForecastStore second)
    {
        var (a, b) = (first.ReadFailedLegs(), second.ReadFailedLegs());
        return [.. Enumerable.Range(0, Math.Min(a.Length, b.Length)).Where(m => a[m] < 0 && b[m] < 0)];
    }

    private static void Means(ForecastStore first, ForecastStore second, int frames, Sums[] sums)
    {
        var (size, points) = (first.Layout.Size, first.Layout.Points);
        var atOnce = Math.Clamp(NumbersAtOnce / size, 1, frames);
        var (a, b) = (new double[atOnce * size], new double[atOnce * size]);
        for (var frame = 0; frame < frames; frame += atOnce)
        {
            var held = Math.Min(atOnce, frames - frame) * size;
            first.ReadMean(frame, a.AsSpan(0, held));
            second.ReadMean(frame, b.AsSpan(0, held));
            for (var i = 0; i < held; i++)
                sums[i % size / points].AddMean(a[i], b[i]);
        }
    }

    private static void Fields(FrameSource one, FrameSource other, int[] members, int frames, ForecastStore store, Sums[] sums)
    {
        var (size, points) = (store.Layout.Size, store.Layout.Points);
        var atOnce = Math.Clamp(NumbersAtOnce / size / MembersAtOnce, 1, frames);
        foreach (var block in members.Chunk(MembersAtOnce))
            for (var frame = 0; frame < frames; frame += atOnce)
            {
                var held = Math.Min(atOnce, frames - frame);
                var (a, b) = (new float[block.Length * held * size], new float[block.Length * held * size]);
                one(block, frame, held, a);
                other(block, frame, held, b);
                for (var i = 0; i < a.Length; i++)
                    sums[i % size / points].AddField(a[i], b[i]);
            }
    }

    private struct Sums
    {
        private double square, mean, meanSquare, fieldSquare, largest;
        private long means, fields;

        public void AddMean(double a, double b)
        {
            (square, mean, meanSquare, means) = (square + (a - b) * (a - b), mean + a, meanSquare + a * a, means + 1);
        }

        public void AddField(double a, double b)
        {
            var difference = Math.Abs(a - b);
            (fieldSquare, largest, fields) = (fieldSquare + difference * difference, Math.Max(largest, difference), fields + 1);
        }

        // Without means the quotients are NaN.
        public readonly RunDifference Conclude(string channel, bool alike) => new(
            channel, Math.Sqrt(square / means), alike ? Math.Sqrt(fieldSquare / fields) : double.NaN, alike && fields > 0 ? largest : double.NaN,
            means == 0 ? double.NaN : Math.Sqrt(Math.Max(0, meanSquare / means - mean / means * (mean / means))));
    }
}
