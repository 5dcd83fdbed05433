using System.CommandLine;
using System.CommandLine.Parsing;
using LedCluster.Domain.Wire;

namespace LedCluster.Host.Commands;

/// <summary>What is wrong with a command line that cannot be parsed.</summary>
internal static class UnknownWords
{
    /// <summary>A line for each fault; the first word that nobody knows alone, with the nearest one that is known. Empty when all is well, as where help is asked for.</summary>
    public static string[] Lines(ParseResult parsed)
    {
        var (result, path) = (parsed.CommandResult, Path(parsed.CommandResult));
        if ((parsed.UnmatchedTokens is [var unmatched, ..] ? unmatched : StrayOption(parsed)) is not { } word)
            return parsed.Errors.Count > 0 && Missing(result) is [_, ..] missing ? [$"'{path}' needs {string.Join(" and ", missing.Select(a => $"{a.Name.ToUpperInvariant()} ({a.Description!.TrimEnd('.')})"))}."] : [.. parsed.Errors.Select(error => error.Message)];
        if (IsOption(word))
        {
            var options = Ancestors(result).SelectMany(c => c.Command.Options.Where(o => c == result || o.Recursive)).Select(o => o.Name);
            return [$"'{path}' has no option '{word}'.{NearestName.Hint(word, options)}"];
        }
        if (result.Command.Subcommands.Count == 0)
            return [$"'{path}' takes nothing more, but '{word}' is given."];
        return [Directory.Exists(word) ? $"'{path}' takes a command, but '{word}' is a directory.{RunsCommand.Remedy(result.Command, word)}"
            : $"'{path}' has no command '{word}'.{NearestName.Hint(word, result.Command.Subcommands.SelectMany(c => c.Aliases.Prepend(c.Name)))}"];
    }

    /// <summary>A command as it is typed, with the arguments that stand before commands below it.</summary>
    public static string Path(CommandResult result) => string.Join(' ', Ancestors(result).Reverse().Skip(1).SelectMany(c => c.Command.Subcommands.Count == 0 ? [c.Command.Name]
        : c.Command.Arguments.Select(a => c.GetResult(a)?.Tokens is [var given, ..] ? given.Value : a.Name.ToUpperInvariant()).Prepend(c.Command.Name)).Prepend("led"));

    /// <summary>Arguments that must stand there and do not.</summary>
    private static Argument[] Missing(CommandResult result) => [.. Ancestors(result).Reverse().SelectMany(c => c.Command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0 && c.GetResult(a) is not { Tokens.Count: > 0 }))];

    /// <summary>What looks like an option, but was taken for an argument as nobody knows it; behind <c>--</c> it may be one.</summary>
    private static string? StrayOption(ParseResult parsed) => parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash) ? null
        : Ancestors(parsed.CommandResult).SelectMany(c => c.Command.Arguments.SelectMany(a => c.GetResult(a)?.Tokens ?? [])).Select(token => token.Value).FirstOrDefault(IsOption);

    /// <summary>A word that begins with dashes and is neither a negative number nor the dash that stands for standard input.</summary>
    private static bool IsOption(string word) => word is ['-', not (>= '0' and <= '9' or '.'), ..];

    private static IEnumerable<CommandResult> Ancestors(CommandResult result)
    {
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult command)
                yield return command;
    }
}
