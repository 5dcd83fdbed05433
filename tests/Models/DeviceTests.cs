using System.Runtime.InteropServices;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
using LedCluster.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>
/// Models on a device against managed code. The device is torch:cpu: the same code as on a GPU, with the device swapped.
/// </summary>
[Collection(nameof(TrainerTests))] // one test counts all live tensors
public sealed class DeviceTests : IDisposable
{
    private const int Points = 64, Members = 11;

    private static readonly ComputeDevice Device = ComputeDevice.Parse("torch:cpu")!;
    private static readonly ReductionArchitecture FeedForward = new FeedForwardArchitecture { LatentSize = 3, HiddenLayers = [20, 20] };
    private static readonly ReductionArchitecture Convolutional = new ConvolutionalArchitecture { LatentSize = 3, Channels = [3, 20, 4] };
    private static readonly PropagatorArchitecture Lstm = new LstmArchitecture { Hidden = 20 };

    private readonly string directory = Directory.CreateTempSubdirectory("led-device-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    public static TheoryData<string> Models => ["ae, lstm", "cnn, lstm of increments", "vae, gru", "band-limited, gru of increments", "ae, mlp", "periodic cnn, mlp of increments"];

    private static (ReductionArchitecture, PropagatorArchitecture) Named(string name) => name switch
    {
        "ae, lstm" => (FeedForward, Lstm),
        "cnn, lstm of increments" => (Convolutional, new LstmArchitecture { Hidden = 20, Increment = true }),
        "vae, gru" => (new VariationalArchitecture { LatentSize = 3, Network = FeedForward, DivergenceWeight = 1 }, new GruArchitecture { Hidden = 20 }),
        "band-limited, gru of increments" => (new BandLimitedArchitecture { LatentSize = 3, Network = FeedForward, Modes = 10 }, new GruArchitecture { Hidden = 20, Increment = true }),
        "ae, mlp" => (FeedForward, new PerceptronArchitecture { HiddenLayers = [17, 9] }),
        _ => (new ConvolutionalArchitecture { LatentSize = 3, Channels = [3, 4], Padding = Inference.GridPadding.Periodic }, new PerceptronArchitecture { HiddenLayers = [17, 9], Increment = true }),
    };

    [Theory, MemberData(nameof(Models))]
    public void A_device_agrees_with_managed_code_to_one_part_in_a_hundred_thousand(string name)
    {
        var (managed, device) = Both(name, LatentPrecision.F32, batch: 4);
        Agree(managed, device, 1e-5);
    }

    [Fact]
    public void A_device_agrees_with_managed_code_after_a_thousand_autonomous_steps()
    {
        var (managed, device) = Both("ae, lstm", LatentPrecision.F32, batch: 16);
        var (expected, actual) = (Path(managed.Propagator, 3, 1000).Path, Path(device.Propagator, 3, 1000).Path);
        Close(expected[^(Members * 3)..], actual[^(Members * 3)..], 1e-4);
    }

    [Fact]
    public void Bfloat16_is_coarser_and_not_wrong()
    {
        var (managed, device) = Both("ae, lstm", LatentPrecision.Bf16, batch: 16);
        var (expected, actual) = (Path(managed.Propagator, 2, 5).Path, Path(device.Propagator, 2, 5).Path);
        Close(expected, actual, 0.03);
        Assert.True(expected.Zip(actual).Max(p => Math.Abs(p.First - p.Second)) > 1e-5);
    }

    [Fact]
    public void A_member_has_the_same_bits_in_any_company_of_one_batch_size()
    {
        var (_, device) = Both("ae, lstm", LatentPrecision.F32, batch: 8);
        var (all, memory) = Path(device.Propagator, 3, 9);
        var known = Known(3);
        foreach (var m in (int[])[0, 7, 8, 10])
        {
            var (alone, own, after) = (new float[9], new float[9 * 3], new float[device.Propagator.MemorySize]);
            for (var k = 0; k < 3; k++)
                known.AsSpan((k * Members + m) * 3, 3).CopyTo(alone.AsSpan(k * 3));
            device.Propagator.FeedAndRun(alone, StepContext.Of(1), after, own);
            for (var s = 0; s < 9; s++)
                Assert.Equal(all[((s * Members + m) * 3)..((s * Members + m + 1) * 3)], own[(s * 3)..(s * 3 + 3)]);
            Assert.Equal(memory[(m * after.Length)..((m + 1) * after.Length)], after);
        }
    }

    [Fact]
    public void Memory_that_does_not_suffice_halves_the_batch_once_and_says_so()
    {
        var notes = new List<string>();
        var batches = new DeviceBatches(Device, 8, notes.Add);
        var done = new List<(int, int, int)>();
        for (var run = 0; run < 2; run++)
            batches.Run(10, (first, count, size) =>
            {
                if (size > 3)
                    throw new ExternalException("CUDA out of memory. Tried to allocate 20.00 MiB.");
                done.Add((first, count, size));
            });
        Assert.Equal([(0, 2, 2), (2, 2, 2), (4, 2, 2), (6, 2, 2), (8, 2, 2)], done[..5]);
        Assert.Equal(done[..5], done[5..]);
        Assert.Equal(2, notes.Count); // 8 to 4, 4 to 2, in the first run alone
        Assert.Contains("batches now have 2 members", notes[1]);
        Assert.Throws<ExternalException>(() => batches.Run(1, (_, _, _) => throw new ExternalException("device-side assert")));
    }

    [Fact]
    public void Parts_without_a_network_are_refused_by_name()
    {
        Save(FeedForward, new ReservoirArchitecture { Units = 16 }, [KeyValuePair.Create("readout.weight", (new long[] { 3, 18 }, new float[54]))]);
        var message = Assert.Throws<InvalidDataException>(() => DeviceModel.Load(directory, Device, Arithmetic(LatentPrecision.F32, 4), _ => { })).Message;
        Assert.Contains("reservoir 16 is not computed on torch:cpu", message);
    }

    [Fact]
    public void Forecasts_leave_no_tensors_behind()
    {
        var (managed, device) = Both("ae, lstm", LatentPrecision.F32, batch: 4);
        Agree(managed, device, 1e-5);
        var before = Settled();
        Agree(managed, device, 1e-5);
        Assert.Equal(before, Settled());

        static long Settled()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Tensor.TotalCount;
        }
    }

    [Fact]
    public void Arithmetic_is_read_as_it_was_written()
    {
        var arithmetic = Arithmetic(LatentPrecision.Tf32, 4096);
        Assert.Equal(arithmetic, LatentArithmetic.Parse(arithmetic.ToString()));
        Assert.StartsWith("torch:cpu; tf32; 4096; ", arithmetic.ToString());
        foreach (var text in (string[])["cuda; f16; 4096; H100; 2.10", "cuda; F32; 4096; H100; 2.10", "cuda; 0; 4096; H100; 2.10", "cuda; f32; 04096; H100; 2.10"])
            Assert.Throws<InvalidDataException>(() => LatentArithmetic.Parse(text));
    }

    private static LatentArithmetic Arithmetic(LatentPrecision precision, int batch) => LatentArithmetic.Of(Device, precision, batch);

    private (EffectiveModel Managed, EffectiveModel Device) Both(string name, LatentPrecision precision, int batch)
    {
        manual_seed(4).Dispose();
        var (reduction, propagator) = Named(name);
        using (var autoencoder = NetworkFactory.Autoencoder(reduction, 1, Points, seed: 1, float32, CPU)!)
        using (var network = NetworkFactory.Propagator(propagator, 3, float32, CPU)!)
            Save(reduction, propagator, network.Weights.Arrays(), autoencoder.Weights.Arrays());
        return (ModelFile.Load(directory).Model, DeviceModel.Load(directory, Device, Arithmetic(precision, batch), _ => { }));
    }

    private void Save(ReductionArchitecture reduction, PropagatorArchitecture propagator, params IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>>[] arrays)
    {
        if (arrays.Length == 1)
            using (var autoencoder = NetworkFactory.Autoencoder(reduction, 1, Points, seed: 1, float32, CPU)!)
                arrays = [.. arrays, [.. autoencoder.Weights.Arrays()]];
        ModelFile.Save(directory, new ModelManifest
        {
            Study = "test", Points = Points, Reduction = reduction, Propagator = propagator, ChannelMinimum = [-1], ChannelMaximum = [1],
            LatentLow = [-1, 0.5f, -2], LatentHigh = [2, 1.5f, 2], LatentMinimum = [-1, 0.5f, -2], LatentMaximum = [2, 1.5f, 2], WeightsSha256 = "", Training = [],
        }, arrays.SelectMany(a => a).ToDictionary());
    }

    private static void Agree(EffectiveModel managed, EffectiveModel device, double tolerance)
    {
        var fields = Array.ConvertAll(DenseLayerTests.Noise(Members * Points, 3, 1), x => (double)x);
        var (latents, others) = (new float[Members * 3], new float[Members * 3]);
        managed.Reduction.Encode(fields, latents);
        device.Reduction.Encode(fields, others);
        Close(latents, others, tolerance);
        var (lifted, otherwise) = (new float[fields.Length], new float[fields.Length]);
        managed.Reduction.Decode(latents, lifted, StepContext.Of(1));
        device.Reduction.Decode(latents, otherwise, StepContext.Of(1));
        Close(lifted, otherwise, tolerance);
        Close(Path(managed.Propagator, 4, 30).Path, Path(device.Propagator, 4, 30).Path, tolerance);
    }

    private static float[] Known(int frames) => [.. DenseLayerTests.Noise(frames * Members * 3, 3, 2).Select((x, i) => (i % 3 == 1 ? 1 : 0) + 0.3f * x)];

    private static (float[] Path, float[] Memory) Path(IPropagator propagator, int known, int steps)
    {
        var (memory, path) = (new float[Members * propagator.MemorySize], new float[steps * Members * 3]);
        propagator.FeedAndRun(Known(known), StepContext.Of(Members), memory, path);
        return (path, memory);
    }

    private static void Close(float[] expected, float[] actual, double tolerance)
    {
        Assert.All(expected, x => Assert.True(float.IsFinite(x)));
        var scale = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance * scale);
    }
}
