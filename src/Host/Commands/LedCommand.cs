using System.CommandLine;

namespace LedCluster.Host.Commands;

/// <summary><c>led</c>: all that can be typed.</summary>
internal static class LedCommand
{
    public static RootCommand Create() => new("LedCluster: thousands of multiscale simulations by learned effective dynamics.")
    {
        ForecastCommand.Create(),
        ResumeCommand.Create(),
        VerifyCommand.Create(),
        EvaluateCommand.Create(),
        SimulateCommand.Create(),
        TrainCommand.Create(),
        TuneCommand.Create(),
        ReproduceCommand.Create(),
        StudiesCommand.Create(),
        ExplainCommand.Create(),
        ServeCommand.Create(),
        RemoteCommand.Create(),
        NodeCommand.Create(),
        DoctorCommand.Create(),
        CiteCommand.Create(),
    };
}
