using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using LedCluster.Host.Service;
using RadLine;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary>
/// <c>led remote URL</c>: takes verbs line by line, with history and completion of verbs, options, runs and nodes at a terminal;
/// from a pipe, one verb per line.
/// </summary>
/// <param name="address">The service.</param>
/// <param name="common">Options that hold for all lines.</param>
/// <param name="secret">The service's token, if it needs one.</param>
internal sealed class RemoteShell(Uri address, string[] common, string? secret) : ITextCompletion
{
    /// <summary>Carries out lines until there are no more, or one says <c>exit</c>.</summary>
    /// <returns>The first exit code that is not 0; 0 at a terminal, where each was seen.</returns>
    public int Run()
    {
        if (System.Console.IsInputRedirected)
        {
            var worst = ExitCode.Done;
            while (System.Console.In.ReadLine() is { } line && line.Trim() != "exit")
                if (Carry(line) is not ExitCode.Done and var code && worst == ExitCode.Done)
                    worst = code;
            return worst;
        }
        var console = AnsiConsole.Console;
        if (!LineEditor.IsSupported(console))
            throw new UserError("The shell needs a terminal with cursor keys. Give a verb instead: led remote URL --help");
        Call("list"); // an address that is wrong is told before the first line
        console.MarkupLineInterpolated($"[grey]{address}: verbs are {string.Join(", ", Names)}[/]");
        console.MarkupLine("[grey]Tab completes, arrow keys recall lines, --help explains, exit ends.[/]");
        var editor = new LineEditor { Prompt = new LineEditorPrompt("[blue]led>[/] "), Completion = this };
        while (editor.ReadLine(CancellationToken.None).GetAwaiter().GetResult() is { } line && line.Trim() != "exit")
        {
            Carry(line);
            if (line.Trim().Length > 0)
                editor.History.Add(line);
        }
        return ExitCode.Done;
    }

    /// <inheritdoc />
    public IEnumerable<string>? GetCompletions(string prefix, string word, string suffix) => Candidates(
        [.. CommandLineParser.SplitCommandLine(prefix)]).Where(c => c.StartsWith(word, StringComparison.Ordinal));

    private static IEnumerable<string> Names => [.. Palette.All.Select(v => v.Name), "watch", "wait", "fetch"];

    /// <summary>What may stand behind some words.</summary>
    private IEnumerable<string> Candidates(string[] before)
    {
        if (before is [])
            return Names.Append("exit");
        var verb = Palette.All.FirstOrDefault(v => v.Name == before[0]);
        try
        {
            if (before.Length > 1 || verb is { Arguments: [{ InRoute: false }, ..] })
                return verb?.Arguments.Where(a => !a.InRoute && !a.Required).Select(a => $"--{a.Name}") ?? [];
            if (before[0] == "drain")
                return Call("nodes")["nodes"]!.AsArray().Select(node => (string)node!["node"]!);
            var takesRun = before[0] is "watch" or "wait" or "fetch" || verb is { Arguments.Length: > 0 };
            return takesRun ? Call("list")["runs"]!.AsArray().Select(run => (string)run!["run"]!) : [];
        }
        catch (Exception error) when (error is IOException or UserError)
        {
            return []; // told when the line is carried out
        }
    }

    private JsonObject Call(string verb)
    {
        using var client = new RemoteClient(address, secret);
        return client.Call(Palette.All.Single(v => v.Name == verb), []);
    }

    private int Carry(string line) => CommandLineParser.SplitCommandLine(line).ToArray() is [_, ..] words
        ? CommandLine.Run(["remote", address.AbsoluteUri, .. words, .. common]) : ExitCode.Done;
}
