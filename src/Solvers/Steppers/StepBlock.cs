using System.Runtime.Intrinsics;
using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// Members that advance together, eight per vector, stored [number][group of eight]. Holds the states before and after a step, the
/// parameters, each member's time and step, and the stepper's workspace. Lanes without a member repeat the first one.
/// </summary>
internal sealed unsafe class StepBlock : IDisposable
{
    private readonly AlignedMemory<Vector512<double>> memory;

    /// <summary>Allocates a block.</summary>
    /// <param name="stateSize">Numbers in a member's state.</param>
    /// <param name="parameters">Parameters per member.</param>
    /// <param name="workSize">Vectors of workspace per group.</param>
    /// <param name="groups">Groups of eight members, a power of two.</param>
    public StepBlock(int stateSize, int parameters, int workSize, int groups)
    {
        (StateSize, Parameters, Groups) = (stateSize, parameters, groups);
        memory = new(checked((int)((2L * stateSize + parameters + 3 + workSize) * groups)));
        Y = memory.Pointer;
        Next = Y + stateSize * groups;
        P = Next + stateSize * groups;
        Time = P + parameters * groups;
        TimeNext = Time + groups;
        Step = TimeNext + groups;
        Work = Step + groups;
    }

    /// <summary>Numbers in a member's state.</summary>
    public int StateSize { get; }

    /// <summary>Parameters per member.</summary>
    public int Parameters { get; }

    /// <summary>Groups of eight members, a power of two.</summary>
    public int Groups { get; }

    /// <summary>Members that fit.</summary>
    public int Members => Groups * Lanes.Width;

    /// <summary>States at <see cref="Time"/>.</summary>
    public Vector512<double>* Y { get; private set; }

    /// <summary>States at <see cref="TimeNext"/>, made by a step.</summary>
    public Vector512<double>* Next { get; private set; }

    /// <summary>Parameters.</summary>
    public Vector512<double>* P { get; }

    /// <summary>t [group].</summary>
    public Vector512<double>* Time { get; }

    /// <summary>t + h [group].</summary>
    public Vector512<double>* TimeNext { get; }

    /// <summary>h [group].</summary>
    public Vector512<double>* Step { get; }

    /// <summary>The stepper's own.</summary>
    public Vector512<double>* Work { get; }

    /// <summary>
    /// The first slope of the coming step, f(t, y), is already in the workspace, as the last slope of the step before.
    /// </summary>
    public bool HasFirstSlope { get; set; }

    /// <inheritdoc />
    public void Dispose() => memory.Dispose();

    /// <summary>Lets all members go on from <see cref="Next"/>.</summary>
    public void Swap()
    {
        var y = Y;
        Y = Next;
        Next = y;
    }

    /// <summary>Sets the same times for all members.</summary>
    public void SetTimes(double time, double timeNext, double step)
    {
        new Span<Vector512<double>>(Time, Groups).Fill(Vector512.Create(time));
        new Span<Vector512<double>>(TimeNext, Groups).Fill(Vector512.Create(timeNext));
        new Span<Vector512<double>>(Step, Groups).Fill(Vector512.Create(step));
    }

    /// <summary>Copies states and parameters of some members in.</summary>
    /// <param name="first">Index of the block's first member.</param>
    /// <param name="count">Members, at most <see cref="Members"/>.</param>
    /// <param name="state">All members' states.</param>
    /// <param name="order">Where they stand in it.</param>
    /// <param name="parameters">All members' parameters [M, P].</param>
    public void Load(int first, int count, ReadOnlySpan<double> state, MemberOrder order, ReadOnlySpan<double> parameters)
    {
        for (var lane = 0; lane < Members; lane++)
        {
            var member = first + (lane < count ? lane : 0);
            for (var i = 0; i < StateSize; i++)
                ((double*)Y)[i * Members + lane] = state[order.Index(member, i)];
            for (var i = 0; i < Parameters; i++)
                ((double*)P)[i * Members + lane] = parameters[member * Parameters + i];
        }
        HasFirstSlope = false;
    }

    /// <summary>Copies the first numbers of the states of some members out.</summary>
    /// <param name="first">Index of the block's first member.</param>
    /// <param name="count">Members.</param>
    /// <param name="numbers">Numbers per member.</param>
    /// <param name="target">All members' numbers.</param>
    /// <param name="order">Where they stand in it.</param>
    public void Store(int first, int count, int numbers, Span<double> target, MemberOrder order)
    {
        for (var lane = 0; lane < count; lane++)
            for (var i = 0; i < numbers; i++)
                target[order.Index(first + lane, i)] = ((double*)Y)[i * Members + lane];
    }
}

/// <summary>Where the i-th number of a member stands in an array: at member · Member + i · Number.</summary>
/// <param name="Member">Distance from one member to the next.</param>
/// <param name="Number">Distance from one number to the next.</param>
public readonly record struct MemberOrder(int Member, int Number)
{
    /// <summary>[members, numbers]: the numbers of a member stand together.</summary>
    /// <param name="numbers">Numbers per member.</param>
    public static MemberOrder MembersFirst(int numbers) => new(numbers, 1);

    /// <summary>[numbers, members]: the i-th numbers of all members stand together.</summary>
    /// <param name="members">Number of members.</param>
    public static MemberOrder NumbersFirst(int members) => new(1, members);

    internal int Index(int member, int number) => member * Member + number * Number;
}
