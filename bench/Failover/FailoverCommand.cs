using System.CommandLine;

/// <summary><c>failover</c>: how soon what a lost process had is at work elsewhere.</summary>
internal static class FailoverCommand
{
    public static Command Create()
    {
        var kills = new Option<int>("--kills") { Description = "Trials, per row.", DefaultValueFactory = _ => 10 };
        var command = new Command("failover", "Kill processes of a cluster and measure when others have their work.") { kills };
        command.SetAction(async (arguments, _) =>
        {
            using var bench = new FailoverBench();
            await bench.RunAsync(arguments.GetValue(kills));
            return 0;
        });
        return command;
    }
}
