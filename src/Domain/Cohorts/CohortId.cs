namespace LedCluster.Domain.Cohorts;

/// <summary>Identity of a cohort within a run: the index of its first member.</summary>
/// <param name="Value">Index of the first member the cohort was created with.</param>
public readonly record struct CohortId(int Value) : IComparable<CohortId>
{
    /// <inheritdoc />
    public int CompareTo(CohortId other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public override string ToString() => $"cohort-{Value}";
}
