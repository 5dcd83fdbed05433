using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Solvers.FitzHughNagumo;

/// <summary>
/// What a time unit costs: micro solvers, propagators, encoders and decoders on one thread, each beside its floor. Counted are the operations of the
/// processor's two units for products, which also compare and take maxima: a CELU has 13 of them, tanh 11 and a quotient, 1 + eˣ 10.
/// </summary>
internal static class KernelBench
{
    private const int Celu = 13, Tanh = 12, OnePlusExp = 10;

    public static void Run()
    {
        var meter = new Meter();
        var micro = Micro(meter);
        KuramotoSivashinskyBench.Cost(meter);
        var (lstm, _) = ModelFile.Load("studies/fhn/models/ae-lstm");
        const int h = 32, d = 2;
        var latent = 0.0;
        foreach (var members in (int[])[1, 16, 64, 1024])
            latent = Propagator(
                meter, "LSTM", lstm.Propagator, members, ((d + h) * 4 * h) + (h * d) + (LstmCell * h),
                "(d_z + H)4H + H d_z products, 59 for a cell");
        LargePropagator.Measure(meter);
        Propagator(
            meter, "GRU", ModelFile.Load("studies/fhn/models/ae-gru").Model.Propagator, 64,
            ((d + h) * 4 * h) + (h * d) + (((2 * OnePlusExp) + Tanh + 2) * h), "the same, 34 for a cell");
        Propagator(
            meter, "MLP 100-100-100", ModelFile.Load("studies/fhn/models/ae-mlp").Model.Propagator, 64,
            (2 * 100 * d) + (2 * 100 * 100) + (300 * Celu), "weights, CELU");
        Propagator(
            meter, "reservoir, N = 1000", ModelFile.Load("studies/fhn/models/ae-reservoir").Model.Propagator, 64,
            1000 * (10 + 1 + Tanh + 0.5 + d), "10 connections a unit, input, tanh, readout");
        const int field = 202, inner = 3 * 100;
        var weights = (field * 100) + (2 * 100 * 100) + (100 * d);
        var encode = Encoder(meter, "dense", lstm.Reduction, field, weights + ((inner + d) * Celu), "weights, CELU");
        var decode = Decoder(meter, "dense", lstm.Reduction, field, weights + (inner * Celu) + (field * (Tanh + 2)), "weights, CELU, tanh");
        var (convolutional, _) = ModelFile.Load("studies/ks/models/cnn-lstm-end-to-end");
        // Channels 1, 16, 32, 64, 8 on 64 points: six taps on half of the points, or five on all after twice as many points by three operations each.
        var down = (6 * ((32 * 16) + (16 * 16 * 32) + (8 * 32 * 64) + (4 * 64 * 8))) + (4 * 8 * 8);
        var up = (5 * ((8 * 8 * 64) + (16 * 64 * 32) + (32 * 32 * 16) + (64 * 16))) + (4 * 8 * 8);
        Encoder(meter, "convolutional", convolutional.Reduction, 64, down + (((32 * 16) + (16 * 32) + (8 * 64) + 32 + 8) * Celu), "taps, CELU");
        Decoder(
            meter, "convolutional", convolutional.Reduction, 64,
            up + ((32 + 512 + 512 + 512) * Celu) + (1.5 * ((8 * 8) + (16 * 64) + (32 * 32) + (64 * 16))) + (64 * (Tanh + 2)) + (64 * 64),
            "taps, refinement, CELU, tanh, band limit");
        Console.WriteLine();
        Console.WriteLine($"FHN: micro / propagator:                     {micro / latent,6:F0} times");
        Console.WriteLine($"FHN: micro / (propagator + decoder):         {micro / (latent + decode),6:F1} times");
        Console.WriteLine($"FHN: micro / (propagator + encoder + decoder): {micro / (latent + encode + decode),4:F1} times");
    }

    /// <summary>Three of 1 + eˣ, two pairs whose quotient is tanh, five products and two quotients.</summary>
    public const int LstmCell = (3 * OnePlusExp) + (2 * (Tanh - 1)) + 5 + 2;

    private static double Micro(Meter meter)
    {
        var solver = new FitzHughNagumoSolver();
        var (size, micro) = (solver.Layout.Size, 0.0);
        foreach (var members in (int[])[1, 8, 64])
        {
            var fields = new double[members * size];
            for (var m = 0; m < members; m++)
                FitzHughNagumoFront.Random(1, m).Sample(fields.AsSpan(m * size, size));
            var (fine, frames) = (new double[members * solver.StateSize], Math.Max(4, 256 / members));
            var path = new double[frames * fields.Length];
            solver.Lift(fields, fine, LiftRule.Equilibrium, default);
            micro = meter.Row($"FHN, {members} members, per unit", () => solver.Advance(fine, frames, path, default), members * frames,
                101 * 200 * 12 / 8.0, "12 products on 101 points, 200 steps", 101 * 200 * 6 / 8.0);
        }
        return micro;
    }

    private static double Propagator(Meter meter, string name, IPropagator propagator, int members, double operations, string floor)
    {
        var (start, memory, context) = (new float[members * propagator.LatentSize], new float[members * propagator.MemorySize], StepContext.Of(members));
        Array.Fill(start, 0.5f);
        var path = new float[Math.Max(100, 100_000 / members) * start.Length];
        return meter.Row($"{name}, {members} members, per step", () =>
            propagator.Run(start, context, memory, path), path.Length / propagator.LatentSize, operations / 16, floor);
    }

    private static double Encoder(Meter meter, string name, IReduction reduction, int size, double operations, string floor)
    {
        const int rows = 640;
        var (states, latents) = (new double[rows * size], new float[rows * reduction.LatentSize]);
        return meter.Row($"encoder, {name}, per frame", () => reduction.Encode(states, latents), rows, operations / 16, floor);
    }

    private static double Decoder(Meter meter, string name, IReduction reduction, int size, double operations, string floor)
    {
        const int rows = 640;
        var (latents, states) = (new float[rows * reduction.LatentSize], new float[rows * size]);
        return meter.Row($"decoder, {name}, per frame", () => reduction.Decode(latents, states, StepContext.Of(1)), rows, operations / 16, floor);
    }
}
