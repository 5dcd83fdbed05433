using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;

/// <summary>The difference of models on a device from managed code, and whether a member's bits there depend on the other members.</summary>
internal static class DeviceParity
{
    private const int Members = 11, Known = 4, Short = 30, Long = 1000, Batch = 64;

    /// <summary>Trained models with each kind of network; those of a chaotic system are not compared for long.</summary>
    private static readonly (string Study, string Name, bool IsChaotic)[] Models =
    [
        ("fhn", "ae-lstm", false), ("fhn", "ae-gru", false), ("fhn", "ae-mlp", false),
        ("ks", "cnn-lstm", true), ("ks", "cnn-gru", true), ("ks", "cnn-mlp", true),
    ];

    /// <summary>Compares and prints.</summary>
    /// <param name="device">The device.</param>
    /// <param name="studies">Folder of the studies.</param>
    /// <param name="variational">Directory of a model with a variational autoencoder.</param>
    /// <param name="part">The steps of long comparisons are divided by it.</param>
    public static void Run(ComputeDevice device, string studies, string variational, int part)
    {
        var steps = Math.Max(Short, Long / part);
        Console.WriteLine(device.IsKernel
            ? $"values on {device.Name} whose bits differ from managed code, of all latents and the memory after {steps} steps of {Members} members"
            : $"largest difference of {device.Name} from managed code, relative to the largest value; and values whose bits depend on other members"
                + $"\n{"",-24}{"encode",10}{"decode",10}{$"{Short} steps",10}{$"{steps} steps",12}{"other bits",16}");
        foreach (var (study, model, isChaotic) in Models.Append(("", "variational, lstm", false)))
        {
            var (name, directory) = study.Length == 0 ? (model, variational) : ($"{study}/{model}", Path.Combine(studies, study, "models", model));
            var (managed, manifest) = ModelFile.Load(directory);
            if (device.IsKernel)
            {
                var kernel = DeviceModel.Kernel(managed, device, Console.Error.WriteLine);
                var (expected, actual) = (Leg(managed, steps, 0, Members), Leg(kernel, steps, 0, Members));
                var differing = Differing(expected.Path, actual.Path) + Differing(expected.Memory, actual.Memory);
                Console.WriteLine($"{name,-24}{differing} of {expected.Path.Length + expected.Memory.Length}");
                continue;
            }
            var there = DeviceModel.Load(directory, device, LatentArithmetic.Of(device, LatentPrecision.F32, Batch), Console.Error.WriteLine);
            var (random, fields) = (new Philox(1, 0, 0, 0), new double[Members * manifest.FieldSize]);
            for (var i = 0; i < fields.Length; i++)
            {
                var channel = i / manifest.Points % manifest.ChannelMinimum.Length;
                fields[i] = random.NextUniform(manifest.ChannelMinimum[channel], manifest.ChannelMaximum[channel]);
            }
            var ((latents, lifted), (others, otherwise)) = (Reduced(managed.Reduction, fields, null), Reduced(there.Reduction, fields, null));
            otherwise = Reduced(there.Reduction, fields, latents).Fields;
            var (all, alone) = (Leg(there, Short, 0, Members), Enumerable.Range(0, Members).Select(m => Leg(there, Short, m, 1)).ToArray());
            var d = managed.Reduction.LatentSize;
            var dependent = Enumerable.Range(0, Members).Sum(m => Differing(
                [.. Enumerable.Range(0, Short).SelectMany(s => all.Path[((s * Members + m) * d)..((s * Members + m + 1) * d)])], alone[m].Path));
            var soon = Difference(Leg(managed, Short, 0, Members).Path, all.Path);
            var late = isChaotic ? "-" : $"{Difference(Leg(managed, steps, 0, Members).Path, Leg(there, steps, 0, Members).Path):E1}";
            Console.Write($"{name,-24}{Difference(latents, others),10:E1}{Difference(lifted, otherwise),10:E1}");
            Console.WriteLine($"{soon,10:E1}{late,12}{$"{dependent} of {all.Path.Length}",16}");
        }
    }

    private static (float[] Latents, float[] Fields) Reduced(IReduction reduction, double[] fields, float[]? latents)
    {
        var (code, lifted) = (new float[Members * reduction.LatentSize], new float[fields.Length]);
        reduction.Encode(fields, code);
        reduction.Decode(latents ?? code, lifted, StepContext.Of(Members));
        return (code, lifted);
    }

    /// <summary>A leg of some members, each of which has latents of its own within the range of the training.</summary>
    private static (float[] Path, float[] Memory) Leg(EffectiveModel model, int steps, int first, int count)
    {
        var d = model.Reduction.LatentSize;
        var (known, memory, path) = (new float[Known * count * d], new float[count * model.Propagator.MemorySize], new float[steps * count * d]);
        for (var i = 0; i < known.Length; i++)
        {
            var (k, m) = (i % d, first + i / d % count);
            known[i] = (float)new Philox(2, (uint)m, (uint)k, 0).NextUniform(model.LatentMinimum[k], model.LatentMaximum[k]);
        }
        model.Propagator.FeedAndRun(known, StepContext.Of(count), memory, path);
        return (path, memory);
    }

    private static double Difference(float[] expected, float[] actual) =>
        expected.Zip(actual).Max(pair => Math.Abs(pair.First - pair.Second)) / (double)expected.Max(Math.Abs);

    private static int Differing(float[] expected, float[] actual) =>
        expected.Zip(actual).Count(pair => BitConverter.SingleToInt32Bits(pair.First) != BitConverter.SingleToInt32Bits(pair.Second));
}
