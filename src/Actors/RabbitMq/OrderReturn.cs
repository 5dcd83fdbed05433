namespace LedCluster.Actors.RabbitMq;

/// <summary>Why an order came back without its leg having been run.</summary>
public enum OrderReturn
{
    /// <summary>It did not come back.</summary>
    None = 0,

    /// <summary>The worker that had it was lost before it answered; the next one that it was given to returned it at once.</summary>
    WorkerLost = 2,

    /// <summary>The worker that had it was asked to stop before it began.</summary>
    HandedBack = 3,
}
