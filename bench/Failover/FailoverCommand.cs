using System.CommandLine;

/// <summary><c>failover</c>: how soon the cohorts of a lost worker are at work elsewhere.</summary>
internal static class FailoverCommand
{
    public static Command Create()
    {
        var kills = new Option<int>("--kills") { Description = "Trials with a killed worker, per row.", DefaultValueFactory = _ => 10 };
        var hangs = new Option<int>("--hangs") { Description = "Trials with a hanging worker, per row.", DefaultValueFactory = _ => 5 };
        var command = new Command("failover", "Kill and stop workers of a cluster of real processes and measure when their cohorts are at work elsewhere.") { kills, hangs };
        command.SetAction(async (arguments, _) =>
        {
            using var bench = new FailoverBench();
            await bench.RunAsync(arguments.GetValue(kills), arguments.GetValue(hangs));
            return 0;
        });
        return command;
    }
}
