using System.CommandLine;
using LedCluster.Host.Commands;
using LedCluster.Models.Devices;

namespace LedCluster.Host;

/// <summary>Carries out what is typed; whatever goes wrong becomes lines on standard error and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Carries out one command of <c>led</c>.</summary>
    /// <param name="words">The words behind <c>led</c>.</param>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> words)
    {
        var root = LedCommand.Create();
        var parsed = root.Parse(words);
        if (UnknownWords.Lines(parsed) is [_, ..] lines)
        {
            foreach (var line in lines)
                System.Console.Error.WriteLine($"led: {line}");
            System.Console.Error.WriteLine($"led: see '{UnknownWords.Path(parsed.CommandResult)} --help'");
            return ExitCode.BadInput;
        }
        if (parsed.GetValue(LedCommand.Libtorch) is { } libtorch)
            Environment.SetEnvironmentVariable(Libtorch.Variable, libtorch); // also for processes that this one starts
        try
        {
            using var devices = new OpenDevices();
            return parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }).GetAwaiter().GetResult();
        }
        catch (Exception error) when (Cause(error) is UserError)
        {
            foreach (var line in Cause(error).Message.Split('\n'))
                System.Console.Error.WriteLine($"led: {line}");
            return ExitCode.BadInput;
        }
        catch (Exception error) when (Cause(error) is OperationCanceledException)
        {
            System.Console.Error.WriteLine("led: stopped");
            return ExitCode.Cancelled;
        }
        catch (Exception error) when (Cause(error) is IOException or UnauthorizedAccessException or InvalidDataException or DllNotFoundException)
        {
            System.Console.Error.WriteLine($"led: {Cause(error).Message}");
            return ExitCode.Failed;
        }
        catch (Exception error)
        {
            var cause = Cause(error);
            System.Console.Error.WriteLine($"led: unexpected {cause.GetType().Name}: {cause.Message} This is a bug in led; please report it with the command.");
            return ExitCode.Failed;
        }
    }

    /// <summary>What threads that worked together throw comes wrapped; the first one tells why.</summary>
    private static Exception Cause(Exception error) => error is AggregateException { InnerExceptions: [var first, ..] } ? Cause(first) : error;
}
