using System.CommandLine;

/// <summary><c>soak</c>: exits with 1 when anything was lost.</summary>
internal static class SoakCommand
{
    public static Command Create()
    {
        var faults = new Option<int>("--faults") { Description = "Faults to inject, 1 or more.", DefaultValueFactory = _ => 100 };
        var seed = new Option<int>("--seed") { Description = "Seed of kinds, victims and moments.", DefaultValueFactory = _ => Environment.TickCount };
        var final = new Option<double>("--t-final") { Description = "Final time of the runs that are disturbed.", DefaultValueFactory = _ => 8000 };
        var output = new Option<string?>("--markdown") { Description = "FILE: also write the table there." };
        var only = new Option<string>("--only") { Description = "TEXT: faults of the kinds alone whose names begin so.", DefaultValueFactory = _ => "" };
        var logs = new Option<string?>("--logs") { Description = "DIR: keep there what each process says, and when." };
        var command = new Command(
            "soak", "Break a cluster of real processes at random and check that nothing is lost.") { faults, seed, final, output, only, logs };
        command.SetAction(async (arguments, _) =>
        {
            if ((LedProcess.Logs = arguments.GetValue(logs)) is { } directory)
                Directory.CreateDirectory(directory);
            var (count, number) = (arguments.GetValue(faults), arguments.GetValue(seed));
            var soak = new Soak(count, number, arguments.GetValue(final), arguments.GetValue(only)!, Console.WriteLine);
            try
            {
                await soak.RunAsync();
            }
            catch (SoakFailure failure)
            {
                Console.Error.WriteLine($"LOST (seed {number}): {failure.Message}");
                return 1;
            }
            Console.WriteLine();
            Console.Write(soak.Table());
            if (arguments.GetValue(output) is { } file)
                File.WriteAllText(file, Page(soak, count, number));
            return 0;
        });
        return command;
    }

    private static string Page(Soak soak, int faults, int seed) => $"""
        # Results: faults

        Made on {DateTime.UtcNow:yyyy-MM-dd} by `dotnet run -c Release --project bench soak --faults {faults} --seed {seed} --markdown docs/results/soak.md`, on
        {Environment.ProcessorCount} cores: a contact, three micro nodes, two latent nodes, a host of trajectories and a coordinator, each a process of its own. The seed draws kinds,
        victims and moments; one time in four, two faults come at once. Every run had 24 members and ended with the bytes of a single process and
        the same legs of each member in its journal, each exactly once. In every other run {SoakCluster.Poison.Count} members are poison: lifted by the model to where the
        solver diverges. Just these were set aside, at the same leg and for the same reason as in a single process; they do not count as
        lost. Legs are on disk once a second, so that the last column
        includes up to 1 s of waiting for that, and is 0 where the run ended meanwhile. Of two faults at once, both are booked with the time of the longer.

        {soak.Table()}
        """;
}
