using LedCluster.Actors;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Propagators.HierarchicalTimeStepping;

namespace LedCluster.Host.Reproduction;

/// <summary>Forecasts of hierarchical models, and of others beside them, from the same known frames.</summary>
internal sealed class HierarchicalTest
{
    private readonly ReproductionRun run;
    private readonly InitialConditions conditions;
    private readonly int known, frames, size;
    private readonly double deviation;

    /// <summary>Simulates the truth.</summary>
    /// <param name="run">Where the study is.</param>
    /// <param name="truth">True trajectories, [member][known + frames, C·X].</param>
    /// <param name="conditions">The members.</param>
    /// <param name="known">Frames that are known; hierarchical networks read the last of them alone.</param>
    public HierarchicalTest(ReproductionRun run, double[][] truth, InitialConditions conditions, int known)
    {
        (this.run, Truth, this.conditions, this.known) = (run, truth, conditions, known);
        size = run.Study.PhysicalSystem.Solver.Layout.Size;
        frames = truth[0].Length / size - known;
        var (sum, squares, count) = (0.0, 0.0, 0L);
        foreach (var path in truth)
            foreach (var x in path.AsSpan(known * size))
                (sum, squares, count) = (sum + x, squares + x * x, count + 1);
        deviation = Math.Sqrt(squares / count - sum / count * (sum / count));
    }

    /// <summary>True trajectories, [member][known + frames, C·X].</summary>
    public double[][] Truth { get; }

    /// <summary>A forecast by a model.</summary>
    /// <param name="name">Name of the case.</param>
    /// <param name="step">Step of its only network; null for others.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="other">Another propagator of the model's weights; null for its own.</param>
    public HierarchicalCase Of(string name, int? step, string model, Func<PropagatorArchitecture, PropagatorArchitecture>? other = null)
    {
        var forecast = LatentForecast.Of(run, model, conditions.Parameters, Truth, known, other);
        var (growth, valid) = (new double[frames], new double[Truth.Length]);
        for (var m = 0; m < Truth.Length; m++)
        {
            var isValid = true;
            for (var f = 0; f < frames; f++)
            {
                var square = 0.0;
                for (var k = 0; k < size; k++)
                {
                    var difference = forecast.Fields[m][f * size + k] - Truth[m][(known + f) * size + k];
                    square += difference * difference / size;
                }
                growth[f] += square / Truth.Length;
                isValid &= Math.Sqrt(square) <= ValidPredictionTime.Threshold * deviation;
                valid[m] += isValid ? 1 : 0;
            }
        }
        var unit = run.Study.PhysicalSystem.LyapunovTime is { } lyapunov ? run.Study.PhysicalSystem.Solver.Layout.TimeStep / lyapunov : double.NaN;
        return new(name, step, forecast, growth.Average(), LatentError(forecast, model), growth, [.. valid.Select(v => v * unit)]);
    }

    /// <summary>
    /// Mean squared difference of each true trajectory from the next after the known frames: the error of a field that is independent of the truth. NaN for a
    /// single trajectory.
    /// </summary>
    public double IndependentError()
    {
        if (Truth.Length < 2)
            return double.NaN;
        var sum = 0.0;
        for (var m = 0; m < Truth.Length; m++)
            for (var k = known * size; k < Truth[m].Length; k++)
                sum += Math.Pow(Truth[m][k] - Truth[(m + 1) % Truth.Length][k], 2);
        return sum / ((double)Truth.Length * frames * size);
    }

    /// <summary>Mean squared error of decoded encodings of the true frames after the known ones.</summary>
    /// <param name="model">Name of the model.</param>
    public double Reconstruction(string model)
    {
        var reduction = ForecastSetup.LoadModel(run.Study, run.Study.FindModel(model)).Model.Reduction;
        var (latents, decoded, sum) = (new float[frames * reduction.LatentSize], new float[frames * size], 0.0);
        for (var m = 0; m < Truth.Length; m++)
        {
            var own = Truth[m].AsSpan(known * size);
            reduction.Encode(own, latents);
            reduction.Decode(latents, decoded, conditions.Parameters.Context(new[] { m }).At(known));
            for (var k = 0; k < decoded.Length; k++)
                sum += (decoded[k] - own[k]) * (decoded[k] - own[k]);
        }
        return sum / decoded.Length / Truth.Length;
    }

    /// <summary>CPU seconds per member of the published choice of steps for a hierarchical model: one forecast per largest step.</summary>
    /// <param name="model">Name of the model.</param>
    public double ChoiceSeconds(string model)
    {
        var (latents, maps) = Encoded(model);
        var clock = new ThreadClock();
        var begin = clock.Now.Cpu;
        new CouplingSelection(maps, latents, Truth.Length).Published();
        return (clock.Now.Cpu - begin) / Truth.Length;
    }

    /// <summary>True latents from the last known frame on, [1 + frames, M, d_z], and all networks of a hierarchical model.</summary>
    public (float[] Latents, IFlowMap[] Maps) Encoded(string model)
    {
        var loaded = ForecastSetup.LoadModel(
            run.Study, run.Study.FindModel(model), p => p is HierarchicalArchitecture shape ? shape with { Coupled = shape.Steps, Tolerance = null } : p).Model;
        var d = loaded.Reduction.LatentSize;
        var (latents, own) = (new float[(frames + 1) * Truth.Length * d], new float[(frames + 1) * d]);
        for (var m = 0; m < Truth.Length; m++)
        {
            loaded.Reduction.Encode(Truth[m].AsSpan((known - 1) * size), own);
            for (var f = 0; f <= frames; f++)
                own.AsSpan(f * d, d).CopyTo(latents.AsSpan((f * Truth.Length + m) * d));
        }
        return (latents, [.. ((HierarchicalPropagator)loaded.Propagator).Maps]);
    }

    /// <summary>Mean squared error of the latents, each in units of its variance over the true frames.</summary>
    private double LatentError(LatentForecast forecast, string model)
    {
        var reduction = ForecastSetup.LoadModel(run.Study, run.Study.FindModel(model)).Model.Reduction;
        var d = reduction.LatentSize;
        var (error, sum, squares) = (new double[d], new double[d], new double[d]);
        var own = new float[frames * d];
        for (var m = 0; m < Truth.Length; m++)
        {
            reduction.Encode(Truth[m].AsSpan(known * size), own);
            for (var i = 0; i < own.Length; i++)
            {
                var (k, difference) = (i % d, (double)forecast.Latents[m][i] - own[i]);
                (error[k], sum[k], squares[k]) = (error[k] + difference * difference, sum[k] + own[i], squares[k] + (double)own[i] * own[i]);
            }
        }
        var count = (double)frames * Truth.Length;
        return Enumerable.Range(0, d).Average(k => error[k] / (squares[k] - sum[k] * sum[k] / count));
    }
}

/// <summary>What a forecast came to.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Step">Step of its only network; null for others.</param>
/// <param name="Forecast">The forecast.</param>
/// <param name="Error">Mean squared error over members, frames, points and channels.</param>
/// <param name="LatentError">Mean squared error of the latents, in units of their variance.</param>
/// <param name="Growth">Mean squared error by frame.</param>
/// <param name="Valid">Valid prediction time of each member in Lyapunov times; NaN for a system without.</param>
internal sealed record HierarchicalCase(string Name, int? Step, LatentForecast Forecast, double Error, double LatentError, double[] Growth, double[] Valid)
{
    /// <summary>The error to rank by: infinite where a forecast blows up and its error is NaN, which would come before all numbers.</summary>
    public double Rank => double.IsFinite(Error) ? Error : double.PositiveInfinity;
}
