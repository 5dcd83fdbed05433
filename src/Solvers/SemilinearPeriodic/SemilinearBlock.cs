using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>
/// Members that advance together, one per lane of a vector, stored [h][lane] (see <see cref="RealTransform"/>). Lanes without a
/// member hold zeros. The working set is 6 arrays of n + 2 vectors: with 512 bits 25 KB at n = 64, within the first-level cache.
/// </summary>
/// <typeparam name="V">The vector.</typeparam>
internal sealed unsafe class SemilinearBlock<V> : IDisposable
    where V : unmanaged, IVector<V, double>
{
    private const int Arrays = 6;

    private readonly RealTransform transform;
    private readonly AlignedMemory<V> memory;
    private readonly V* v, stage, second, nv, na, buffer;

    /// <summary>Allocates a block of zeros.</summary>
    public SemilinearBlock(RealTransform transform)
    {
        this.transform = transform;
        var size = transform.Points + 2;
        memory = new(Arrays * size);
        v = memory.Pointer;
        stage = v + size;
        second = v + 2 * size;
        nv = v + 3 * size;
        na = v + 4 * size;
        buffer = v + 5 * size;
    }

    /// <inheritdoc />
    public void Dispose() => memory.Dispose();

    /// <summary>Copies a member's half spectrum [h] into its lane.</summary>
    public void Load(int lane, ReadOnlySpan<double> state) => Enter(v, lane, state, 1);

    /// <summary>Copies a member's half spectrum [h] out of its lane.</summary>
    public void Store(int lane, Span<double> state) => Leave(v, lane, state);

    /// <summary>Half spectra û_k = (1/n) Σ_j u_j e^{−2πijk/n} of some members' fields.</summary>
    /// <param name="members">Number of members, at most one per lane.</param>
    /// <param name="u">Fields [M, n].</param>
    /// <param name="state">Receives the half spectra [M, n], in the order of the places h.</param>
    public void Transform(int members, ReadOnlySpan<double> u, Span<double> state)
    {
        var n = transform.Points;
        for (var lane = 0; lane < members; lane++)
            Enter(stage, lane, u.Slice(lane * n, n), 1.0 / n);
        var spectrum = transform.Forward(stage, second, buffer);
        for (var lane = 0; lane < members; lane++)
            Leave(spectrum, lane, state.Slice(lane * n, n));
    }

    /// <summary>Fields of some members, [M, n].</summary>
    public void Fields(int members, Span<double> u)
    {
        var n = transform.Points;
        var fields = transform.Inverse(v, stage, buffer);
        for (var lane = 0; lane < members; lane++)
            Leave(fields, lane, u.Slice(lane * n, n));
    }

    /// <summary>Advances by some steps of ETDRK4.</summary>
    public void Step<TProblem, TLinear, TForcing>(int steps, TProblem problem, EtdCoefficients coefficients)
        where TProblem : struct, ISemilinearProblem
        where TLinear : struct, ISymbolProduct
        where TForcing : struct, ISymbolProduct
    {
        var n = transform.Points;
        var c = coefficients.Table;
        for (var s = 0; s < steps; s++)
        {
            transform.Pseudospectral(v, nv, buffer, problem);
            EtdStages<V, TLinear, TForcing>.Half(n, c, v, nv, stage); // a
            transform.Pseudospectral(stage, na, buffer, problem);
            EtdStages<V, TLinear, TForcing>.Half(n, c, v, na, second); // b
            transform.Pseudospectral(second, second, buffer, problem);
            EtdStages<V, TLinear, TForcing>.Whole(n, c, v, nv, na, second, stage); // c
            transform.Pseudospectral(stage, stage, buffer, problem);
            EtdStages<V, TLinear, TForcing>.Last(n, c, v, stage);
        }
        GC.KeepAlive(coefficients);
    }

    private static void Enter(V* array, int lane, ReadOnlySpan<double> values, double scale)
    {
        var target = (double*)array + lane;
        for (var h = 0; h < values.Length; h++)
            target[h * V.Count] = scale * values[h];
    }

    private static void Leave(V* array, int lane, Span<double> values)
    {
        var source = (double*)array + lane;
        for (var h = 0; h < values.Length; h++)
            values[h] = source[h * V.Count];
    }
}
