/// <summary>Something was lost, doubled or changed, or a process ended that should not have.</summary>
internal sealed class SoakFailure(string message) : Exception(message);
