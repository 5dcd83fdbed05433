using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Tests;

/// <summary>Measured orders on a problem that is not autonomous, with several members that differ in their parameter.</summary>
public class StepperOrderTests
{
    private const double End = 2;
    private static readonly double[] Parameters = [.. Enumerable.Range(0, 11).Select(m => 0.5 + 0.1 * m)];

    public static IEnumerable<TheoryDataRow<string>> Tableaux =>
        ExplicitTableaux.All.Concat(ImplicitTableaux.All).Select(tableau => new TheoryDataRow<string>(tableau.Name));

    [Theory]
    [MemberData(nameof(Tableaux))]
    public void A_tableau_converges_with_its_order(string name)
    {
        var tableau = ExplicitTableaux.All.Concat(ImplicitTableaux.All).Single(tableau => tableau.Name == name);
        CheckOrder(RungeKutta.Create(new NonAutonomous(), tableau), tableau.Order);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.3, 1)]
    [InlineData(0.5, 2)]
    [InlineData(0.7, 1)]
    [InlineData(1, 1)]
    public void The_theta_method_has_order_2_at_one_half_and_else_1(double θ, int order) =>
        CheckOrder(RungeKutta.Create(new NonAutonomous(), ImplicitTableaux.Theta(θ)), order);

    [Fact]
    public void A_tableau_of_the_users_own_converges_with_its_order() =>
        CheckOrder(RungeKutta.Create(new NonAutonomous(), new ButcherTableau("Kutta 3", [0, 0.5, 1], [[], [0.5], [-1, 2]], [1.0 / 6, 2.0 / 3, 1.0 / 6], 3)
        {
            Stability = "-2.51 ≤ z ≤ 0",
            Source = "Kutta 1901",
        }), 3);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void Adams_Bashforth_converges_with_its_order(int order) => CheckOrder(new AdamsBashforth<NonAutonomous>(default, order), order);

    /// <summary>The higher orders are stable only where the solution itself hardly decays in a step.</summary>
    [Theory]
    [InlineData(3, 256)]
    [InlineData(4, 256)]
    [InlineData(5, 192)]
    [InlineData(6, 128)]
    [InlineData(7, 128)]
    [InlineData(8, 96)]
    public void Adams_Bashforth_of_any_order_converges_under_a_fast_forcing(int order, int steps)
    {
        var stepper = new AdamsBashforth<FastForcing>(default, order);
        double Error(int steps, bool numbersFirst) => StepperOrderTests.Error(stepper, FastForcing.Exact, steps, numbersFirst);
        Assert.Equal(order, Math.Log2(Error(steps, false) / Error(2 * steps, false)), 0.1);
        Assert.Equal(order, Math.Log2(Error(steps, true) / Error(2 * steps, true)), 0.1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void Extrapolated_Euler_converges_with_its_order(int order) =>
        CheckOrder(new ExplicitRungeKutta<NonAutonomous>(default, ExplicitTableaux.ExtrapolatedEuler(order)), order);

    /// <summary>The slope between two step numbers, through both overloads of the loop.</summary>
    private static void CheckOrder(Stepper<NonAutonomous> stepper, int order)
    {
        Assert.Equal(order, stepper.Order);
        var steps = stepper switch
        {
            RungeKutta<NonAutonomous> { Tableau.FirstSameAsLast: true } => 48,
            ExplicitRungeKutta<NonAutonomous> when order == 6 => 12,
            _ => order switch { 1 => 4000, 2 => 800, 3 => 300, 4 => 160, 5 => 100, _ => 128 },
        };
        double Error(int steps, bool numbersFirst) => StepperOrderTests.Error(stepper, NonAutonomous.Exact, steps, numbersFirst);
        Assert.Equal(order, Math.Log2(Error(steps, false) / Error(2 * steps, false)), 0.1);
        Assert.Equal(order, Math.Log2(Error(steps, true) / Error(2 * steps, true)), 0.1);
    }

    private static double Error<TSystem>(Stepper<TSystem> stepper, Func<double, double, double[]> exact, int steps, bool numbersFirst)
        where TSystem : struct, IOdeSystem
    {
        var (members, n, size) = (Parameters.Length, stepper.System.Size, stepper.StateSize);
        var unknowns = Parameters.SelectMany(p => exact(0, p)).ToArray();
        var (state, path) = (new double[members * size], new double[unknowns.Length]);
        stepper.Start(unknowns, state);
        var grid = new StepGrid(0, End / steps);
        var integrator = new Integrator<TSystem>(stepper);
        var order = numbersFirst ? MemberOrder.NumbersFirst(members) : MemberOrder.MembersFirst(n);
        if (numbersFirst)
        {
            double[] transposed = [.. Enumerable.Range(0, state.Length).Select(i => state[i % members * size + i / members])];
            integrator.Advance(transposed, order, members, Parameters, grid, 1, steps, path, order, path.Length);
        }
        else
            integrator.Advance(state, Parameters, grid, 1, steps, path);
        return Enumerable.Range(0, members).Max(
            m => exact(End, Parameters[m]).Select((value, i) => Math.Abs(value - path[m * order.Member + i * order.Number])).Max());
    }
}
