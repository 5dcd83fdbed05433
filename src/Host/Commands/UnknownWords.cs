using System.CommandLine;
using System.CommandLine.Parsing;
using LedCluster.Domain.Wire;

namespace LedCluster.Host.Commands;

/// <summary>What is wrong with a command line that cannot be parsed.</summary>
internal static class UnknownWords
{
    /// <summary>
    /// A line for each fault; for an unknown word only that one, with the most similar known word. Empty when all is well, as where help is asked for.
    /// </summary>
    public static string[] Lines(ParseResult parsed)
    {
        var (result, path) = (parsed.CommandResult, Path(parsed.CommandResult));
        if ((parsed.UnmatchedTokens is [var unmatched, ..] ? unmatched : StrayOption(parsed)) is not { } word)
        {
            if (parsed.Errors.Count == 0 || Missing(result) is not [_, ..] missing)
                return [.. parsed.Errors.Select(error => error.Message)];
            var needed = missing.Select(a => $"{a.Name.ToUpperInvariant()} ({a.Description!.TrimEnd('.')})");
            return [$"'{path}' needs {string.Join(" and ", needed)}."];
        }
        if (IsOption(word))
        {
            var options = Ancestors(result).SelectMany(c => c.Command.Options.Where(o => c == result || o.Recursive)).Select(o => o.Name);
            return [$"'{path}' has no option '{word}'.{NearestName.Hint(word, options)}"];
        }
        if (result.Command.Subcommands.Count == 0)
            return [$"'{path}' takes no more arguments, but '{word}' is given."];
        if (Directory.Exists(word))
            return [$"'{path}' takes a command, but '{word}' is a directory.{RunsCommand.Remedy(result.Command, word)}"];
        var commands = result.Command.Subcommands.SelectMany(c => c.Aliases.Prepend(c.Name));
        return [$"'{path}' has no command '{word}'.{NearestName.Hint(word, commands)}"];
    }

    /// <summary>A command as it is typed, with the arguments that stand before its subcommands.</summary>
    public static string Path(CommandResult result)
    {
        return string.Join(' ', Ancestors(result).Reverse().Skip(1).SelectMany(Words).Prepend("led"));

        static IEnumerable<string> Words(CommandResult c) => c.Command.Subcommands.Count == 0 ? [c.Command.Name]
            : c.Command.Arguments.Select(a => Given(c, a)).Prepend(c.Command.Name);

        static string Given(CommandResult c, Argument a) => c.GetResult(a)?.Tokens is [var given, ..] ? given.Value : a.Name.ToUpperInvariant();
    }

    /// <summary>Required arguments that are not given.</summary>
    private static Argument[] Missing(CommandResult result) => [.. Ancestors(result).Reverse().SelectMany(
        c => c.Command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0 && c.GetResult(a) is not { Tokens.Count: > 0 }))];

    /// <summary>A word that looks like an option but was parsed as an argument because no option has that name; behind <c>--</c> it may be one.</summary>
    private static string? StrayOption(ParseResult parsed)
    {
        if (parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash))
            return null;
        var tokens = Ancestors(parsed.CommandResult).SelectMany(c => c.Command.Arguments.SelectMany(a => c.GetResult(a)?.Tokens ?? []));
        return tokens.Select(token => token.Value).FirstOrDefault(IsOption);
    }

    /// <summary>A word that begins with dashes and is neither a negative number nor the dash that stands for standard input.</summary>
    private static bool IsOption(string word) => word is ['-', not (>= '0' and <= '9' or '.'), ..];

    private static IEnumerable<CommandResult> Ancestors(CommandResult result)
    {
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult command)
                yield return command;
    }
}
