namespace LedCluster.Host;

/// <summary>Something the user gave cannot be used; the message says what was given, what was expected and how to fix it.</summary>
internal sealed class UserError(string message) : Exception(message);
