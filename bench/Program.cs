// How much does a time unit cost? Micro solver, propagator, encoder and decoder of the FHN study on one core, in one run, so
// that the ratios hold on a noisy machine. CPU time of the calling thread; the best of several repetitions.
//   dotnet run -c Release --project bench [studies/fhn/models/ae-lstm]
//   dotnet run -c Release --project bench ks      the Kuramoto-Sivashinsky solver: cost, attractor, Lyapunov exponent, long run
//   dotnet run -c Release --project bench ode     ordinary differential equations: cost of a step of each kind of method
//   dotnet run -c Release --project bench hits    hierarchical time-stepping: cost of a forecast and of choosing the networks
//   dotnet run -c Release --project bench particles  normal numbers and particles in a box, beside NumPy
//   dotnet run -c Release --project bench cylinder   a step of the flow solver beside its floor and beside NumPy
//   dotnet run -c Release --project bench cylinder-validation [case]  flow past a cylinder beside reference values; an hour for all
//   dotnet run -c Release --project bench soak    a cluster of real processes under faults: is anything lost?
//   dotnet run -c Release --project bench failover how soon the cohorts of a killed or hanging worker are at work elsewhere
//   dotnet run -c Release --project bench engine   what carrying a leg costs in one process and on a cluster
//   dotnet run -c Release --project bench memory [cohort]  what memory 100 members of 16 MB take, as a run has them or in one cohort
//   dotnet run -c Release --project bench cluster  how much faster two worker processes are than one
//   dotnet run -c Release --project bench external what a call of a simulator in another program costs (needs cc and NumPy)
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Solvers.FitzHughNagumo;

if (args is ["soak", ..])
    return Surroundings.Again(args) ?? SoakCommand.Create().Parse(args[1..]).Invoke();
if (args is ["failover", ..])
    return FailoverCommand.Create().Parse(args[1..]).Invoke();
if (args is ["cluster", .. var more])
{
    Environment.CurrentDirectory = LedProcess.Root;
    ScalingBench.Run(more);
    return 0;
}
if (args is ["external"])
{
    ExternalBench.Run(LedProcess.Root);
    return 0;
}
if (args is ["memory", .. var how])
{
    LargeMembers.Run(how);
    return 0;
}
if (args is ["ode"])
{
    OdeBench.Run();
    return 0;
}
if (args is ["particles"])
{
    ParticleBench.Run(LedProcess.Root);
    return 0;
}
if (args is ["cylinder"])
{
    CylinderBench.Run(LedProcess.Root);
    return 0;
}
if (args is ["cylinder-validation", .. var chosen])
{
    CylinderValidation.Run(chosen);
    return 0;
}
if (args is ["hits"])
{
    HierarchicalBench.Run();
    return 0;
}
if (args is ["engine", .. var side])
{
    if (side is ["node"])
        EngineBench.RunNode();
    else
        EngineBench.Run();
    return 0;
}
if (args is ["ks"])
{
    KuramotoSivashinskyBench.Run();
    return 0;
}
var (model, manifest) = ModelFile.Load(args.Length > 0 ? args[0] : "studies/fhn/models/ae-lstm");
var solver = new FitzHughNagumoSolver();
var (meter, size) = (new Meter(), solver.Layout.Size);

double micro = 0;
foreach (var members in (int[])[1, 8, 64])
{
    var fields = new double[members * size];
    for (var m = 0; m < members; m++)
        FitzHughNagumoFront.Random(1, m).Sample(fields.AsSpan(m * size, size));
    var (fine, frames) = (new double[members * solver.StateSize], Math.Max(4, 256 / members));
    var path = new double[frames * fields.Length];
    solver.Lift(fields, fine, LiftRule.Equilibrium, default);
    micro = meter.Row($"micro, {members} members, per unit", () => solver.Advance(fine, frames, path, default), members * frames, 101 * 200 * 12 / 8.0, "12 products, on 101 points, 200 steps");
}
double latent = 0;
foreach (var members in (int[])[1, 16, 64, 1024])
{
    var (start, memory, context) = (new float[members * 2], new float[members * model.Propagator.MemorySize], StepContext.Of(members));
    Array.Fill(start, 5f);
    var path = new float[Math.Max(100, 100_000 / members) * start.Length];
    var h = ((LstmArchitecture)manifest.Propagator).Hidden;
    latent = meter.Row($"propagator, {members} members, per step", () => model.Propagator.Run(start, context, memory, path), path.Length / 2, ((2 + h) * 4 * h + 2 * h + 47 * h + 20) / 16.0, "(d_z+H)4H + H d_z products, 47 for the activations of a unit");
}
LargePropagator.Measure(meter);
const int rows = 640;
var (latents, encoded, decoded, states) = (new float[rows * 2], new float[rows * 2], new float[rows * size], new double[rows * size]);
var widths = ((FeedForwardArchitecture)manifest.Reduction).Widths(size);
var (weights, celus) = (widths.Zip(widths.Skip(1), (a, b) => a * b).Sum(), 9 * widths.Skip(1).Sum());
var encode = meter.Row("encoder, per frame", () => model.Reduction.Encode(states, encoded), rows, (weights + celus) / 16.0, "weights, 9 products for a CELU");
var decode = meter.Row("decoder, per frame", () => model.Reduction.Decode(latents, decoded, StepContext.Of(1)), rows, (weights + celus) / 16.0, "weights, 9 products for a CELU");
Console.WriteLine();
Console.WriteLine($"micro / propagator:                     {micro / latent,6:F0} times");
Console.WriteLine($"micro / (propagator + decoder):         {micro / (latent + decode),6:F1} times");
Console.WriteLine($"micro / (propagator + encoder + decoder): {micro / (latent + encode + decode),4:F1} times");
return 0;
