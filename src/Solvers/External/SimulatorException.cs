namespace LedCluster.Solvers.External;

/// <summary>A simulator in another program could not do what it was asked; the message says what happened, and ends with its last error output.</summary>
/// <param name="message">What happened.</param>
/// <param name="lost">Whether the process ended by itself or was killed, so that another one may do better.</param>
public sealed class SimulatorException(string message, bool lost = false) : IOException(message)
{
    /// <summary>Whether the process ended in the middle of its work without a word on the pipe.</summary>
    public bool IsLost => lost;
}
