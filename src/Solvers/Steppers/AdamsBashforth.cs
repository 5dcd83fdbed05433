using System.Collections.Immutable;
using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// Adams and Bashforth's method of order s, y₁ = y + h Σ_j b_j f_{−j}: one evaluation per step, whatever the order. Its memory, the last
/// s − 1 slopes, is part of the state. A member without a memory makes its first s − 1 steps by a Runge-Kutta method of order s, so that
/// the start costs no accuracy (Hairer, Nørsett &amp; Wanner 1993, doi:10.1007/978-3-540-78862-1, section III.1). Always with the same h.
/// Stable for −2, −1, −6/11, −3/10, −90/551 ≤ λh ≤ 0 at s = 1, …, 5, and less at each further order.
/// </summary>
/// <typeparam name="TSystem">The system.</typeparam>
public sealed unsafe class AdamsBashforth<TSystem> : Stepper<TSystem>
    where TSystem : struct, IOdeSystem
{
    private readonly ExplicitRungeKutta<TSystem> start;

    /// <summary>Prepares the method.</summary>
    /// <param name="system">The system.</param>
    /// <param name="order">Order s, from 1 to 12.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is outside this range.</exception>
    public AdamsBashforth(TSystem system, int order)
        : base(system)
    {
        Weights = AdamsBashforth.Weights(order);
        start = new ExplicitRungeKutta<TSystem>(system, order switch
        {
            1 => ExplicitTableaux.Euler,
            2 => ExplicitTableaux.Heun,
            3 or 4 => ExplicitTableaux.Classical4,
            5 => ExplicitTableaux.DormandPrince,
            _ => ExplicitTableaux.ExtrapolatedEuler(order),
        });
    }

    /// <summary>b_0 (of the newest slope), b_1, ….</summary>
    public ImmutableArray<double> Weights { get; }

    /// <inheritdoc />
    public override int Order => Weights.Length;

    /// <summary>The unknowns, then f_{−1}, f_{−2}, …, f_{−(s−1)}.</summary>
    public override int StateSize => System.Size * Order;

    /// <summary>The slope, and the workspace of the start.</summary>
    internal override int WorkSize => start.WorkSize + System.Size;

    /// <inheritdoc />
    internal override void Step(StepBlock block)
    {
        var (vectors, memory) = (System.Size * block.Groups, Order - 1);
        var slope = block.Work + start.WorkSize * block.Groups;
        Evaluate(block, 0, block.Y, slope);
        var known = Vector512<double>.AllBitsSet;
        if (memory > 0)
            for (var g = 0; g < block.Groups; g++) // the oldest slope is the last to become known
                known &= IsNumber(block.Y[memory * vectors + g]);
        var complete = known.AsInt64() == Vector512<long>.AllBitsSet;
        if (!complete)
        {
            block.HasFirstSlope = false;
            start.Step(block);
        }
        for (var i = 0; i < vectors; i++)
        {
            var sum = Weights[0] * slope[i];
            for (var j = 1; j <= memory; j++)
            {
                var earlier = block.Y[j * vectors + i];
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(Weights[j]), earlier, sum);
                if (j < memory)
                    block.Next[(j + 1) * vectors + i] = earlier;
            }
            if (memory > 0)
                block.Next[vectors + i] = slope[i];
            var next = Vector512.FusedMultiplyAdd(block.Step[i & (block.Groups - 1)], sum, block.Y[i]);
            block.Next[i] = complete ? next : Vector512.ConditionalSelect(IsNumber(block.Y[memory * vectors + (i & (block.Groups - 1))]), next, block.Next[i]);
        }
    }

    private static Vector512<double> IsNumber(Vector512<double> x) => Vector512.Equals(x, x);
}

/// <summary>The weights of Adams and Bashforth's methods.</summary>
public static class AdamsBashforth
{
    /// <summary>
    /// b_j = (−1)^j Σ_{i=j}^{s−1} C(i, j) γ_i with γ_m + γ_{m−1}/2 + … + γ_0/(m+1) = 1 (Hairer, Nørsett &amp; Wanner 1993,
    /// doi:10.1007/978-3-540-78862-1, equations III.1.5 and III.1.7); all terms of a b_j have one sign.
    /// </summary>
    /// <param name="order">Order s, from 1 to 12.</param>
    /// <returns>b_0 (of the newest slope), …, b_{s−1}.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The order is outside this range.</exception>
    public static ImmutableArray<double> Weights(int order)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(order);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, 12);
        var γ = new double[order];
        for (var m = 0; m < order; m++)
        {
            γ[m] = 1;
            for (var k = 0; k < m; k++)
                γ[m] -= γ[k] / (m - k + 1);
        }
        var b = new double[order];
        for (var i = 0; i < order; i++)
        {
            var binomial = 1.0; // C(i, j)
            for (var j = 0; j <= i; j++)
            {
                b[j] += (j % 2 == 0 ? 1 : -1) * binomial * γ[i];
                binomial = binomial * (i - j) / (j + 1);
            }
        }
        return [.. b];
    }
}
