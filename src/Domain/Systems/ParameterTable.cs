using System.Collections.Immutable;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Systems;

/// <summary>Parameters of every member of a run.</summary>
/// <param name="declared">The system's parameters.</param>
/// <param name="seed">Seed of the run.</param>
public sealed class ParameterTable(ImmutableArray<Parameter> declared, ulong seed)
{
    /// <summary>The system's parameters.</summary>
    public ImmutableArray<Parameter> Declared => declared;

    /// <summary>Seed of the run.</summary>
    public ulong Seed => seed;

    /// <summary>Value of a parameter.</summary>
    /// <param name="index">Position among <see cref="Declared"/>.</param>
    /// <param name="member">Index of the member.</param>
    public double Value(int index, int member) => declared[index].Of(index, seed, member);

    /// <summary>Parameters [M, P] of some members.</summary>
    public double[] Of(ReadOnlySpan<int> members)
    {
        var values = new double[members.Length * declared.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = Value(i % declared.Length, members[i / declared.Length]);
        return values;
    }

    /// <summary>Some members at their initial condition, frame 0.</summary>
    public StepContext Context(int[] members) => new(seed, members, 0, Of(members));
}
