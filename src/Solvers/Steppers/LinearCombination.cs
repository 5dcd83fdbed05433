using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>Σ_j w_j k_j over the slopes of a step, terms of weight 0 left out, summed in the order of the stages.</summary>
internal sealed class LinearCombination
{
    private readonly double[] weights;
    private readonly int[] stages;

    /// <summary>Prepares the sum.</summary>
    /// <param name="weights">w [s], or the first of them.</param>
    public LinearCombination(IEnumerable<double> weights)
    {
        var terms = weights.Select((weight, stage) => (weight, stage)).Where(term => term.weight != 0).ToArray();
        (this.weights, stages) = ([.. terms.Select(term => term.weight)], [.. terms.Select(term => term.stage)]);
    }

    /// <summary>target = y + h Σ_j w_j k_j.</summary>
    /// <param name="target">Receives the result [vectors].</param>
    /// <param name="y">y [vectors].</param>
    /// <param name="step">h [groups].</param>
    /// <param name="groups">Groups, a power of two; vector i belongs to group i mod groups.</param>
    /// <param name="slopes">k [s, vectors].</param>
    /// <param name="vectors">Vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Add(
        Vector512<double>* target, Vector512<double>* y, Vector512<double>* step, int groups, Vector512<double>* slopes, int vectors)
    {
        for (var i = 0; i < vectors; i++)
        {
            var sum = Vector512<double>.Zero;
            for (var j = 0; j < weights.Length; j++)
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(weights[j]), slopes[stages[j] * vectors + i], sum);
            target[i] = Vector512.FusedMultiplyAdd(step[i & (groups - 1)], sum, y[i]);
        }
    }

    /// <summary>target = Σ_j w_j k_j.</summary>
    /// <param name="target">Receives the result [vectors].</param>
    /// <param name="slopes">k [s, vectors].</param>
    /// <param name="vectors">Vectors.</param>
    public unsafe void Sum(Vector512<double>* target, Vector512<double>* slopes, int vectors)
    {
        for (var i = 0; i < vectors; i++)
        {
            var sum = Vector512<double>.Zero;
            for (var j = 0; j < weights.Length; j++)
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(weights[j]), slopes[stages[j] * vectors + i], sum);
            target[i] = sum;
        }
    }
}
