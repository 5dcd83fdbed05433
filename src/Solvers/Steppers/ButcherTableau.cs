using System.Collections.Immutable;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra.Complex;

namespace LedCluster.Solvers.Steppers;

/// <summary>Which stages of a Runge-Kutta method depend on which.</summary>
public enum TableauKind
{
    /// <summary>A is strictly lower triangular: every stage is a formula.</summary>
    Explicit,

    /// <summary>A is lower triangular: every stage is a system of n equations.</summary>
    DiagonallyImplicit,

    /// <summary>All stages together are one system of s·n equations.</summary>
    FullyImplicit,
}

/// <summary>
/// A Runge-Kutta method with s stages: k_i = f(t + c_i h, y + h Σ_j a_ij k_j), y₁ = y + h Σ_i b_i k_i. Optionally with a second result
/// Σ_i b̂_i k_i of lower order for step control, and with weights b_i(θ) for results between the ends of the step.
/// </summary>
public sealed class ButcherTableau
{
    private const double Tolerance = 1e-12;

    /// <summary>Defines a method.</summary>
    /// <param name="name">Name.</param>
    /// <param name="c">Nodes c [s].</param>
    /// <param name="a">Rows of A; entries at the end of a row that are 0 may be left out.</param>
    /// <param name="b">Weights b [s].</param>
    /// <param name="order">Order p: the error of a step is O(h^(p+1)).</param>
    /// <exception cref="ArgumentException">Sizes differ, Σb is not 1, a row of A does not sum to its c, or a number is not finite.</exception>
    public ButcherTableau(string name, double[] c, double[][] a, double[] b, int order)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(order);
        (Name, Order, Stages) = (name, order, b.Length);
        Require(
            Stages > 0 && c.Length == Stages && a.Length == Stages,
            $"b has {b.Length} weights, c {c.Length} nodes and A {a.Length} rows; all must be the number of stages");
        Require(a.All(row => row.Length <= Stages), $"a row of A has more than {Stages} entries");
        Require(
            Math.Abs(b.Sum() - 1) <= Tolerance * Math.Max(1, b.Sum(Math.Abs)),
            FormattableString.Invariant($"the weights b sum to {b.Sum()}, not to 1"));
        for (var i = 0; i < Stages; i++)
            Require(
                Math.Abs(a[i].Sum() - c[i]) <= Tolerance,
                FormattableString.Invariant($"row {i + 1} of A sums to {a[i].Sum()}, but c is {c[i]} there"));
        (C, B) = ([.. c], [.. b]);
        A = [.. a.Select(row => (ImmutableArray<double>)[.. row, .. new double[Stages - row.Length]])];
        Kind = Enumerable.Range(0, Stages).Max(i => A[i].Skip(i + 1).Any(x => x != 0) ? TableauKind.FullyImplicit
            : A[i][i] != 0 ? TableauKind.DiagonallyImplicit : TableauKind.Explicit);
    }

    /// <summary>Name.</summary>
    public string Name { get; }

    /// <summary>Order p of the result.</summary>
    public int Order { get; }

    /// <summary>Number of stages s.</summary>
    public int Stages { get; }

    /// <summary>Nodes c [s].</summary>
    public ImmutableArray<double> C { get; }

    /// <summary>A [s, s], row after row.</summary>
    public ImmutableArray<ImmutableArray<double>> A { get; }

    /// <summary>Weights b [s].</summary>
    public ImmutableArray<double> B { get; }

    /// <summary>Weights b̂ [s] of the second result; empty if there is none.</summary>
    public ImmutableArray<double> Embedded { get; init; } = [];

    /// <summary>Order of the second result.</summary>
    public int EmbeddedOrder { get; init; }

    /// <summary>
    /// b_i(θ) = Σ_j Dense[i][j] θ^(j+1), the weights of y(t + θh) = y + h Σ_i b_i(θ) k_i, 0 ≤ θ ≤ 1; empty if there are none.
    /// </summary>
    public ImmutableArray<ImmutableArray<double>> Dense { get; init; } = [];

    /// <summary>Where the method's stability function is bounded by 1, in words.</summary>
    public required string Stability { get; init; }

    /// <summary>Source.</summary>
    public required string Source { get; init; }

    /// <summary>Which stages depend on which.</summary>
    public TableauKind Kind { get; }

    /// <summary>The last stage is the result (b is the last row of A and c is 1 there).</summary>
    public bool StifflyAccurate => A[^1].SequenceEqual(B) && C[^1] == 1;

    /// <summary>
    /// The last slope of a step is the first of the next, so that an explicit method saves one evaluation.
    /// </summary>
    public bool FirstSameAsLast => Kind == TableauKind.Explicit && StifflyAccurate && C[0] == 0;

    /// <summary>
    /// Stability function R(z) = 1 + z bᵀ(I − zA)⁻¹1: on y' = λy one step multiplies y by R(λh) (Hairer &amp; Wanner 1996,
    /// doi:10.1007/978-3-642-05221-7, equation IV.3.2).
    /// </summary>
    /// <param name="z">z = λh.</param>
    public Complex StabilityFunction(Complex z)
    {
        var matrix = DenseMatrix.Create(Stages, Stages, (i, j) => (i == j ? 1 : 0) - z * A[i][j]);
        var slopes = matrix.LU().Solve(DenseVector.Create(Stages, _ => Complex.One));
        return 1 + z * B.Select((weight, i) => weight * slopes[i]).Aggregate(Complex.Add);
    }

    /// <inheritdoc />
    public override string ToString() => Name;

    private void Require(bool holds, string fault)
    {
        if (!holds)
            throw new ArgumentException($"Butcher tableau '{Name}': {fault}.");
    }
}
