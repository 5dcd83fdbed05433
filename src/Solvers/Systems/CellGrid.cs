using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

/// <summary>What a member of a <see cref="CellGrid"/> has of its own.</summary>
/// <param name="FiringX">Firing point x₀, along the first axis, from 0 to 1, in units of the grid's side.</param>
/// <param name="FiringY">Firing point y₀, along the second axis.</param>
/// <param name="Threshold">α of <see cref="ActionPotential"/>: 0.15, from 0.01 to 0.5.</param>
/// <param name="Recovery">ε of <see cref="ActionPotential"/>, 1/ms: 0.01, from 0 to 1.</param>
/// <param name="Speed">Speed v at which the pulse travels, sides of the grid per ms: 0.005, above 0.</param>
/// <param name="Current">I of <see cref="ActionPotential"/>, 1/ms: 0.125, from 0 to 10.</param>
public readonly record struct CellGridMember(
    double FiringX, double FiringY, double Threshold = 0.15, double Recovery = 0.01, double Speed = 0.005, double Current = 0.125);

/// <summary>
/// A square grid of G × G cells (<see cref="ActionPotential"/>) that do not act on each other: the pulse reaches the cell at (i/G, j/G),
/// 0 ≤ i, j &lt; G, at t_b = √((i/G − x₀)² + (j/G − y₀)²)/v, so that all states of a member are one curve shifted in time. Every cell is
/// integrated by itself, eight per vector, by the theta method with θ = ½ and true Newton steps. Time step and frame 0.5 ms, start
/// u = w = 0 (Cattaneo, Dotti &amp; Fedrizzi, PACS project report, Politecnico di Milano 2022, section 4). Immutable, and safe to use from
/// several threads.
/// </summary>
public sealed class CellGrid
{
    private const int Parameters = 7;

    private readonly Integrator<ActionPotential> integrator;

    /// <summary>Prepares a grid.</summary>
    /// <param name="side">Cells along a side, G: 20, from 1 to 1024.</param>
    /// <param name="timeStep">Time step and frame, ms: 0.5, above 0.</param>
    /// <param name="tableau">The method; the theta method with θ = ½ if none is given.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public CellGrid(int side = 20, double timeStep = 0.5, ButcherTableau? tableau = null)
    {
        if (side is < 1 or > 1024)
            throw new ArgumentOutOfRangeException(nameof(side), side, "A grid has from 1 to 1024 cells along a side.");
        if (!(timeStep > 0))
            throw new ArgumentOutOfRangeException(nameof(timeStep), timeStep, "The time step must be above 0 ms.");
        (Side, TimeStep) = (side, timeStep);
        integrator = new Integrator<ActionPotential>(RungeKutta.Create(new ActionPotential(), tableau ?? ImplicitTableaux.CrankNicolson));
    }

    /// <summary>Cells along a side, G.</summary>
    public int Side { get; }

    /// <summary>Time step and frame, ms.</summary>
    public double TimeStep { get; }

    /// <summary>Numbers in a member's state [u, w][i][j]: 2G².</summary>
    public int Size => 2 * Side * Side;

    /// <summary>t_b of every cell, ms.</summary>
    /// <param name="member">The member.</param>
    /// <param name="times">Receives t_b [G, G].</param>
    public void ArrivalTimes(CellGridMember member, Span<double> times)
    {
        for (var i = 0; i < Side; i++)
            for (var j = 0; j < Side; j++)
            {
                var (x, y) = ((double)i / Side - member.FiringX, (double)j / Side - member.FiringY);
                times[i * Side + j] = Math.Sqrt(x * x + y * y) / member.Speed;
            }
    }

    /// <summary>Advances members, and writes every frame.</summary>
    /// <param name="state">States [M, 2, G, G]; overwritten with those after the last frame.</param>
    /// <param name="members">What each member has of its own [M].</param>
    /// <param name="firstFrame">Frames made before; t = firstFrame · <see cref="TimeStep"/> now.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="path">Receives the states [frames, M, 2, G, G]; empty to keep none.</param>
    /// <exception cref="ArgumentException">The arrays' sizes do not fit each other, or a member's speed is not above 0.</exception>
    public void Advance(Span<double> state, ReadOnlySpan<CellGridMember> members, long firstFrame, int frames, Span<double> path)
    {
        var cells = Side * Side;
        if (state.Length != members.Length * Size)
            throw new ArgumentException(
                $"The array 'state' has {state.Length} numbers; it must hold {members.Length} members of {Size} numbers.", nameof(state));
        if (!path.IsEmpty && path.Length != (long)frames * state.Length)
            throw new ArgumentException(
                $"The array 'path' has {path.Length} numbers; it must hold {frames} frames of {state.Length} numbers, or be empty.",
                nameof(path));
        var (parameters, arrivals) = (new double[cells * Parameters], new double[cells]);
        var order = MemberOrder.NumbersFirst(cells);
        for (var m = 0; m < members.Length; m++)
        {
            var member = members[m];
            if (!(member.Speed > 0))
                throw new ArgumentException(FormattableString.Invariant($"Member {m} has the speed {member.Speed}; it must be above 0."), nameof(members));
            ArrivalTimes(member, arrivals);
            for (var cell = 0; cell < cells; cell++)
                ((ReadOnlySpan<double>)[8, member.Threshold, member.Recovery, 0.1, member.Current, arrivals[cell], 2]).CopyTo(
                    parameters.AsSpan(cell * Parameters));
            integrator.Advance(state.Slice(m * Size, Size), order, cells, parameters, new StepGrid(0, TimeStep, firstFrame), frames, 1,
                path.IsEmpty ? path : path[(m * Size)..], order, members.Length * Size);
        }
    }
}
