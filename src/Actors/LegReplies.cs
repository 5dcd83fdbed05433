using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors;

/// <summary>What workers tell the coordinator.</summary>
internal interface IReply;

/// <summary>A leg is finished.</summary>
internal sealed record LegFinished(LegResult Result) : IReply;

/// <summary>A leg could not be run at all; the cohort is as it was before.</summary>
internal sealed record LegFailed(Cohort Cohort, string Reason) : IReply
{
    /// <summary>Whether it is the machine's fault: elsewhere the leg may succeed.</summary>
    public bool IsMachines { get; init; }
}
