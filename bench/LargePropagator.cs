using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

/// <summary>An LSTM as large as the published ones for Kuramoto-Sivashinsky: H = 512, d_z = 8, 256 members at once.</summary>
internal static class LargePropagator
{
    private const int Hidden = 512, Latents = 8, Members = 256, Steps = 4;

    public static void Measure(Meter meter)
    {
        var random = new Philox(1, 0, 0, 0);
        var propagator = new LstmPropagator(
            Weights(4 * Hidden * Latents), Weights(4 * Hidden * Hidden), Weights(4 * Hidden), Weights(4 * Hidden), Weights(Latents * Hidden), Weights(Latents),
            [.. new float[Latents]], [.. Enumerable.Repeat(1f, Latents)]);
        var (start, memory, path) = (new float[Members * Latents], new float[Members * propagator.MemorySize], new float[Steps * Members * Latents]);
        Array.Fill(start, 0.5f);
        var context = StepContext.Of(Members);
        meter.Row($"LSTM, H = {Hidden}, {Members} members, per step", () => propagator.Run(start, context, memory, path),
            Steps * Members, ((Latents + Hidden) * 4 * Hidden + Hidden * Latents + KernelBench.LstmCell * Hidden) / 16.0, "the same");

        float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextNormal() / Math.Sqrt(Hidden)))];
    }
}
