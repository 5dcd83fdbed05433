using System.Text.RegularExpressions;
using LedCluster.Domain.Workers;
using LedCluster.Models.Devices;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Tests;

/// <summary>
/// Kernels against managed code, bit for bit, in ILGPU's emulation of a GPU; and that what a GPU is told to compute leaves nothing to its compiler.
/// </summary>
public sealed partial class KernelTests : IClassFixture<OpenDevices>
{
    private const int Latents = 3;

    private static readonly ComputeDevice Emulation = ComputeDevice.Parse("ilgpu:cpu")!;
    private static readonly LatentScaling Scaling = new([-1, 0.5f, -2], [2, 1.5f, 2]);

    public static TheoryData<string, int> Networks => new()
    {
        { "lstm", 5 }, { "lstm", 32 }, { "lstm", 72 }, { "lstm of increments", 20 }, { "gru", 20 }, { "gru of increments", 33 }, { "mlp", 17 },
        { "mlp of increments", 8 },
        { "mlp with relu", 12 }, { "mlp with tanh", 12 },
    };

    private static IPropagator Managed(string kind, int size)
    {
        int d = Latents, seed = 1;
        float[] Noise(int count) => Array.ConvertAll(DenseLayerTests.Noise(count, 7, seed++), x => 0.5f * x);
        var increment = kind.EndsWith("increments", StringComparison.Ordinal);
        if (kind.StartsWith("lstm", StringComparison.Ordinal))
            return new LstmPropagator(
                Noise(4 * size * d), Noise(4 * size * size), Noise(4 * size), Noise(4 * size), Noise(d * size), Noise(d), Scaling.Low,
                Scaling.High, increment);
        if (kind.StartsWith("gru", StringComparison.Ordinal))
            return new GruPropagator(
                Noise(3 * size * d), Noise(3 * size * size), Noise(3 * size), Noise(3 * size), Noise(d * size), Noise(d), Scaling, increment);
        var hidden = kind.EndsWith("relu", StringComparison.Ordinal) ? Activation.Relu
            : kind.EndsWith("tanh", StringComparison.Ordinal) ? Activation.Tanh
            : Activation.Celu;
        DenseLayer last = new(Noise(d * 9), Noise(d), increment ? Activation.None : Activation.HalfTanh);
        return new PerceptronPropagator(
            [new(Noise(size * d), Noise(size), hidden), new(Noise(9 * size), Noise(9), hidden), last], Scaling, increment);
    }

    private static IPropagator Kernel(IPropagator managed) => new KernelPropagator(KernelNetwork.Of(managed)!, KernelDevice.Of(Emulation), _ => { });

    [Theory, MemberData(nameof(Networks))]
    public void Every_number_has_the_bits_of_managed_code(string kind, int size)
    {
        var managed = Managed(kind, size);
        var kernel = Kernel(managed);
        foreach (var (members, known, steps) in ((int, int, int)[])[(1, 1, 40), (7, 4, 12), (18, 2, 1)])
            Equal(Leg(managed, Known(members, known), members, steps), Leg(kernel, Known(members, known), members, steps));
    }

    [Fact]
    public void Memory_that_does_not_suffice_halves_the_launch_with_the_same_bits()
    {
        List<string> notes = [];
        var (managed, device) = (Managed("lstm", 20), KernelDevice.Of(ComputeDevice.Parse("ilgpu:cpu")!));
        var kernel = new KernelPropagator(KernelNetwork.Of(managed)!, device, notes.Add);
        try
        {
            device.LargestArray = 3 * KernelNetwork.Of(managed)!.ScratchRows; // three members
            Equal(Leg(managed, Known(10, 2), 10, 9), Leg(kernel, Known(10, 2), 10, 9));
            Assert.Equal(["5", "3"], notes.Select(note => Assert.Single(Sizes().Matches(note)).Groups[1].Value));
            device.LargestArray = 1;
            Assert.Throws<DeviceLostException>(() => Leg(kernel, Known(10, 2), 10, 9));
        }
        finally
        {
            device.LargestArray = null;
        }
    }

    [Theory, MemberData(nameof(Networks))]
    public void A_members_bits_do_not_depend_on_the_members_beside_it(string kind, int size)
    {
        const int members = 6, known = 2, steps = 8;
        var kernel = Kernel(Managed(kind, size));
        var (latents, all) = (Known(members, known), Leg(kernel, Known(members, known), members, steps));
        for (var m = 0; m < members; m++)
        {
            float[] own = [.. Enumerable.Range(0, known).SelectMany(k => latents[((k * members + m) * Latents)..((k * members + m + 1) * Latents)])];
            var alone = Leg(kernel, own, 1, steps);
            for (var s = 0; s < steps; s++)
                Assert.Equal(all.Path.AsSpan((s * members + m) * Latents, Latents), alone.Path.AsSpan(s * Latents, Latents));
            Assert.Equal(all.Memory.AsSpan(m * kernel.MemorySize, kernel.MemorySize), alone.Memory.AsSpan());
        }
    }

    [Theory, InlineData("lstm", 16), InlineData("gru", 16), InlineData("mlp", 16)]
    public void Feeding_alone_and_extreme_latents_have_the_same_bits_too_and_what_is_not_a_number_stays_none(string kind, int size)
    {
        var managed = Managed(kind, size);
        var kernel = Kernel(managed);
        float[] latents = [.. Known(5, 3)];
        (latents[0], latents[4], latents[8], latents[13]) = (1e30f, -1e30f, float.NaN, float.Epsilon);
        var (expected, actual) = (Leg(managed, latents, 5, 0), Leg(kernel, latents, 5, 0));
        Equal(expected, actual);
        Equal((expected.Memory, Leg(managed, latents, 5, 6).Path), (actual.Memory, Leg(kernel, latents, 5, 6).Path));
        Assert.Contains(Leg(kernel, latents[..15], 5, 6).Path, float.IsNaN);
    }

    [Fact]
    public void A_GPU_is_told_how_to_round_each_operation()
    {
        foreach (var name in (string[])[nameof(LatentKernels.Lstm), nameof(LatentKernels.Gru), nameof(LatentKernels.Perceptron)])
        {
            var text = KernelDevice.Assembly(name);
            string[] operations = [.. Operation().Matches(text).Select(m => m.Value).Distinct().Order(StringComparer.Ordinal)];
            Assert.Equal(["add.rn.f32", "div.rn.f32", "fma.rn.f32", "mul.rn.f32", "sub.rn.f32"], operations);
            Assert.DoesNotContain("call", text, StringComparison.Ordinal); // nothing that only the processor has
            Assert.DoesNotMatch(@"setp\.(ltu|gtu|leu|geu|equ|neu)\.f32", text); // would take what is not a number for smaller or greater
        }
    }

    [GeneratedRegex("ran out of memory; launches now have ([0-9]+) members, with the same bits")]
    private static partial Regex Sizes();

    /// <summary>Whatever computes with numbers; moves, loads, stores, comparisons and choices do not.</summary>
    [GeneratedRegex(@"(?<![\w.])(?!mov|ld|st|setp|selp|cvt)[a-z0-9]+(\.[a-z0-9]+)*\.(f32|f64|f16)\b(?=\s+%)")]
    private static partial Regex Operation();

    private static float[] Known(int members, int frames) =>
        [.. DenseLayerTests.Noise(frames * members * Latents, 3, 2).Select((x, i) => (i % 3 == 1 ? 1 : 0) + 0.3f * x)];

    private static (float[] Memory, float[] Path) Leg(IPropagator propagator, float[] known, int members, int steps)
    {
        var (memory, path) = (DenseLayerTests.Noise(members * propagator.MemorySize, 3, 8), new float[steps * members * Latents]);
        if (propagator is LstmPropagator or GruPropagator or KernelPropagator && propagator.MemorySize > 0)
            Array.Clear(memory); // the padding is zero
        if (steps > 0)
            propagator.FeedAndRun(known, StepContext.Of(members), memory, path);
        else
            propagator.Feed(known, StepContext.Of(members), memory);
        return (memory, path);
    }

    private static void Equal((float[] Memory, float[] Path) expected, (float[] Memory, float[] Path) actual)
    {
        Assert.Equal(Bits(expected.Path), Bits(actual.Path));
        Assert.Equal(Bits(expected.Memory), Bits(actual.Memory));

        // Which of the bit patterns of what is not a number an operation gives, no standard tells.
        static int[] Bits(float[] values) => [.. values.Select(v => float.IsNaN(v) ? -1 : BitConverter.SingleToInt32Bits(v))];
    }
}
