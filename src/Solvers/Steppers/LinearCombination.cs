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
        var (mask, i) = (groups - 1, 0);
        for (; i <= vectors - 4; i += 4) // four sums share a weight
        {
            Vector512<double> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (var j = 0; j < weights.Length; j++)
            {
                var weight = Vector512.Create(weights[j]);
                var slope = slopes + (stages[j] * vectors + i);
                sum0 = Vector512.FusedMultiplyAdd(weight, slope[0], sum0);
                sum1 = Vector512.FusedMultiplyAdd(weight, slope[1], sum1);
                sum2 = Vector512.FusedMultiplyAdd(weight, slope[2], sum2);
                sum3 = Vector512.FusedMultiplyAdd(weight, slope[3], sum3);
            }
            target[i] = Vector512.FusedMultiplyAdd(step[i & mask], sum0, y[i]);
            target[i + 1] = Vector512.FusedMultiplyAdd(step[(i + 1) & mask], sum1, y[i + 1]);
            target[i + 2] = Vector512.FusedMultiplyAdd(step[(i + 2) & mask], sum2, y[i + 2]);
            target[i + 3] = Vector512.FusedMultiplyAdd(step[(i + 3) & mask], sum3, y[i + 3]);
        }
        for (; i < vectors; i++)
        {
            var sum = Vector512<double>.Zero;
            for (var j = 0; j < weights.Length; j++)
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(weights[j]), slopes[stages[j] * vectors + i], sum);
            target[i] = Vector512.FusedMultiplyAdd(step[i & mask], sum, y[i]);
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
