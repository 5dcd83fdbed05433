using System.CommandLine;
using System.CommandLine.Parsing;
using LedCluster.Host.Console;

namespace LedCluster.Host.Commands;

/// <summary>What is wrong with a command line that cannot be parsed.</summary>
internal static class UnknownWords
{
    /// <summary>A line for each fault; the first word that nobody knows alone, with the nearest one that is known.</summary>
    public static IEnumerable<string> Lines(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is not [var word, ..])
            return parsed.Errors.Select(error => error.Message);
        var command = parsed.CommandResult.Command;
        var path = Path(parsed.CommandResult);
        if (word.StartsWith('-'))
        {
            var options = Ancestors(parsed.CommandResult).SelectMany(c => c.Command.Options.Where(o => c == parsed.CommandResult || o.Recursive)).Select(o => o.Name);
            return [$"'{path}' has no option '{word}'.{NearestName.Hint(word, options)}"];
        }
        return command.Subcommands.Count > 0 && command.Arguments.Count == 0
            ? [$"'{path}' has no command '{word}'.{NearestName.Hint(word, command.Subcommands.Select(c => c.Name))}"]
            : [$"'{path}' takes nothing more, but '{word}' is given."];
    }

    private static string Path(CommandResult result) => string.Join(' ', Ancestors(result).Reverse().Skip(1).Select(c => c.Command.Name).Prepend("led"));

    private static IEnumerable<CommandResult> Ancestors(CommandResult result)
    {
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult command)
                yield return command;
    }
}
