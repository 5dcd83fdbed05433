namespace LedCluster.Metrics;

/// <summary>Running comparison of one channel.</summary>
/// <param name="Errors">Errors after the warm-up.</param>
/// <param name="Climate">Long-time statistics after the warm-up; null for a domain that is not periodic.</param>
public sealed record ChannelAccount(FieldErrors Errors, Climate? Climate)
{
    /// <summary>Adds another account of the same channel.</summary>
    public void Add(ChannelAccount other)
    {
        Errors.Add(other.Errors);
        Climate?.Add(other.Climate!);
    }
}
