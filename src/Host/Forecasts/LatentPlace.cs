using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Models.Devices;

namespace LedCluster.Host.Forecasts;

/// <summary>Where latent legs are computed, and that all legs of a run are computed with the same arithmetic.</summary>
internal static class LatentPlace
{
    /// <summary>The options of a new run with an arithmetic.</summary>
    public static string Options(string arithmetic)
    {
        var wanted = LatentArithmetic.Parse(arithmetic);
        return $" --latent-device {Device(wanted)} --latent-precision {wanted.Precision.ToString().ToLowerInvariant()} --latent-batch {wanted.Batch}";
    }

    /// <summary>The model for a run's latent legs.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="model">Its model in managed code.</param>
    /// <param name="directory">Directory of the model.</param>
    /// <param name="asked">The device that was asked for; null for the first that the run can use.</param>
    /// <param name="note">Told what happens on the device.</param>
    /// <exception cref="UserError">The run's latents were computed, or are to be computed, with another arithmetic.</exception>
    /// <exception cref="DllNotFoundException">libtorch is missing, or has no such device.</exception>
    public static EffectiveModel Model(RunSpec spec, EffectiveModel model, string directory, ComputeDevice? asked, Action<string> note)
    {
        if (spec.LatentArithmetic is not { } text)
        {
            if (asked is null or { IsManaged: true })
                return model;
            return asked.IsKernel ? UserError.OnBadData(() => DeviceModel.Kernel(model, asked, note)) : throw new UserError(
                $"The run's latents are computed in managed code, not on {asked.Name}, and one run cannot mix the two. Leave the device out, "
                + $"or start a new run with: led forecast ... --latent-device {asked.Name}");
        }
        var wanted = UserError.OnBadData(() => LatentArithmetic.Parse(text));
        var device = asked ?? ComputeDevice.Parse(Device(wanted))
            ?? throw new UserError($"The run's latents are computed on '{wanted.Kind}', which this version does not know.");
        if (device.IsManaged || device.IsKernel)
            throw new UserError($"The run's latents are computed with '{text}', not in managed code, and one run cannot mix the two. "
                + $"Give --latent-device {Device(wanted)}, or start a new run without it.");
        var here = LatentArithmetic.Of(device, wanted.Precision, wanted.Batch);
        if (here != wanted)
            throw new UserError($"The run's latents are computed with '{wanted}', but {device.Name} here is '{here}': their bits differ, and one run "
                + "cannot mix them. Resume the run on a machine of that kind, or start a new run here.");
        return UserError.OnBadData(() => DeviceModel.Load(directory, device, wanted, note));
    }

    private static string Device(LatentArithmetic arithmetic) => arithmetic.Kind == "cuda" ? "cuda:0" : arithmetic.Kind;
}
