using LedCluster.Domain.Systems;
using LedCluster.Solvers.FitzHughNagumo;
using LedCluster.Solvers.Flow;
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
        ((ISystem[])
        [
            new FitzHughNagumoSystem(), new KuramotoSivashinskySystem(), KuramotoSivashinskySystem.Fine, new VanDerPolOscillator(),
            new CellGridSystem(), new NeuronSystem(), new WalkersSystem(), new ParticlesSystem(), new ParticlesSystem(400),
            new MuellerBrownSystem(),
            new CylinderSystem(), new CylinderSystem(64), new CylinderSystem(128), new CylinderSystem(512),
            .. HierarchicalTimeSteppers,
        ]).ToDictionary(system => system.Name);

    /// <summary>
    /// The ordinary differential equations of HiTS, with its boxes of initial conditions (Liu, Kutz &amp; Brunton 2022,
    /// doi:10.1098/rsta.2021.0200).
    /// </summary>
    private static ISystem[] HierarchicalTimeSteppers =>
    [
        new OdeSystem<HyperbolicFixedPoint>("hyperbolic-fixed-point", HyperbolicFixedPoint.Description, 0.01, 10, (-1, 1), (-1, 1)),
        new OdeSystem<CubicOscillator>("cubic-oscillator", CubicOscillator.Description, 0.01, 10, (-1, 1), (-1, 1)),
        new OdeSystem<VanDerPol>("van-der-pol", VanDerPol.Description, 0.01, 20, (-2, 2), (-4, 4)),
        new OdeSystem<HopfUnfolded>("hopf", HopfUnfolded.Description, 0.01, 10, (-0.2, 0.6), (-1, 2), (-1, 1)),
        new OdeSystem<Lorenz>("lorenz", Lorenz.Description, 0.0005, 200, (-10, 10), (-10, 10), (15, 35)),
    ];
}
