using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LedCluster.Solvers.Steppers;
using LedCluster.Solvers.Systems;

/// <summary>What a step of an ordinary differential equation costs, for one member and for many.</summary>
internal static class OdeBench
{
    // Vector operations of one right-hand side; a stage or result with k terms costs k more per unknown.
    private const double VanDerPolSlope = 3, LorenzSlope = 6;

    // One Newton iteration for two unknowns: slope and residual 5, Jacobian and matrix 8, elimination 6 and two divisions of 10, change and test 8.
    private const double NewtonIteration = 5 + 8 + 6 + 20 + 8;

    public static void Run()
    {
        var meter = new Meter();
        Console.WriteLine("1,000 steps of a member");
        foreach (var members in (int[])[1, 8, 64, 1024])
        {
            foreach (var tableau in (ButcherTableau[])[ExplicitTableaux.Heun, ExplicitTableaux.Classical4, ExplicitTableaux.DormandPrince])
            {
                VanDerPolRow(
                    meter, tableau.Name, members, RungeKutta.Create(new VanDerPol(), tableau), Operations(tableau, 2, VanDerPolSlope),
                    "slopes and sums");
                LorenzRow(meter, tableau.Name, members, RungeKutta.Create(new Lorenz(), tableau), Operations(tableau, 3, LorenzSlope));
            }
            VanDerPolRow(meter, "Adams-Bashforth 4", members, new AdamsBashforth<VanDerPol>(default, 4), VanDerPolSlope + 2 * 4, "slope and sum");
            VanDerPolRow(
                meter, "Crank-Nicolson", members, RungeKutta.Create(new VanDerPol(), ImplicitTableaux.CrankNicolson), 3 * NewtonIteration,
                "three Newton iterations");
            Adaptive(meter, members);
        }
        Grid(meter);
        Bits();
    }

    /// <summary>The same on every machine and at every SIMD width; compare with DOTNET_EnableAVX512=0 or DOTNET_EnableAVX2=0.</summary>
    private static void Bits()
    {
        const int members = 11;
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var parameters = VanDerPolLienard.Description.DefaultParameters(members);
        foreach (var tableau in ExplicitTableaux.All.Concat(ImplicitTableaux.All))
        {
            var method = RungeKutta.Create(new VanDerPolLienard(), tableau);
            var state = Unknowns(members, 2);
            new Integrator<VanDerPolLienard>(method).Advance(state, parameters, new(0, 0.05), 1, 400, []);
            if (!tableau.Embedded.IsEmpty)
                new AdaptiveIntegrator<VanDerPolLienard>(method).Advance(state, parameters, 0, [3, 20], []);
            hash.AppendData(MemoryMarshal.AsBytes(state.AsSpan()));
        }
        var neurons = new double[members * 2 * 65];
        new NeuronSolver(65).Advance(neurons, Neuron.Description.DefaultParameters(members), 0, 40, []);
        hash.AppendData(MemoryMarshal.AsBytes(neurons.AsSpan()));
        Console.WriteLine($"SHA-256 of {members} members by every tableau: {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}");
    }

    private static double Operations(ButcherTableau tableau, int unknowns, double slope)
    {
        var sums = tableau.A.Sum(row => row.Count(weight => weight != 0)) + (tableau.FirstSameAsLast ? 0 : tableau.B.Count(weight => weight != 0));
        return slope * (tableau.Stages - (tableau.FirstSameAsLast ? 1 : 0)) + unknowns * sums;
    }

    private static double[] Unknowns(int members, int size) =>
        [.. Enumerable.Range(0, members * size).Select(i => (i % size) switch { 0 => 2 * Math.Cos(i), 1 => 2 * Math.Sin(i), _ => 20 })];

    private static void VanDerPolRow(Meter meter, string name, int members, Stepper<VanDerPol> stepper, double operations, string floor) =>
        Row(meter, $"VdP {name}, {members}", members, stepper, VanDerPol.Description, 0.01, operations, floor);

    private static void LorenzRow(Meter meter, string name, int members, Stepper<Lorenz> stepper, double operations) =>
        Row(meter, $"Lorenz {name}, {members}", members, stepper, Lorenz.Description, 0.005, operations, "slopes and sums");

    private static void Row<TSystem>(
        Meter meter, string name, int members, Stepper<TSystem> stepper, OdeDescription description, double step, double operations, string floor)
        where TSystem : struct, IOdeSystem
    {
        var steps = Math.Max(1000, 40_000 / members);
        var (unknowns, parameters, state) = (
            Unknowns(members, stepper.System.Size), description.DefaultParameters(members), new double[members * stepper.StateSize]);
        var integrator = new Integrator<TSystem>(stepper);
        meter.Row(name, () =>
        {
            stepper.Start(unknowns, state);
            integrator.Advance(state, parameters, new(0, step), 1, steps, []);
        }, members * steps / 1000, 1000 * operations / Math.Min(8, members), floor);
    }

    private static void Adaptive(Meter meter, int members)
    {
        var integrator = new AdaptiveIntegrator<VanDerPol>(
            RungeKutta.Create(new VanDerPol(), ExplicitTableaux.DormandPrince), new() { Relative = 1e-8, Absolute = 1e-8 });
        var (unknowns, parameters, counts) = (Unknowns(members, 2), VanDerPol.Description.DefaultParameters(members), new StepCount[members]);
        integrator.Advance([.. unknowns], parameters, 0, [20], [], counts);
        var steps = counts.Sum(count => count.Accepted + count.Rejected) / 1000.0;
        meter.Row($"VdP Dormand-Prince, tol 1e-8, {members}", () => integrator.Advance([.. unknowns], parameters, 0, [20], []),
            steps, 1000 * Operations(ExplicitTableaux.DormandPrince, 2, VanDerPolSlope) / Math.Min(8, members), "slopes and sums; step control not counted");
    }

    private static void Grid(Meter meter)
    {
        var grid = new CellGrid();
        var (state, path) = (new double[grid.Size], new double[100 * grid.Size]);
        meter.Row("20 x 20 cells, per frame", () =>
        {
            Array.Clear(state);
            grid.Advance(state, [new(0.7, 0.6)], 0, 100, path);
        }, 100, 400 / 8 * 3 * NewtonIteration, "three Newton iterations per cell");
    }
}
