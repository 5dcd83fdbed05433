using LedCluster.Domain.Systems;
using LedCluster.Solvers.FitzHughNagumo;
using LedCluster.Solvers.Flow;
using LedCluster.Solvers.KuramotoSivashinsky;
using LedCluster.Solvers.Langevin;
using LedCluster.Solvers.Particles;
using LedCluster.Solvers.RandomWalk;
using LedCluster.Solvers.Systems;

namespace LedCluster.Solvers.Tests;

public sealed class FitzHughNagumoContractTests : SolverContract
{
    protected override ISystem Create() => new FitzHughNagumoSystem();
}

public sealed class KuramotoSivashinskyContractTests : SolverContract
{
    protected override ISystem Create() => new KuramotoSivashinskySystem();
}

public sealed class VanDerPolContractTests : SolverContract
{
    protected override ISystem Create() => new VanDerPolOscillator();
}

public sealed class CellGridContractTests : SolverContract
{
    protected override int Frames => 40; // all begin at rest

    protected override ISystem Create() => new CellGridSystem();
}

public sealed class NeuronContractTests : SolverContract
{
    protected override ISystem Create() => new NeuronSystem();
}

public sealed class WalkersContractTests : SolverContract
{
    protected override int Frames => 4; // of a few milliseconds for each member

    protected override ISystem Create() => new WalkersSystem();
}

public sealed class ParticlesContractTests : SolverContract
{
    protected override int Frames => 5;

    protected override ISystem Create() => new ParticlesSystem();
}

public sealed class KuramotoSivashinskyFineContractTests : SolverContract
{
    protected override ISystem Create() => KuramotoSivashinskySystem.Fine;
}

public sealed class HyperbolicFixedPointContractTests : SolverContract
{
    protected override ISystem Create() => SystemCatalog.All["hyperbolic-fixed-point"];
}

public sealed class CubicOscillatorContractTests : SolverContract
{
    protected override ISystem Create() => SystemCatalog.All["cubic-oscillator"];
}

public sealed class VanDerPolVelocityContractTests : SolverContract
{
    protected override ISystem Create() => SystemCatalog.All["van-der-pol"];
}

public sealed class HopfContractTests : SolverContract
{
    protected override ISystem Create() => SystemCatalog.All["hopf"];
}

public sealed class LorenzContractTests : SolverContract
{
    protected override ISystem Create() => SystemCatalog.All["lorenz"];
}

public sealed class FewerParticlesContractTests : SolverContract
{
    protected override int Frames => 5;

    protected override ISystem Create() => new ParticlesSystem(400);
}

public sealed class MuellerBrownContractTests : SolverContract
{
    protected override ISystem Create() => new MuellerBrownSystem();
}

public sealed class CoarseCylinderContractTests : SolverContract
{
    protected override ISystem Create() => new CylinderSystem(64);
}

public sealed class MiddleCylinderContractTests : SolverContract
{
    protected override int Frames => 3;

    protected override ISystem Create() => SystemCatalog.All["incompressible-cylinder-128"];
}

public sealed class CylinderContractTests : SolverContract
{
    protected override int Frames => 3; // of 20 ms each

    protected override ISystem Create() => SystemCatalog.All["incompressible-cylinder"]; // its obstacle takes as long as ten frames
}

public sealed class SystemCatalogTests
{
    [Fact]
    public void Every_system_of_the_catalog_has_a_contract_test()
    {
        var tested = typeof(SystemCatalogTests).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(SolverContract)))
            .Select(type => ((SolverContract)Activator.CreateInstance(type)!).SystemName)
            .Append("incompressible-cylinder-512"); // as the smaller grids, at 15 times the cost
        Assert.Subset(tested.ToHashSet(), SystemCatalog.All.Keys.ToHashSet());
    }
}
