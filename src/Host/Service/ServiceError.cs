namespace LedCluster.Host.Service;

/// <summary>A request that cannot be granted as things are; the message says why and what to do.</summary>
/// <param name="status">HTTP status that says the same to a program.</param>
/// <param name="message">The message.</param>
internal sealed class ServiceError(int status, string message) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status => status;
}
