using System.Runtime.InteropServices;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
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

    public static TheoryData<string> Models =>
        ["ae, lstm", "cnn, lstm of increments", "vae, gru", "band-limited, gru of increments", "ae, mlp", "periodic cnn, mlp of increments"];

    private static (ReductionArchitecture, PropagatorArchitecture) Named(string name) => name switch
    {
        "ae, lstm" => (FeedForward, Lstm),
        "cnn, lstm of increments" => (Convolutional, new LstmArchitecture { Hidden = 20, Increment = true }),
        "vae, gru" => (new VariationalArchitecture { LatentSize = 3, Network = FeedForward, DivergenceWeight = 1 }, new GruArchitecture { Hidden = 20 }),
        "band-limited, gru of increments" => (
            new BandLimitedArchitecture { LatentSize = 3, Network = FeedForward, Modes = 10 },
            new GruArchitecture { Hidden = 20, Increment = true }),
        "ae, mlp" => (FeedForward, new PerceptronArchitecture { HiddenLayers = [17, 9] }),
        _ => (
            new ConvolutionalArchitecture { LatentSize = 3, Channels = [3, 4], Padding = Inference.GridPadding.Periodic },
            new PerceptronArchitecture { HiddenLayers = [17, 9], Increment = true }),
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

    [Theory, InlineData(8), InlineData(64)]
    public void Legs_of_several_cohorts_go_through_together_with_the_bits_that_each_has_alone(int batch)
    {
        var (_, device) = Both("ae, lstm", LatentPrecision.F32, batch);
        var leg = new Leg(0, Phase.Macro, 3, 7);
        var worker = new LatentWorker(device, [leg], Points, new NoClock(), keepFields: true);
        Assert.Equal(batch, worker.LargestBatch);
        Cohort[] cohorts = [.. ((int[])[1, 5, 3, 11]).Select((members, i) => Cohort.Start([.. Enumerable.Range(20 * i, members)], []) with
        {
            Frame = 2, Pending = 3, Latents = [.. DenseLayerTests.Noise(3 * members * 3, 3, 5 + i).Select((x, at) => (at % 3 == 1 ? 1 : 0) + 0.3f * x)],
            Memory = DenseLayerTests.Noise(members * device.Propagator.MemorySize, 3, 9 + i),
        })];
        var together = worker.Run(cohorts);
        for (var i = 0; i < cohorts.Length; i++)
        {
            var (expected, actual) = (worker.Run([cohorts[i]])(0), together(i));
            Assert.Equal(cohorts[i].Members, actual.Segment.Members);
            Assert.Equal(expected.Segment.Latents, actual.Segment.Latents);
            Assert.Equal(expected.Segment.Fields, actual.Segment.Fields);
            Assert.Equal(expected.Next!.Memory, actual.Next!.Memory);
        }
    }

    [Theory, InlineData(1), InlineData(8), InlineData(100)]
    public void A_members_bits_do_not_depend_on_its_row(int batch)
    {
        var (_, device) = Both("ae, lstm", LatentPrecision.F32, batch);
        var (known, members) = (Known(3), Enumerable.Repeat(Enumerable.Range(0, Members), batch).SelectMany(m => m).ToArray()); // each in any row
        float[] rows = [.. Enumerable.Range(0, 3).SelectMany(k => members.SelectMany(m => known[((k * Members + m) * 3)..((k * Members + m + 1) * 3)]))];
        var (memory, path) = (new float[members.Length * device.Propagator.MemorySize], new float[30 * members.Length * 3]);
        device.Propagator.FeedAndRun(rows, StepContext.Of(members.Length), memory, path);
        for (var s = 0; s < 30; s++)
            for (var row = Members; row < members.Length; row++)
                Assert.Equal(path.AsSpan((s * members.Length + members[row]) * 3, 3), path.AsSpan((s * members.Length + row) * 3, 3));
    }

    private sealed class NoClock : IWorkClock
    {
        public (double Wall, double Cpu) Now => default;
    }

    [Fact]
    public void Memory_that_does_not_suffice_halves_the_batch_once_and_says_so()
    {
        var notes = new List<string>();
        var batches = new DeviceBatches(Device, 8, notes.Add);
        var done = new List<(int, int, int)>();
        for (var run = 0; run < 2; run++)
            batches.Run(10, done, (done, first, count, size) =>
            {
                if (count > 3)
                    throw new ExternalException("CUDA out of memory. Tried to allocate 20.00 MiB.");
                done.Add((first, count, size));
            });
        Assert.Equal([(0, 2, 64), (2, 2, 64), (4, 2, 64), (6, 2, 64), (8, 2, 64)], done[..5]);
        Assert.Equal(done[..5], done[5..]);
        Assert.Equal(2, notes.Count); // 8 to 4, 4 to 2, in the first run alone
        Assert.Contains("batches now have 2 members", notes[1]);
    }

    [Theory]
    [InlineData("CUDA error: out of memory")]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")]
    [InlineData("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")]
    public void Whatever_lacks_memory_says_so_in_its_own_words(string message)
    {
        var batches = new DeviceBatches(Device, 2, _ => { });
        batches.Run(1, 0, (_, _, _, _) => { if (batches.Size > 1) throw new ExternalException(message); });
        Assert.Equal(1, batches.Size);
        Assert.Throws<DeviceLostException>(() => batches.Run(1, 0, (_, _, _, _) => throw new ExternalException(message))); // one member does not fit
    }

    [Fact]
    public void A_device_that_fails_is_told_from_a_call_that_is_wrong()
    {
        var batches = new DeviceBatches(Device, 8, _ => { });
        void Fail(string message) => batches.Run(1, 0, (_, _, _, _) => throw new ExternalException(message));
        string[] messages =
        [
            "CUDA error: an illegal memory access was encountered",
            "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`", "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR",
        ];
        foreach (var message in messages)
            Assert.Equal($"torch:cpu is lost: {message}", Assert.Throws<DeviceLostException>(
                () => Fail($"{message}\nCompile with TORCH_USE_CUDA_DSA")).Message);
        Assert.Throws<ExternalException>(() => Fail("The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"));
        Assert.Equal(8, batches.Size);
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
        string[] unknown =
        [
            "cuda; f16; 4096; H100; 2.10", "cuda; F32; 4096; H100; 2.10", "cuda; 0; 4096; H100; 2.10",
            "cuda; f32; 04096; H100; 2.10",
        ];
        foreach (var text in unknown)
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

    private void Save(
        ReductionArchitecture reduction, PropagatorArchitecture propagator,
        params IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>>[] arrays)
    {
        if (arrays.Length == 1)
            using (var autoencoder = NetworkFactory.Autoencoder(reduction, 1, Points, seed: 1, float32, CPU)!)
                arrays = [.. arrays, [.. autoencoder.Weights.Arrays()]];
        ModelFile.Save(directory, new ModelManifest
        {
            Study = "test", Points = Points, Reduction = reduction, Propagator = propagator, ChannelMinimum = [-1], ChannelMaximum = [1],
            LatentLow = [-1, 0.5f, -2], LatentHigh = [2, 1.5f, 2], LatentMinimum = [-1, 0.5f, -2], LatentMaximum = [2, 1.5f, 2],
            WeightsSha256 = "", Training = [],
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
