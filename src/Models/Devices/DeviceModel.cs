using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Devices;

/// <summary>Builds models whose networks are computed on a device.</summary>
public static class DeviceModel
{
    /// <summary>Loads a model onto a device.</summary>
    /// <param name="directory">Directory of the model.</param>
    /// <param name="device">The device.</param>
    /// <param name="arithmetic">Precision and batch.</param>
    /// <param name="note">Told when memory does not suffice.</param>
    /// <exception cref="DllNotFoundException">libtorch is missing, or has no such device.</exception>
    /// <exception cref="FileNotFoundException">There is no model in the directory.</exception>
    /// <exception cref="InvalidDataException">The model is damaged, or has a part that is not a network.</exception>
    public static EffectiveModel Load(string directory, ComputeDevice device, LatentArithmetic arithmetic, Action<string> note)
    {
        device.Open();
        var (managed, manifest) = ModelFile.Load(directory); // also checks all that can be wrong with it
        var path = Path.Combine(directory, ModelFile.WeightsName);
        var weights = new WeightArrays(Safetensors.Read(path), path);
        var type = arithmetic.Precision == LatentPrecision.Bf16 ? bfloat16 : float32;
        // cuDNN, which computes convolutions, uses TF32 unless this is set to false.
        backends.cuda.matmul.allow_tf32 = backends.cudnn.allow_tf32 = arithmetic.Precision == LatentPrecision.Tf32;
        var batches = new DeviceBatches(device, arithmetic.Batch, note);

        var autoencoder = manifest.Reduction is ExchangeableArchitecture ? throw Unfit(manifest.Reduction.Summary, device)
            : NetworkFactory.Autoencoder(manifest.Reduction, manifest.ChannelMinimum.Length, manifest.Points, seed: 0, type, device.Torch)
                ?? throw Unfit(manifest.Reduction.Summary, device);
        autoencoder.Weights.Load(weights);
        IReduction reduction = new DeviceReduction(
            autoencoder, new FieldScaling(manifest.ChannelMinimum, manifest.ChannelMaximum), manifest.FieldSize, manifest.Reduction.LatentSize, batches);
        if (manifest.Reduction is BandLimitedArchitecture band)
            reduction = new BandLimitedReduction(reduction, manifest.Points, band.Modes);

        var network = NetworkFactory.Forecasting(manifest.Propagator, manifest.Reduction.LatentSize, type, device.Torch, weights)
            ?? throw Unfit(manifest.Propagator.Summary, device);
        var scaling = new LatentScaling(manifest.LatentLow, manifest.LatentHigh);
        return managed with { Reduction = reduction, Propagator = new DevicePropagator(network, scaling, batches) };
    }

    /// <summary>A model whose propagator is a kernel on a device, with the same bits; fields are encoded and decoded in managed code.</summary>
    /// <param name="managed">The model in managed code.</param>
    /// <param name="device">A device that runs kernels.</param>
    /// <param name="note">Told when memory does not suffice.</param>
    /// <exception cref="DllNotFoundException">This machine has no such device.</exception>
    /// <exception cref="InvalidDataException">There is no kernel for the propagator.</exception>
    public static EffectiveModel Kernel(EffectiveModel managed, ComputeDevice device, Action<string> note) =>
        KernelNetwork.Of(managed.Propagator) is { } network
            ? managed with { Propagator = new KernelPropagator(network, KernelDevice.Of(device), note) }
            : throw new InvalidDataException(
                $"The model's propagator is not computed on {device.Name}: only LSTM, GRU and MLP are, without parameters of the system. "
                + "Leave the device out, or give another model.");

    private static InvalidDataException Unfit(string part, ComputeDevice device) => new(
        $"The model's {part} is not computed on {device.Name}: only autoencoders (feed-forward, convolutional, variational) "
        + "and the propagators LSTM, GRU and MLP are. Leave --latent-device out, or give another model.");
}
