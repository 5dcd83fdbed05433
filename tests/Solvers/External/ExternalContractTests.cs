using LedCluster.Domain.Systems;
using LedCluster.Solvers.External;

namespace LedCluster.Solvers.Tests.External;

/// <summary>A simulator in Python that draws, and whose state is more than its field.</summary>
public sealed class PythonContractTests : SolverContract
{
    protected override ISystem Create() => new ExternalSystem(SimulatorPrograms.Python("walk"), SimulatorPrograms.Folder);
}

/// <summary>A simulator in Python with diagnostics, whose state are the fields.</summary>
public sealed class PythonDiagnosticsContractTests : SolverContract
{
    protected override ISystem Create() => new ExternalSystem(SimulatorPrograms.Python("heat"), SimulatorPrograms.Folder);
}

/// <summary>A simulator in C.</summary>
public sealed class CContractTests : SolverContract
{
    protected override ISystem Create() => new ExternalSystem(SimulatorPrograms.C("opaque"), SimulatorPrograms.Folder);
}
