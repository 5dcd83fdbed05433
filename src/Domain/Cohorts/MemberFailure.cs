namespace LedCluster.Domain.Cohorts;

/// <summary>A member that was set aside.</summary>
/// <param name="Member">Index of the member.</param>
/// <param name="Leg">Index of the leg that it could not finish.</param>
/// <param name="Reason">What happened, in words for a person.</param>
public sealed record MemberFailure(int Member, int Leg, string Reason);
