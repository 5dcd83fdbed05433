using System.Text.Json.Serialization;

namespace LedCluster.Storage.Runs;

/// <summary>A run that a service has promised to carry out.</summary>
/// <param name="Run">Its name: that of its directory.</param>
/// <param name="RetryFailed">Whether members that failed get another chance.</param>
/// <param name="Priority">Those of a higher one come first.</param>
public sealed record QueueEntry(string Run, bool RetryFailed, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Priority = 0);
