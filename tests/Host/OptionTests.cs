using System.CommandLine;
using LedCluster.Host.Commands;

namespace LedCluster.Host.Tests;

/// <summary>What can be typed behind the commands.</summary>
public sealed class OptionTests
{
    /// <summary>Settings that several commands share must not take a name that one of them has already.</summary>
    [Fact]
    public void Options_of_one_command_have_different_names()
    {
        var commands = All(LedCommand.Create()).ToArray();
        Assert.Contains(commands, command => command.Name == "serve");
        foreach (var command in commands)
        {
            string[] names = [.. command.Options.SelectMany(option => option.Aliases.Prepend(option.Name))];
            Assert.True(names.Distinct().Count() == names.Length, $"led {command.Name}: {string.Join(", ", names.CountBy(n => n).Where(n => n.Value > 1).Select(n => n.Key))}");
        }
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
