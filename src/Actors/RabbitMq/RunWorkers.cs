using LedCluster.Domain.Workers;

namespace LedCluster.Actors.RabbitMq;

/// <summary>The workers of one run, as a node builds them from the run's setup.</summary>
/// <param name="Micro">Runs warm-up and micro legs.</param>
/// <param name="Latent">Runs macro legs.</param>
public sealed record RunWorkers(MicroWorker Micro, LatentWorker Latent);
