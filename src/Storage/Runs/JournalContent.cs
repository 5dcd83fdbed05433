using System.Collections.Immutable;

namespace LedCluster.Storage.Runs;

/// <summary>What a journal holds.</summary>
/// <param name="Events">The events, in order.</param>
/// <param name="TornBytes">Bytes of a last line that was never completed; 0 when there is none.</param>
public sealed record JournalContent(ImmutableArray<JournalEvent> Events, long TornBytes);
