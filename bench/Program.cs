// How much does a time unit cost? Micro solver, propagator, encoder and decoder of the FHN study on one core, in one run, so
// that the ratios hold on a noisy machine. CPU time of the calling thread; the best of several repetitions.
//   dotnet run -c Release --project bench [studies/fhn/model]
using System.Runtime.Intrinsics;
using LedCluster.Actors;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Solvers.FitzHughNagumo;

var (model, manifest) = ModelFile.Load(args.Length > 0 ? args[0] : "studies/fhn/model");
var solver = new FitzHughNagumoSolver();
var (clock, size) = (new ThreadClock(), solver.Layout.Size);
var cyclesPerMicrosecond = Frequency();
Console.WriteLine($"vectors of {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)} bits; about {cyclesPerMicrosecond / 1000:F1} GHz, one fused product of 512 bits per cycle assumed for the floors");
Console.WriteLine($"{"",-34}{"measured",12}{"floor",10}{"of floor",10}   floor from");

double micro = 0;
foreach (var members in (int[])[1, 8, 64])
{
    var fields = new double[members * size];
    for (var m = 0; m < members; m++)
        FitzHughNagumoFront.Random(1, m).Sample(fields.AsSpan(m * size, size));
    var (fine, frames) = (new double[members * solver.FineSize], Math.Max(4, 256 / members));
    var path = new double[frames * fields.Length];
    solver.Lift(fields, fine, LiftRule.Equilibrium);
    micro = Row($"micro, {members} members, per unit", () => solver.Advance(fine, frames, path), members * frames, 101 * 200 * 12 / 8.0, "12 products x 101 points x 200 steps / 8 lanes");
}
double latent = 0;
foreach (var members in (int[])[1, 16, 64, 1024])
{
    var (start, memory) = (new float[members * 2], new float[members * model.Propagator.MemorySize]);
    Array.Fill(start, 5f);
    var path = new float[Math.Max(100, 100_000 / members) * start.Length];
    var h = manifest.Architecture.LstmSize;
    latent = Row($"propagator, {members} members, per step", () => model.Propagator.Run(start, members, memory, path), path.Length / 2, ((2 + h) * 4 * h + 2 * h) / 16.0, "(d_z+H)4H + H d_z products / 16 lanes");
}
const int rows = 640;
var (latents, encoded, decoded, states) = (new float[rows * 2], new float[rows * 2], new float[rows * size], new double[rows * size]);
var weights = manifest.Architecture.EncoderWidths.Zip(manifest.Architecture.EncoderWidths.Skip(1), (a, b) => a * b).Sum();
var encode = Row("encoder, per frame", () => model.Reduction.Encode(states, encoded), rows, weights / 16.0, "weights / 16 lanes");
var decode = Row("decoder, per frame", () => model.Reduction.Decode(latents, decoded), rows, weights / 16.0, "weights / 16 lanes");
Console.WriteLine();
Console.WriteLine($"micro / propagator:                     {micro / latent,6:F0} times");
Console.WriteLine($"micro / (propagator + decoder):         {micro / (latent + decode),6:F1} times");
Console.WriteLine($"micro / (propagator + encoder + decoder): {micro / (latent + encode + decode),4:F1} times");

double Row(string name, Action work, int units, double floorCycles, string floor)
{
    var warm = clock.Now.Wall + 0.4; // until the runtime has compiled everything to its best
    do
        work();
    while (clock.Now.Wall < warm);
    var best = double.PositiveInfinity;
    for (var repetition = 0; repetition < 15; repetition++)
    {
        var start = clock.Now.Cpu;
        work();
        best = Math.Min(best, clock.Now.Cpu - start);
    }
    var (measured, least) = (1e6 * best / units, floorCycles / cyclesPerMicrosecond);
    Console.WriteLine($"{name,-34}{measured,9:F3} µs{least,7:F3} µs{100 * least / measured,8:F0} %   {floor}");
    return measured;
}

// A chain of dependent integer additions takes one cycle each.
double Frequency()
{
    var best = 0.0;
    for (var repetition = 0; repetition < 20; repetition++)
    {
        const int links = 5_000_000;
        var (start, x) = (clock.Now.Cpu, (long)repetition);
        for (var i = 0; i < links; i++)
            x = (x ^ i) + 1; // two dependent operations
        best = Math.Max(best, 2.0 * links / (clock.Now.Cpu - start) / 1e6);
        if (x == 42)
            Console.Write("");
    }
    return best;
}
