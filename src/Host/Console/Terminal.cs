using System.Text.Json.Nodes;
using LedCluster.Domain.Workers;
using LedCluster.Host.Evaluation;
using Spectre.Console;

namespace LedCluster.Host.Console;

/// <summary>
/// What a person or a script sees: results on standard output (one JSON line with <c>--json</c>), everything else on
/// standard error.
/// </summary>
internal sealed class Terminal(bool json)
{
    /// <summary>Width of text that goes to a file or a pipe: wide enough that no line is broken.</summary>
    private const int PlainWidth = 400;

    private readonly IAnsiConsole results = Console(System.Console.Out, System.Console.IsOutputRedirected);
    private readonly IAnsiConsole notes = Console(System.Console.Error, System.Console.IsErrorRedirected);

    /// <summary>Whether a person sees what is noted.</summary>
    public bool IsInteractive => !System.Console.IsErrorRedirected;

    /// <summary>Shows a result: as a JSON line, or as a person reads it.</summary>
    public void Result(JsonObject machine, Action<IAnsiConsole> person)
    {
        if (json)
            System.Console.Out.WriteLine(ResultJson.Text(machine));
        else
            person(results);
    }

    /// <summary>A remark for a person.</summary>
    public void Note(string text) => notes.MarkupLineInterpolated($"[grey]{text}[/]");

    /// <summary>An event of a cluster, with the time of day.</summary>
    public void Log(string text) => Note($"{DateTime.Now:HH:mm:ss.fff} {text}");

    /// <summary>Something that a person should not overlook.</summary>
    public void Warn(string text) => notes.MarkupLineInterpolated($"[yellow]{text}[/]");

    /// <summary>What a person should know before trusting a run, as last lines.</summary>
    public void Warn(IEnumerable<RunWarning> warnings)
    {
        foreach (var warning in warnings)
            Warn($"warning: {warning.Text}");
    }

    /// <summary>Runs long work behind a progress bar; without a terminal there is none.</summary>
    /// <param name="title">What is being done.</param>
    /// <param name="total">Value at which the work is done.</param>
    /// <param name="work">The work; it is given a method that sets the bar.</param>
    public T Progress<T>(string title, double total, Func<Action<double>, T> work) => Progress(title, total, (set, _) => work(set));

    /// <summary>Runs long work behind a progress bar; without a terminal there is none.</summary>
    /// <param name="title">What is being done.</param>
    /// <param name="total">Value at which the work is done.</param>
    /// <param name="work">The work. It receives a method that sets the bar, and one that shows a text beside the title.</param>
    /// <param name="ended">
    /// How unfinished work ended, such as <c>stopped</c>, by its result: the bar keeps its state and shows the text. Null, or a result of null, for work
    /// that is done.
    /// </param>
    /// <param name="foretells">Whether the work itself says how long it goes on.</param>
    public T Progress<T>(string title, double total, Func<Action<double>, Action<string?>, T> work, Func<T, string?>? ended = null, bool foretells = false)
    {
        if (!IsInteractive)
            return work(_ => { }, _ => { });
        var others = foretells ? 20 : 30; // columns of a bar that is still one, the percentage and the spinner, and the time that is left
        ProgressColumn[] remaining = foretells ? [] : [new RemainingTimeColumn()];
        return notes.Progress()
            .Columns([new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), .. remaining, new SpinnerColumn()])
            .Start(context =>
            {
                string Line(string? more) => Markup.Escape(Fit(title, more, notes.Profile.Width - others));
                var task = context.AddTask(Line(null), maxValue: Math.Max(1, total));
                void Say(string? more) => task.Description = Line(more);
                var result = work(value => task.Value = value, Say);
                if (ended?.Invoke(result) is { } how)
                    Say($"{how} at {Math.Floor(task.Percentage)} %");
                else
                    task.Value = task.MaxValue;
                return result;
            });
    }

    /// <summary>A title and more beside it, in so many columns: of the title as much as there is room for.</summary>
    private static string Fit(string title, string? more, int columns)
    {
        var beside = more is null ? "" : $"; {more}";
        return Cut(Cut(title, columns - beside.Length) + beside, columns);

        static string Cut(string text, int length) => text.Length <= length ? text : length < 1 ? "" : $"{text[..(length - 1)]}…";
    }

    /// <summary>A length of time in words, to two digits.</summary>
    /// <param name="seconds">Its seconds.</param>
    public static string Time(double seconds) => FormattableString.Invariant(seconds switch
    {
        < 90 => $"{Math.Ceiling(seconds)} s",
        < 90 * 60 => $"{seconds / 60:F0} min",
        < 36 * 3600 => $"{seconds / 3600:G2} h",
        _ => (FormattableString)$"{seconds / 86400:F1} days",
    });

    /// <summary>Seconds per kind of work for scripts.</summary>
    public static JsonObject Seconds(WorkTimes times) => new(Enum.GetValues<Work>().Select(work => KeyValuePair.Create(
        work.ToString().ToLowerInvariant(),
        (JsonNode?)new JsonObject { ["wall"] = times.Wall[(int)work], ["cpu"] = times.Cpu[(int)work] })));

    /// <summary>A console; without colours and line breaks when it is not a terminal.</summary>
    private static IAnsiConsole Console(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (redirected)
            console.Profile.Width = PlainWidth;
        return console;
    }
}
