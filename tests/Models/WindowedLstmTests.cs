using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>The LSTM stack that reads a window anew for each prediction.</summary>
public class WindowedLstmTests
{
    private const int D = 3, Window = 9;

    private static readonly WindowedLstmArchitecture Report = new() { Window = Window, Layers = [5, 20], DenseLayers = [12, 7], Normalised = true };

    private static readonly LatentScaling Scaling = new([0.1f, -0.5f, 0], [1.1f, 0.7f, 2]);

    [Theory]
    [InlineData(70, 2, new[] { 64, 128, 256 }, new[] { 256, 128, 64 }, 1_524_034)] // Van der Pol
    [InlineData(200, 10, new[] { 32, 64 }, new[] { 64, 32 }, 88_362)]              // grid of cells
    public void The_reports_networks_have_its_numbers_of_weights(int window, int latents, int[] layers, int[] dense, long expected)
    {
        var shapes = LatentWindowedLstm.Shapes(new() { Window = window, Layers = [.. layers], DenseLayers = [.. dense], Normalised = true }, latents);
        Assert.Equal(expected, shapes.Sum(shape => shape.Shape.Aggregate(1L, (product, size) => product * size)));
    }

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(false, false, true)]
    public void Managed_code_and_libtorch_agree(bool bidirectional, bool normalised, bool increment)
    {
        manual_seed(3);
        var shape = Report with { Bidirectional = bidirectional, Normalised = normalised, Increment = increment };
        using var network = Network(shape);
        var managed = Managed(shape, network);
        using var off = no_grad();
        const int members = 5, known = 6, steps = 8; // the window fills on the way
        var latents = DenseLayerTests.Noise(known * members * D, 1, 1);
        var (memory, path) = (new float[members * managed.MemorySize], new float[steps * members * D]);
        FeedAndRun(managed, latents, members, memory, path);

        var (low, range) = (tensor(Scaling.Low.ToArray()), tensor(Scaling.High.Zip(Scaling.Low, (h, l) => h - l).ToArray()));
        var all = tensor(latents, [known, members, D]);
        var state = network.Blank(members);
        for (var f = 0; f < known - 1; f++)
            state = network.Consume((all.select(0, f) - low) / range, state);
        var now = (all.select(0, known - 1) - low) / range;
        for (var s = 0; s < steps; s++)
        {
            (now, state) = network.Step(now, state);
            ParityTests.Close(now * range + low, path[(s * members * D)..((s + 1) * members * D)]);
        }
    }

    [Fact]
    public void Gradients_in_float32_are_those_in_float64()
    {
        manual_seed(6);
        using var single = Network(Report);
        using var precise = (LatentWindowedLstm)NetworkFactory.Propagator(Report, D, float64, CPU)!;
        precise.Weights.Values = single.Weights.Values;
        var frames = randn(8, Window, D);
        foreach (var network in (LatentWindowedLstm[])[single, precise])
        {
            network.Training = true;
            network.Next(frames.to(network.Weights.Type)).abs().mean().backward();
        }
        var (expected, actual) = (precise.Weights.GradientValues, single.Weights.GradientValues);
        Assert.True(expected.Count(g => g != 0) > 0.9 * expected.Length); // all but the running means and variances
        var scale = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-4 * scale);
    }

    [Fact]
    public void A_member_has_the_same_bits_alone_in_company_and_after_a_pause()
    {
        manual_seed(4);
        using var network = Network(Report);
        var propagator = Managed(Report, network);
        const int members = 19, known = 12, steps = 7;
        var latents = DenseLayerTests.Noise(known * members * D, 1, 2);
        var path = new float[steps * members * D];
        FeedAndRun(propagator, latents, members, new float[members * propagator.MemorySize], path);
        for (var m = 0; m < members; m += 6)
        {
            var (memory, first, second) = (new float[propagator.MemorySize], new float[3 * D], new float[(steps - 3) * D]);
            FeedAndRun(propagator, Member(latents, m), 1, memory, first);
            FeedAndRun(propagator, first[(2 * D)..], 1, memory, second);
            Assert.Equal(Member(path, m), (float[])[.. first, .. second]);
        }

        static float[] Member(float[] all, int m) =>
            [.. Enumerable.Range(0, all.Length / (members * D)).SelectMany(f => all[((f * members + m) * D)..((f * members + m + 1) * D)])];
    }

    [Fact]
    public void Frames_before_the_window_do_not_count()
    {
        manual_seed(5);
        var shape = Report with { SmoothingFrames = 5 };
        using var network = Network(shape);
        var propagator = Managed(shape, network);
        var latents = DenseLayerTests.Noise(30 * D, 1, 3);
        Assert.Equal(Forecast(latents), Forecast(latents[(^(Window * D))..]));

        float[] Forecast(float[] given)
        {
            var path = new float[4 * D];
            FeedAndRun(propagator, given, 1, new float[propagator.MemorySize], path);
            return path;
        }
    }

    [Fact]
    public void Smoothing_reproduces_parabolas_to_both_ends_and_damps_noise()
    {
        var filter = new SavitzkyGolay(31, 2);
        var parabola = Enumerable.Range(0, 80).SelectMany(t => (float[])[0.5f - 0.02f * t + 4e-4f * t * t, 2 - t]).ToArray();
        var smoothed = new float[parabola.Length];
        filter.Smooth(parabola, 2, smoothed);
        for (var i = 0; i < parabola.Length; i++)
            Assert.Equal(parabola[i], smoothed[i], 1e-5 * (1 + Math.Abs(parabola[i])));

        var noise = DenseLayerTests.Noise(2000, 1, 6);
        var quiet = new float[noise.Length];
        filter.Smooth(noise, 1, quiet);
        // In the interior the variance falls to the middle weight, 3(3m² + 3m − 1)/((2m − 1)(2m + 1)(2m + 3)) with m = 15 (Savitzky and Golay 1964).
        Assert.Equal(3 * (3 * 225 + 45 - 1.0) / (29 * 31 * 33), quiet.Average(x => x * x) / noise.Average(x => x * x), 0.02);
    }

    [Fact]
    public void A_stack_that_cannot_be_is_refused_with_what_is_wrong()
    {
        Assert.Contains("odd number of frames, at most the window's 9", (Report with { SmoothingFrames = 31 }).Fault);
        Assert.Contains("window is 0 frames", (Report with { Window = 0 }).Fault);
        Assert.Contains("positive numbers of units", (Report with { Layers = [] }).Fault);
        Assert.Null(Report.Fault);
    }

    private static void FeedAndRun(IPropagator propagator, float[] latents, int members, float[] memory, float[] path) =>
        propagator.FeedAndRun(latents, StepContext.Of(members), memory, path);

    private static LatentWindowedLstm Network(WindowedLstmArchitecture shape)
    {
        var network = (LatentWindowedLstm)NetworkFactory.Propagator(shape, D, float32, CPU)!;
        network.Training = true; // running means and variances that are not 0 and 1
        using var off = no_grad();
        for (var i = 0; i < 40; i++)
        {
            network.Next(randn(16, Window, D));
            network.Settle();
        }
        network.Training = false;
        return network;
    }

    private static IPropagator Managed(WindowedLstmArchitecture shape, LatentWindowedLstm network) =>
        shape.Build(Scaling, new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));
}
