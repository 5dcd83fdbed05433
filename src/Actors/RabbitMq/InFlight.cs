using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;

namespace LedCluster.Actors.RabbitMq;

/// <summary>A leg that some worker is to run, and how long ago it was last asked to.</summary>
/// <param name="Cohort">The cohort before the leg.</param>
/// <param name="FirstNumber">Number of the first order for this leg; replies to this and any later one are as good.</param>
/// <param name="Number">Number of the last order for this leg.</param>
/// <param name="Attempts">Orders that a worker has taken and not answered in time, this one included.</param>
/// <param name="Deadline">When the leg counts as late, in the time provider's ticks.</param>
internal sealed record InFlight(Cohort Cohort, int FirstNumber, int Number, int Attempts, long Deadline)
{
    /// <summary>Workers that were lost, one after the other, while they had an order for this leg.</summary>
    public int Losses { get; init; }

    /// <summary>When the first order for this leg was sent, in the time provider's ticks.</summary>
    public long Since { get; init; }

    /// <summary>Whether the last order for this leg was not the first.</summary>
    public bool IsSentAgain => Number > FirstNumber;

    /// <summary>Whether a reply answers one of the orders for this leg.</summary>
    public bool IsAnsweredBy(WorkReply reply) => reply.Cohort == Cohort.Id && reply.Number >= FirstNumber && reply.Number <= Number;

    /// <summary>Why a reply cannot be the outcome of this leg; null when it can.</summary>
    public string? Contradiction(WorkReply reply, Leg leg)
    {
        if (reply.Result is not var (next, segment, _))
            return null;
        int[] lost = [.. segment.Failures.Select(f => f.Member)];
        return segment.Cohort != Cohort.Id || segment.Leg != leg ? $"it brings leg {segment.Leg.Index} of {segment.Cohort}, expected leg {leg.Index} of {Cohort.Id}"
            : !segment.Members.Concat(lost).Order().SequenceEqual(Cohort.Members) ? $"its members are not those of {Cohort.Id}"
            : !(next?.Members ?? []).SequenceEqual(segment.Members) ? "its next cohort has other members than its segment"
            : next is not null && (next.Id != Cohort.Id || next.Leg != leg.Index + 1 || next.Frame != leg.Last) ? "its next cohort does not continue the leg"
            : null;
    }
}
