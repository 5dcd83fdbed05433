using System.CommandLine;

namespace LedCluster.Host.Commands;

/// <summary><c>led</c>: all commands.</summary>
internal static class LedCommand
{
    /// <summary>Which libtorch is used, whatever the command.</summary>
    public static Option<string?> Libtorch { get; } = new("--libtorch")
    {
        Description = "Folder of libtorch's libraries, for example the lib folder of a Python installation of PyTorch; default: the environment variable "
            + $"{Models.Devices.Libtorch.Variable}, else the one that 'led setup torch' downloaded.",
        Recursive = true,
    };

    public static RootCommand Create()
    {
        var root = Root();
        NumberParsing.Apply(root);
        return root;
    }

    private static RootCommand Root() => new("LedCluster: ensembles of multiscale simulations by learned effective dynamics.")
    {
        ForecastCommand.Create(),
        ResumeCommand.Create(),
        VerifyCommand.Create(),
        RunsCommand.Create(),
        CompareCommand.Create(),
        ExportCommand.Create(),
        EvaluateCommand.Create(),
        SimulateCommand.Create(),
        TrainCommand.Create(),
        TuneCommand.Create(),
        ReproduceCommand.Create(),
        StudiesCommand.Create(),
        NewCommand.Create(),
        CheckCommand.Create(),
        ExplainCommand.Create(),
        ServeCommand.Create(),
        RemoteCommand.Create(),
        NodeCommand.Create(),
        DoctorCommand.Create(),
        SetupCommand.Create(),
        CiteCommand.Create(),
        Libtorch,
    };
}
