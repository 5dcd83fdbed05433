using System.Collections.Immutable;

namespace LedCluster.Storage.Forecasts;

/// <summary>A leg of a member whose bytes are not those that were recorded; ordered by array, member and leg.</summary>
/// <param name="Member">Index of the member.</param>
/// <param name="Leg">Index of the leg.</param>
/// <param name="Array">Name of the array.</param>
public readonly record struct DamagedLeg(int Member, int Leg, string Array) : IComparable<DamagedLeg>
{
    /// <inheritdoc />
    public int CompareTo(DamagedLeg other) => (Array, Member, Leg).CompareTo((other.Array, other.Member, other.Leg));
}

/// <summary>Legs whose bytes are not those that were recorded.</summary>
/// <param name="Legs">The legs, ordered.</param>
public sealed record OutputDamage(ImmutableArray<DamagedLeg> Legs)
{
    /// <summary>The members concerned, ascending.</summary>
    public ImmutableArray<int> Members => [.. Legs.Select(l => l.Member).Distinct().Order()];

    /// <summary>A line for each array that is damaged, which names the members.</summary>
    public IEnumerable<string> Lines() => Legs.GroupBy(l => l.Array).Select(group =>
        $"{group.Key}: what is kept of {(group.DistinctBy(l => l.Member).Count() == 1 ? "member" : "members")} " +
        $"{new Runs.MemberSet([.. group.Select(l => l.Member).Distinct().Order()])} is not what was recorded (first in leg {group.First().Leg} "
        + $"of member {group.First().Member})");

    /// <summary>Ends a pass over a store that read damaged legs.</summary>
    /// <exception cref="DamagedOutputException">There are some.</exception>
    internal void ThrowIfAny(ForecastStore store)
    {
        if (!Legs.IsEmpty)
            throw new DamagedOutputException(store.Path, Lines());
    }
}

/// <summary>What a run's output holds is not what was recorded.</summary>
/// <param name="store">Path of the run's output.</param>
/// <param name="damage">What is damaged.</param>
public sealed class DamagedOutputException(string store, IEnumerable<string> damage) : IOException(
    $"'{store}' is damaged. {string.Join("; ", damage)}. Restore it from a copy, or compute it again with: led resume {Path.GetDirectoryName(store)} --repair");
