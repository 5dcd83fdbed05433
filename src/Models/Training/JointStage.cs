using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// Both networks together by full-batch L-BFGS on fixed windows of fields, end to end: the error of decoded forecasts, of their latents
/// and of the reconstruction. Starts from networks that were trained one after the other; the scaling of the latents stays theirs.
/// </summary>
internal sealed class JointStage : ITrainingStage, IDisposable
{
    private const int Memory = 60;

    private readonly Autoencoder autoencoder;
    private readonly LatentNetwork propagator;
    private readonly TrainingSet training;
    private readonly PropagatorData data;
    private readonly PolishOptions options;
    private readonly int skip;
    private readonly ulong seed;
    private readonly LimitedMemoryBfgs minimiser;
    private Tensor? windows; // [frames, B, C·X]
    private (float[] Low, float[] High) scaling;
    private double first;

    public JointStage(Autoencoder autoencoder, LatentNetwork propagator, TrainingSet training, PropagatorData data, PolishOptions options, int skip, ulong seed)
    {
        (this.autoencoder, this.propagator, this.training, this.data, this.options, this.skip, this.seed) = (autoencoder, propagator, training, data, options, skip, seed);
        minimiser = new LimitedMemoryBfgs(Objective, Memory);
    }

    public string Name => $"end to end, horizon {options.Horizon}";

    /// <summary>An upper bound: every step computes the loss at least once.</summary>
    public int Steps => options.Evaluations;

    private double[] Weights
    {
        get => [.. autoencoder.Weights.Values, .. propagator.Weights.Values];
        set => (autoencoder.Weights.Values, propagator.Weights.Values) = (value[..autoencoder.Weights.Length], value[autoencoder.Weights.Length..]);
    }

    public void Begin()
    {
        scaling = data.Scaling;
        minimiser.Start(Weights);
        first = minimiser.Value;
    }

    public (double Loss, bool GoesOn) Run(int index)
    {
        var goesOn = minimiser.Step();
        Weights = minimiser.Point;
        return (minimiser.Value, goesOn && minimiser.Evaluations < options.Evaluations);
    }

    public IReadOnlyDictionary<string, double> End()
    {
        data.EncodeAgain(scaling);
        return new Dictionary<string, double>
        {
            ["endToEndFirstLoss"] = first,
            ["endToEndLoss"] = minimiser.Value,
            ["endToEndEvaluations"] = minimiser.Evaluations,
            ["endToEndValidationError"] = PropagatorValidation.Error(propagator, data.Validation),
        };
    }

    public void Dispose() => windows?.Dispose();

    public double[] Save() => [first, scaling.Low.Length, .. scaling.Low, .. scaling.High, .. minimiser.Save()];

    public void Restore(double[] saved)
    {
        var size = (int)saved[1];
        first = saved[0];
        scaling = (Array.ConvertAll(saved[2..(2 + size)], x => (float)x), Array.ConvertAll(saved[(2 + size)..(2 + 2 * size)], x => (float)x));
        minimiser.Restore(saved[(2 + 2 * size)..], autoencoder.Weights.Length + propagator.Weights.Length);
    }

    private (double, double[]) Objective(double[] at)
    {
        Weights = at;
        using var scope = NewDisposeScope();
        windows ??= Windows().DetachFromDisposeScope();
        autoencoder.Weights.Gradient.zero_();
        propagator.Weights.Gradient.zero_();
        var loss = Loss(windows);
        loss.backward();
        return (loss.Value(), [.. autoencoder.Weights.GradientValues, .. propagator.Weights.GradientValues]);
    }

    private Tensor Loss(Tensor fields)
    {
        var (frames, members, warm) = (fields.shape[0], fields.shape[1], options.Warm);
        var (low, width) = (tensor(scaling.Low, device: fields.device), tensor([.. scaling.High.Zip(scaling.Low, (high, own) => high - own)], device: fields.device));
        var encoded = autoencoder.Encode(fields.flatten(0, 1));
        var latents = ((encoded - low) / width).reshape(frames, members, -1).to(propagator.Weights.Type);
        var (forced, memory) = PropagatorLoss.Forced(propagator, latents.narrow(0, 0, warm), propagator.Blank(members));
        var free = PropagatorLoss.Free(propagator, latents.select(0, warm), memory, options.Horizon).Path;
        var path = cat([forced.narrow(0, PropagatorLoss.Cold, warm - PropagatorLoss.Cold), free]);
        var decoded = autoencoder.Decode((path.flatten(0, 1).to(fields.dtype) * width).Plus(low));
        var from = PropagatorLoss.Cold + 1;
        return nn.functional.mse_loss(path, latents.narrow(0, from, path.shape[0])).to(fields.dtype)
            .Plus(nn.functional.mse_loss(decoded, fields.narrow(0, from, path.shape[0]).flatten(0, 1)))
            .Plus(nn.functional.mse_loss(autoencoder.Decode(encoded), fields.flatten(0, 1)));
    }

    /// <summary>Every trajectory in turn, at random times after the frames that the autoencoder does not see.</summary>
    private Tensor Windows()
    {
        var random = new Philox(seed, 0, step: 0, stream: 9);
        var (frames, size, device) = (options.Warm + options.Horizon + 1, training.Size, autoencoder.Weights.Device);
        var values = new float[(long)frames * options.Windows * size];
        for (var w = 0; w < options.Windows; w++)
        {
            var (trajectory, start) = (training.Trajectories[w % training.Trajectories.Length], skip + random.NextIndex(training.Frames - frames - skip + 1));
            for (var f = 0; f < frames; f++)
                trajectory.AsSpan((start + f) * size, size).CopyTo(values.AsSpan((f * options.Windows + w) * size));
        }
        return tensor(values, [frames, options.Windows, size]).to(device);
    }
}
