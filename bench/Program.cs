using System.Reflection;

// Without an argument: micro solvers, propagators, encoders and decoders on one core, in one run, so that the ratios hold on a noisy machine.
//   dotnet run -c Release --project bench
//   dotnet run -c Release --project bench ks      the Kuramoto-Sivashinsky solver: cost, attractor, Lyapunov exponent, long run
//   dotnet run -c Release --project bench ode     ordinary differential equations: cost of a step of each kind of method
//   dotnet run -c Release --project bench hits    hierarchical time-stepping: cost of a forecast and of choosing the networks
//   dotnet run -c Release --project bench particles  normal numbers and particles in a box, beside NumPy
//   dotnet run -c Release --project bench cylinder   a step of the flow solver beside its floor and beside NumPy
//   dotnet run -c Release --project bench cylinder-validation [case]  flow past a cylinder beside reference values; an hour for all
//   dotnet run -c Release --project bench soak    a cluster of real processes under faults: is anything lost?
//   dotnet run -c Release --project bench failover how soon the cohorts of a killed or hanging worker are at work elsewhere
//   dotnet run -c Release --project bench engine [kept]  what carrying a leg costs in one process and on a cluster; kept: frames alone
//   dotnet run -c Release --project bench memory [cohort]  what memory 100 members of 16 MB take, as a run has them or in one cohort
//   dotnet run -c Release --project bench cluster  how much faster two worker processes are than one
//   dotnet run -c Release --project bench gpu DEVICE [part]  rates of latents on a device, and a forecast there; part: of all sizes, to try
//   dotnet run -c Release --project bench gpu 2.6 [part [cohort]]  how much of the time a device with 2.6 ns per member and step would be busy
//   dotnet run -c Release --project bench led ...  the program itself, where this one has been brought to a machine without .NET
//   dotnet run -c Release --project bench external what a call of a simulator in another program costs (needs cc and NumPy)
if (args is ["soak", ..])
    return Surroundings.Again(args) ?? SoakCommand.Create().Parse(args[1..]).Invoke();
if (args is ["failover", ..])
    return FailoverCommand.Create().Parse(args[1..]).Invoke();
if (args is ["cluster", .. var more])
{
    Environment.CurrentDirectory = LedProcess.Root;
    ScalingBench.Run(more);
    return 0;
}
if (args is ["gpu", var device, .. var part])
{
    GpuBench.Run(device, part.Length > 0 ? int.Parse(part[0]) : 1, part.Length > 1 ? int.Parse(part[1]) : 64);
    return 0;
}
if (args is ["led", .. var arguments])
    return (int)Assembly.Load("led").EntryPoint!.Invoke(null, [arguments])!;
if (args is ["external"])
{
    ExternalBench.Run(LedProcess.Root);
    return 0;
}
if (args is ["memory", .. var how])
{
    LargeMembers.Run(how);
    return 0;
}
if (args is ["ode"])
{
    OdeBench.Run();
    return 0;
}
if (args is ["particles"])
{
    ParticleBench.Run(LedProcess.Root);
    return 0;
}
if (args is ["cylinder"])
{
    CylinderBench.Run(LedProcess.Root);
    return 0;
}
if (args is ["cylinder-validation", .. var chosen])
{
    CylinderValidation.Run(chosen);
    return 0;
}
if (args is ["hits"])
{
    HierarchicalBench.Run();
    return 0;
}
if (args is ["engine", .. var side])
{
    if (side is ["node"])
        EngineBench.RunNode();
    else
        EngineBench.Run(keptOnly: side is ["kept"]);
    return 0;
}
if (args is ["ks"])
{
    KuramotoSivashinskyBench.Run();
    return 0;
}
KernelBench.Run();
return 0;
