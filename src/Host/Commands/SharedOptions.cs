using System.CommandLine;

namespace LedCluster.Host.Commands;

/// <summary>Options that several commands share.</summary>
internal static class SharedOptions
{
    /// <summary>The first of some options that is given; null when none is.</summary>
    public static Option? Given(ParseResult arguments, params Option[] options) =>
        Array.Find(options, option => arguments.GetResult(option) is { Implicit: false });

    public static Argument<string> Study() => new("study") { Description = "Name of the study ('led studies' lists them), or a folder with a study.json." };

    public static Argument<string> Run() => new("run") { Description = "Run directory of a forecast." };

    public static Option<bool> Json() => new("--json") { Description = "Print one JSON line instead of text." };

    public static Option<int> Workers() => new("--workers")
    {
        Description = "Micro-solver actors, and as many latent-propagator actors (1 to 256). Does not change the output.",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    public static Option<int> CohortSize() => new("--cohort-size")
    {
        Description = "Members that are advanced together (1 to 1024). Does not change the output.",
        DefaultValueFactory = _ => 64,
    };

    /// <summary>The default differs from the seeds that committed models were trained with (1, and 2 for validation).</summary>
    public static Option<ulong> Seed() => new("--seed")
    {
        Description = "Seed of the random initial conditions.",
        DefaultValueFactory = _ => Forecasts.ForecastRequest.DefaultSeed,
    };

    public static Option<int?> Members() => new("--members")
    {
        Description = "Number of initial conditions (default: 100 for forecast, 1 for simulate); with --ic, use only the first of them.",
    };

    public static Option<string?> InitialConditions() => new("--ic")
    {
        Description = "Initial conditions as .npy of shape [members, channels, points]: a file, a pipe, or - for standard input; "
            + "default: the study's random family.",
    };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "A parameter of the system; can be given several times. NAME=VALUE for all members; NAME=FROM..TO, spread evenly over the members "
            + "from the first to the last; or a schedule in time, NAME=@FILE.csv with columns time,NAME, or time,0,1,... with a column for each member, "
            + "interpolated linearly, or piecewise constant with NAME=@FILE.csv:previous. 'led studies' lists the parameters; default: the study's values.",
    };

    public static Option<string?> Parameters() => new("--parameters")
    {
        Description = "Parameter values for each member: FILE.csv with a line of names and a line for each member, or FILE.npy of shape "
            + "[members, parameters]; with fewer --members, the first rows.",
    };

    public static Option<double?> FinalTime() => new("--t-final") { Description = "T_f, the last time; default: the study's." };

    public static Option<double?> InnerTimeStep() => new("--dt")
    {
        Description = "Inner time step of the micro solver, if it can be chosen; must divide the study's time step; default: the solver's.",
    };

    public static Option<bool> IgnoreFreeSpace() => new("--ignore-free-space")
    {
        Description = "Start even if the reported free disk space is too small, for file systems that report it wrongly.",
    };

    public static Option<string?> TokenFile() => new("--token-file")
    {
        Description = $"File with the service's token; default: the environment variable {Service.AccessToken.Variable}.",
    };
}
