using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// One step of a method for y' = f(t, y; p), for a block of members. Immutable, and safe to use from several threads. A member whose
/// step could not be made, however finely it was divided, reads NaN from then on.
/// </summary>
/// <typeparam name="TSystem">The system.</typeparam>
/// <param name="system">The system.</param>
public abstract unsafe class Stepper<TSystem>(TSystem system)
    where TSystem : struct, IOdeSystem
{
    /// <summary>Largest number of groups of eight that advance together, and vectors that a block should not exceed for the first-level cache.</summary>
    private const int MostGroups = 16, CacheVectors = 384;

    private readonly TSystem system = system;

    /// <summary>The system.</summary>
    public TSystem System => system;

    /// <summary>Order p: the error at a given time is O(h^p).</summary>
    public abstract int Order { get; }

    /// <summary>
    /// Numbers in a member's state: its unknowns first, then what a multistep method remembers, NaN where it remembers nothing yet.
    /// </summary>
    public virtual int StateSize => system.Size;

    /// <summary>Vectors of workspace per group of eight members.</summary>
    internal abstract int WorkSize { get; }

    /// <summary>Groups that advance together, for a number of members. Members' bits do not depend on it.</summary>
    internal virtual int Groups(int members)
    {
        var groups = 1;
        while (groups < MostGroups && groups * Lanes.Width < members && 2 * groups * (2 * StateSize + WorkSize) <= CacheVectors)
            groups *= 2;
        return groups;
    }

    /// <summary>Makes <see cref="StepBlock.Next"/> of <see cref="StepBlock.Y"/>.</summary>
    internal abstract void Step(StepBlock block);

    /// <summary>States of given unknowns, without a memory.</summary>
    /// <param name="unknowns">y [M, n].</param>
    /// <param name="state">Receives the states [M, <see cref="StateSize"/>].</param>
    public void Start(ReadOnlySpan<double> unknowns, Span<double> state)
    {
        var n = system.Size;
        if (unknowns.Length / n * StateSize != state.Length || unknowns.Length % n != 0)
            throw new ArgumentException(
                $"{unknowns.Length} numbers are not states of members with {n} unknowns and {StateSize} numbers of state each in an array of "
                + $"{state.Length}.",
                nameof(state));
        state.Fill(double.NaN);
        for (var member = 0; member * n < unknowns.Length; member++)
            unknowns.Slice(member * n, n).CopyTo(state[(member * StateSize)..]);
    }

    /// <summary>f at t + ch, for every group.</summary>
    /// <param name="block">The block.</param>
    /// <param name="c">Node; 0 and 1 mean <see cref="StepBlock.Time"/> and <see cref="StepBlock.TimeNext"/> exactly.</param>
    /// <param name="y">Unknowns.</param>
    /// <param name="slope">Receives f.</param>
    internal void Evaluate(StepBlock block, double c, Vector512<double>* y, Vector512<double>* slope)
    {
        var groups = block.Groups;
        var p = block.P;
        if (c is 0 or 1)
        {
            var time = c == 0 ? block.Time : block.TimeNext;
            for (var g = 0; g < groups; g++)
                system.Derivative(time[g], new Lanes(y + g, groups), new Lanes(p + g, groups), new Lanes(slope + g, groups));
        }
        else
            for (var g = 0; g < groups; g++)
                system.Derivative(At(block, c, g), new Lanes(y + g, groups), new Lanes(p + g, groups), new Lanes(slope + g, groups));
    }

    /// <summary>t + ch of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected static Vector512<double> At(StepBlock block, double c, int group) => c switch
    {
        0 => block.Time[group],
        1 => block.TimeNext[group],
        _ => Vector512.FusedMultiplyAdd(Vector512.Create(c), block.Step[group], block.Time[group]),
    };
}
