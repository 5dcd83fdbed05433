using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;

namespace LedCluster.Domain.Workers;

/// <summary>What a number is drawn for; draws for different purposes are independent.</summary>
public enum DrawPurpose : byte
{
    /// <summary>Initial conditions.</summary>
    InitialCondition = 0,

    /// <summary>Parameters that each member draws for itself.</summary>
    Parameter = 1,

    /// <summary>What the fields leave open of the solver's state.</summary>
    Lift = 2,

    /// <summary>Noise of the micro solver.</summary>
    Solver = 3,

    /// <summary>Noise of the decoder.</summary>
    Decoder = 4,

    /// <summary>Noise of the propagator.</summary>
    Propagator = 5,
}

/// <summary>
/// Of whom and when a call computes: with the arguments beside it, all that a result may depend on. Hence a member's bits are the same
/// in any cohort, on any worker and after any restart.
/// </summary>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Members">Indices of the members in the ensemble, [M]; rows of all arrays beside it are in their order.</param>
/// <param name="Frame">
/// Absolute frame of the first state that is given; the initial condition is frame 0. −1 where members of different frames are
/// together, which happens to propagators that do not depend on it (<see cref="IPropagator.DependsOnFrame"/>).
/// </param>
/// <param name="Parameters">
/// Values of the system's parameters at the frame, [M, P] in the order in which it declares them. A solver is never asked for frames between which
/// they change; a propagator that reads them asks for those of each frame with <see cref="At"/>.
/// </param>
public readonly record struct StepContext(ulong Seed, ReadOnlyMemory<int> Members, int Frame, ReadOnlyMemory<double> Parameters = default)
{
    /// <summary>Number of members M.</summary>
    public int Count => Members.Length;

    /// <summary>Number of parameters P.</summary>
    public int ParameterCount => Count == 0 ? 0 : Parameters.Length / Count;

    /// <summary>Members 0 to M − 1 at frame 0, without parameters, for what neither draws nor depends on time.</summary>
    /// <param name="members">Number of members M.</param>
    public static StepContext Of(int members) => new(0, Enumerable.Range(0, members).ToArray(), 0);

    /// <summary>Parameters [P] of a member.</summary>
    /// <param name="position">Its position among <see cref="Members"/>.</param>
    public ReadOnlySpan<double> ParametersOf(int position) => Parameters.Span.Slice(position * ParameterCount, ParameterCount);

    /// <summary>The parameters that change in time; null when none does.</summary>
    public ParameterSchedules? Schedules { get; init; }

    /// <summary>The same members at another frame, with the parameters of that frame.</summary>
    public StepContext At(int frame) => Schedules is null ? this with { Frame = frame }
        : this with { Frame = frame, Parameters = Schedules.At(Members.Span, frame, Parameters.Span) };

    /// <summary>The same members so many frames later; members of different frames are together only where no parameter changes.</summary>
    public StepContext Later(int frames) => Frame < 0 ? this : At(Frame + frames);

    /// <summary>Some of the members.</summary>
    /// <param name="first">Position of the first.</param>
    /// <param name="count">How many.</param>
    public StepContext Slice(int first, int count) => this with
    {
        Members = Members.Slice(first, count),
        Parameters = Parameters.Slice(first * ParameterCount, count * ParameterCount),
    };

    /// <summary>Random numbers of a member at a frame. Draw those for making a frame with the frame that is made.</summary>
    /// <param name="position">Position of the member among <see cref="Members"/>.</param>
    /// <param name="frame">Absolute frame.</param>
    /// <param name="purpose">What they are for.</param>
    /// <param name="stream">Independent stream, below 2²⁴: of a particle, a channel, an inner step.</param>
    /// <exception cref="InvalidOperationException">The frame is not known.</exception>
    public Philox Random(int position, int frame, DrawPurpose purpose, int stream = 0)
    {
        if (Frame < 0 || frame < 0)
            throw new InvalidOperationException(
                "Random numbers are asked for, but members of different frames are together. "
                + "A propagator that draws must say so with DependsOnFrame.");
        if ((uint)stream >= 1 << 24)
            throw new ArgumentOutOfRangeException(nameof(stream), stream, "A stream is from 0 to 16777215.");
        return new Philox(Seed, (uint)Members.Span[position], (uint)frame, (uint)purpose << 24 | (uint)stream);
    }
}
