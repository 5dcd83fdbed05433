using LedCluster.Domain.Systems;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Solvers.Flow;

namespace LedCluster.Host.Reproduction;

/// <summary>A figure of the developed flow past a cylinder: what is known, what is forecast, and the run whose frames others are compared with.</summary>
internal abstract record DevelopedCylinderFigure : FigurePlan
{
    /// <summary>T_warm.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after the warm-up.</summary>
    public required double Horizon { get; init; }

    /// <summary>Time after the impulsive start at which members begin.</summary>
    public required double Start { get; init; }

    /// <summary>Frames of each run, of another seed, from which time mean and phases are taken.</summary>
    public required int TableFrames { get; init; }

    /// <summary>Simulates the members at a Reynolds number, and a run of another seed.</summary>
    /// <param name="run">Where the study is.</param>
    /// <param name="system">The system.</param>
    /// <param name="reynolds">Reynolds number.</param>
    /// <param name="scaling">A model, whose range of each channel errors are told in.</param>
    protected (CylinderTest Test, CylinderTable Table, ParameterTable Parameters) Simulate(
        ReproductionRun run, CylinderSystem system, double reynolds, ModelManifest scaling)
    {
        var (known, frames) = (system.Solver.Layout.Frames(WarmTime)!.Value + 1, system.Solver.Layout.Frames(Horizon)!.Value);
        var values = new Dictionary<string, ParameterValues> { ["Re"] = new(reynolds, reynolds), ["start"] = new(Start, Start) };
        var (parameters, other) = (new ParameterTable(system.Parameters, Seed, Members, values), new ParameterTable(system.Parameters, Seed + 1, 1, values));
        var table = new CylinderTable(system, other.Of([0]), Simulate(run, 0, TableFrames, InitialConditions.Random(system, 1, other))[0], known);
        var truth = Simulate(run, 0, known + frames, InitialConditions.Random(system, Members, parameters));
        return (
            new(system, parameters.Of([0]), table.Period, [.. scaling.ChannelMaximum.Zip(scaling.ChannelMinimum, (a, b) => a - b)], truth, known),
            table, parameters);
    }
}
