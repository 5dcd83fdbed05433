using System.Collections.Immutable;

namespace LedCluster.Solvers.Systems;

/// <summary>A parameter that every member has of its own.</summary>
/// <param name="Name">Name.</param>
/// <param name="Default">Default.</param>
/// <param name="Minimum">Least value for which the solver is meant.</param>
/// <param name="Maximum">Largest value for which the solver is meant.</param>
/// <param name="Meaning">What it is, in words.</param>
/// <param name="Unit">Unit; "1" if dimensionless.</param>
public sealed record OdeParameter(string Name, double Default, double Minimum, double Maximum, string Meaning, string Unit = "1");

/// <summary>An unknown.</summary>
/// <param name="Name">Name.</param>
/// <param name="Meaning">What it is, in words.</param>
/// <param name="Unit">Unit; "1" if dimensionless.</param>
public sealed record OdeUnknown(string Name, string Meaning, string Unit = "1");

/// <summary>What a system of ordinary differential equations is, for people.</summary>
/// <param name="Name">Name.</param>
/// <param name="Equations">Equations, one a line.</param>
/// <param name="Unknowns">The unknowns, in order.</param>
/// <param name="Parameters">The parameters, in order.</param>
/// <param name="Source">Source.</param>
public sealed record OdeDescription(
    string Name, ImmutableArray<string> Equations, ImmutableArray<OdeUnknown> Unknowns, ImmutableArray<OdeParameter> Parameters, string Source)
{
    /// <summary>Default parameters of some members, [M, P].</summary>
    /// <param name="members">Number of members M.</param>
    public double[] DefaultParameters(int members)
    {
        var parameters = new double[members * Parameters.Length];
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] = Parameters[i % Parameters.Length].Default;
        return parameters;
    }
}
