namespace LedCluster.Actors;

/// <summary>The threads that actors run on, as both deployments configure them.</summary>
internal static class Dispatchers
{
    /// <summary>A thread for each actor that computes, or waits for a disk.</summary>
    public const string Pinned = "led.pinned";

    /// <summary>One thread for all that only pass messages on to each other, so that none has to wake another one's thread.</summary>
    public const string Control = "led.control";
}
