using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Storage.Runs;

/// <summary>A checkpoint that is the furthest one of some members.</summary>
/// <param name="Members">Members whose furthest checkpoint this is, ascending.</param>
/// <param name="Leg">Number of legs finished.</param>
/// <param name="Payload">The encoded cohort; it may hold more members than those listed.</param>
public sealed record Checkpoint(ImmutableArray<int> Members, int Leg, byte[] Payload)
{
    /// <summary>The cohort.</summary>
    /// <exception cref="InvalidDataException">The payload is not a cohort of these members at this leg.</exception>
    public Cohort Cohort
    {
        get
        {
            try
            {
                var cohort = CohortCodec.Decode(Payload);
                return cohort.Leg == Leg && Members.All(m => cohort.Members.BinarySearch(m) >= 0) ? cohort
                    : throw new FormatException($"{cohort.Id} is at leg {cohort.Leg} and lacks some of the members.");
            }
            catch (FormatException error)
            {
                throw new InvalidDataException(
                    $"The checkpoint of member {Members[0]} at leg {Leg} cannot be used: {error.Message} Delete the checkpoints to start afresh.",
                    error);
            }
        }
    }
}
