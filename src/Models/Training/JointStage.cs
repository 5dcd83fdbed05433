using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// Both networks together by full-batch L-BFGS on fixed windows of fields, end to end: the error of decoded forecasts, of their latents
/// and of the reconstruction. Starts from networks that were trained one after the other; the scaling of the latents stays theirs.
/// </summary>
internal sealed class JointStage(
    Autoencoder autoencoder, LatentNetwork propagator, TrainingSet training, PropagatorData data, PolishOptions options, int skip, ulong seed)
    : MinimiserStage(options.Evaluations, memory: 60)
{
    private readonly PolishOptions options = options;
    private (float[] Low, float[] High) scaling;

    public override string Name => $"end to end, horizon {options.Horizon}";

    protected override IReadOnlyList<WeightTensors> Weights { get; } = [autoencoder.Weights, propagator.Weights];

    public override void Begin()
    {
        scaling = data.Scaling;
        base.Begin();
    }

    public override IReadOnlyDictionary<string, double> End()
    {
        data.EncodeAgain(scaling);
        return new Dictionary<string, double>
        {
            ["endToEndFirstLoss"] = First,
            ["endToEndLoss"] = Least,
            ["endToEndEvaluations"] = Evaluations,
            ["endToEndValidationError"] = PropagatorValidation.Error(propagator, data.Validation),
        };
    }

    public override double[] Save() => [scaling.Low.Length, .. scaling.Low, .. scaling.High, .. base.Save()];

    public override void Restore(double[] saved)
    {
        var size = (int)saved[0];
        scaling = (Array.ConvertAll(saved[1..(1 + size)], x => (float)x), Array.ConvertAll(saved[(1 + size)..(1 + 2 * size)], x => (float)x));
        base.Restore(saved[(1 + 2 * size)..]);
    }

    protected override Tensor Loss(Tensor windows)
    {
        var (frames, members, warm) = (windows.shape[0], windows.shape[1], options.Warm);
        var low = tensor(scaling.Low, device: windows.device);
        var width = tensor([.. scaling.High.Zip(scaling.Low, (high, own) => high - own)], device: windows.device);
        var encoded = autoencoder.Encode(windows.flatten(0, 1));
        var latents = ((encoded - low) / width).reshape(frames, members, -1).to(propagator.Weights.Type);
        var (forced, memory) = PropagatorLoss.Forced(propagator, latents.narrow(0, 0, warm), propagator.Blank(members));
        var free = PropagatorLoss.Free(propagator, latents.select(0, warm), memory, options.Horizon).Path;
        var path = cat([forced.narrow(0, PropagatorLoss.Cold, warm - PropagatorLoss.Cold), free]);
        var decoded = autoencoder.Decode((path.flatten(0, 1).to(windows.dtype) * width).Plus(low));
        var from = PropagatorLoss.Cold + 1;
        return nn.functional.mse_loss(path, latents.narrow(0, from, path.shape[0])).to(windows.dtype)
            .Plus(nn.functional.mse_loss(decoded, windows.narrow(0, from, path.shape[0]).flatten(0, 1)))
            .Plus(nn.functional.mse_loss(autoencoder.Decode(encoded), windows.flatten(0, 1)));
    }

    /// <summary>Every trajectory in turn, at random times after the frames that the autoencoder does not see.</summary>
    protected override Tensor Windows()
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
