using LedCluster.Domain.Systems;
using LedCluster.Solvers.FitzHughNagumo;
using LedCluster.Solvers.KuramotoSivashinsky;
using LedCluster.Solvers.Langevin;
using LedCluster.Solvers.Particles;
using LedCluster.Solvers.RandomWalk;
using LedCluster.Solvers.Systems;

namespace LedCluster.Solvers;

/// <summary>All systems that this build knows. A new one is added here and nowhere else.</summary>
public static class SystemCatalog
{
    /// <summary>The systems, by name.</summary>
    public static IReadOnlyDictionary<string, ISystem> All { get; } =
        ((ISystem[])[new FitzHughNagumoSystem(), new KuramotoSivashinskySystem(), new VanDerPolOscillator(), new CellGridSystem(), new WalkersSystem(), new ParticlesSystem(), new ParticlesSystem(400), new MuellerBrownSystem()]).ToDictionary(system => system.Name);
}
