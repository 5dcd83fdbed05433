using System.Text.Json.Nodes;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Report;

namespace LedCluster.Host.Evaluation;

/// <summary>What a forecast cost in CPU time beside the micro solver alone, for the same members and frames.</summary>
/// <param name="Forecast">CPU seconds of the forecast per kind of work.</param>
/// <param name="MicroOnly">CPU seconds of the micro solver alone.</param>
/// <param name="Source">How the latter are known.</param>
internal sealed record CostComparison(double[] Forecast, double MicroOnly, string Source)
{
    /// <summary>How many times cheaper the forecast was without encoder and decoder, which the paper leaves out.</summary>
    public double Bare => MicroOnly / (Forecast[(int)Work.Micro] + Forecast[(int)Work.Latent]);

    /// <summary>The same with all work.</summary>
    public double Full => MicroOnly / Forecast.Sum();

    /// <summary>Both in a line.</summary>
    public string Text => $"{NumberText.Cheaper(Full, Reference)} ({NumberText.Cheaper(Bare)} without encoder and decoder)";

    /// <summary>What is compared with what.</summary>
    public string Compared
    {
        get
        {
            var parts = Enum.GetValues<Work>().Select(work => $"{work.ToString().ToLowerInvariant()} {Seconds(Forecast[(int)work])}");
            return $"{Seconds(Forecast.Sum())} of CPU ({string.Join(", ", parts)}) against {Seconds(MicroOnly)} for {Reference} alone, {Source}";
        }
    }

    /// <summary>A warning for a forecast that took more CPU than the micro solver alone; null for others and for very short ones.</summary>
    public string? Warning => Full < 1 && Forecast.Sum() >= ShortSeconds ? $"This forecast was {NumberText.Cheaper(Full, Reference)}: {Compared}." : null;

    /// <summary>Both for scripts.</summary>
    public JsonObject Json => new() { ["propagationAndMicro"] = Bare, ["withEncoderAndDecoder"] = Full, ["microCpuSeconds"] = MicroOnly, ["source"] = Source };

    /// <summary>CPU seconds below which just-in-time compilation, of encoder, decoder and propagator alike, is a large part of a forecast's cost.</summary>
    private const double ShortSeconds = 2;

    private const string Reference = "the micro solver";

    /// <summary>From what the micro solver cost within the forecast; null where it did all of it, or where nothing is known of it.</summary>
    public static CostComparison? Estimated(LedSchedule schedule, WorkTimes times, MemberFrames frames)
    {
        var members = frames.All / (schedule.Final + 1); // their frame 0 is given
        var (micro, all) = (frames.Micro - members, frames.All - members);
        if (!schedule.HasMacro || micro <= 0)
            return null;
        var isShort = times.Cpu.Sum() < ShortSeconds ? "; in a run this short, compilation takes a large part" : "";
        return new(
            times.Cpu, times.Cpu[(int)Work.Micro] / micro * all,
            $"estimated from the {micro:N0} of {all:N0} member-frames that it computed in this run{isShort}");
    }

    /// <summary>From the micro solver's own run.</summary>
    public static CostComparison Measured(ForecastSetup setup, EvaluationResult evaluation)
    {
        var frames = MetricsFile.Frames(setup).All;
        var measured = (double)evaluation.Members * (setup.Schedule.Final + 1);
        return new(
            MetricsFile.ForecastTimes(setup).Cpu, evaluation.MicroCpuSeconds / measured * frames,
            frames == measured ? "measured on the same members" : $"measured on {evaluation.Members:N0} members and scaled");
    }

    private static string Seconds(double value) => $"{NumberText.Significant(value, 3)} s";
}
