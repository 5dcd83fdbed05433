using System.CommandLine;
using LedCluster.Models.Devices;

namespace LedCluster.Host.Commands;

/// <summary>Options that say where and how latents are computed.</summary>
internal sealed class LatentDeviceOptions
{
    private readonly Option<string?> device = new("--latent-device")
    {
        Description = "Where macro legs are computed: cpu (managed code, default); cuda:0, cuda:1, ... by libtorch, where a run that was started on one can "
            + "only be resumed on one; or ilgpu:0, ... by kernels with the same bits as managed code, not yet tested on a GPU.",
    };

    private readonly Option<LatentPrecision?> precision = new("--latent-precision")
    {
        Description = "Precision of products on a device: f32 (default), tf32 or bf16. 'led evaluate' shows the resulting error.",
    };

    private readonly Option<int> batch = new("--latent-batch")
    {
        Description = $"Members of a batch on a device (1 to {LatentArithmetic.LargestBatch}); smaller batches are padded, so that a member's bits do not "
            + "depend on the other members.",
        DefaultValueFactory = _ => LatentArithmetic.DefaultBatch,
    };

    private LatentDeviceOptions()
    {
        Choices.Only(precision, "f32", "tf32", "bf16");
    }

    /// <summary>Adds the options for a new run to a command.</summary>
    public static LatentDeviceOptions AddTo(Command command)
    {
        var options = new LatentDeviceOptions();
        foreach (var option in (Option[])[options.device, options.precision, options.batch])
            command.Add(option);
        return options;
    }

    /// <summary>Adds the device alone to a command that goes on with a run.</summary>
    public static LatentDeviceOptions AddDeviceTo(Command command)
    {
        var options = new LatentDeviceOptions();
        command.Add(options.device);
        return options;
    }

    /// <summary>The device that was asked for; null when none was.</summary>
    /// <exception cref="UserError">There is no device of that name.</exception>
    public ComputeDevice? Device(ParseResult arguments) => arguments.GetValue(device) is not { } name ? null
        : ComputeDevice.Parse(name) ?? throw new UserError($"--latent-device is '{name}'; give cpu, or cuda:0, cuda:1, ..., or ilgpu:0, ...");

    /// <summary>The arithmetic of a new run, as its spec has it; null for managed code and kernels with its bits.</summary>
    /// <exception cref="UserError">It cannot be used.</exception>
    /// <exception cref="DllNotFoundException">libtorch is missing, or has no such device.</exception>
    public string? Arithmetic(ParseResult arguments)
    {
        var place = Device(arguments);
        if (arguments.GetValue(batch) is var size && size is < 1 or > LatentArithmetic.LargestBatch)
            throw new UserError($"--latent-batch is {size}; give 1 to {LatentArithmetic.LargestBatch}.");
        if (place is not (null or { IsManaged: true } or { IsKernel: true }))
            return LatentArithmetic.Of(place, arguments.GetValue(precision) ?? LatentPrecision.F32, size).ToString();
        if (SharedOptions.Given(arguments, precision, batch) is not null)
            throw new UserError("--latent-precision and --latent-batch apply only to libtorch devices; give --latent-device cuda:0 too, or leave them out.");
        place?.Check();
        return null;
    }
}
