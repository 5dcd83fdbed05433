using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Systems;

/// <summary>A parameter of a system, of which every member has a value of its own.</summary>
/// <param name="Name">Name on the command line and in output files: an ASCII letter, then letters, digits and underscores.</param>
/// <param name="Default">Value when none is given.</param>
/// <param name="Minimum">Least value for which the solver is meant.</param>
/// <param name="Maximum">Largest value for which the solver is meant.</param>
/// <param name="Meaning">What it is, in words.</param>
/// <param name="Unit">Unit, or <c>1</c> when dimensionless.</param>
/// <param name="IsDrawn">Whether, when no value is given, each member draws one uniformly between minimum and maximum instead of the default.</param>
/// <param name="IsWhole">Whether it counts something, so that all its values must be whole numbers; such a parameter is not drawn.</param>
/// <param name="InitialOnly">Whether it shapes members of the random family at t = 0 and nothing else, so that no solver and no model depends on it.</param>
/// <param name="IsClock">Whether it is what a clock shows at t = 0, which goes on with time and begins again after maximum − minimum: a trajectory then passes the values that follow its own.</param>
/// <param name="IsFixed">Whether the system's equations hold for constant values alone, so that it cannot be given a schedule.</param>
public sealed record Parameter(
    string Name, double Default, double Minimum, double Maximum, string Meaning, string Unit = "1", bool IsDrawn = false, bool IsWhole = false, bool InitialOnly = false, bool IsClock = false, bool IsFixed = false)
{
    /// <summary>Value of a member when none is given; it depends on seed and member alone.</summary>
    /// <param name="index">Position among the system's parameters.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="member">Index of the member.</param>
    public double Of(int index, ulong seed, int member) => IsDrawn
        ? new Philox(seed, (uint)member, step: 0, (uint)DrawPurpose.Parameter << 24 | (uint)index).NextUniform(Minimum, Maximum)
        : Default;
}
