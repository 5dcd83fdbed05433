using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Wire;
using LedCluster.Host.Commands;
using LedCluster.Host.Console;
using LedCluster.Host.Studies;
using LedCluster.Storage.Files;
using LedCluster.Storage.Npy;

namespace LedCluster.Host.Forecasts;

/// <summary>Parameters as users write them: on the command line, in <c>study.json</c>, in files and in a run's spec.</summary>
internal static class ParameterInput
{
    /// <summary>Begins the identity of values that each member has of its own.</summary>
    private const string Hashed = "sha256:";

    /// <summary>Reads settings such as <c>mu=2</c>, <c>mu=1..5</c>, <c>mu=@FILE.csv</c> or <c>mu={"time":[0,50],"value":[1,3]}</c>.</summary>
    /// <param name="system">The system.</param>
    /// <param name="option">What they were given with, for messages.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="readsFiles">Whether they may name files.</param>
    /// <exception cref="UserError">One line for each that cannot be used.</exception>
    public static Dictionary<string, ParameterValues> Settings(ISystem system, string option, IEnumerable<string> settings, bool readsFiles = false)
    {
        var (values, faults) = (new Dictionary<string, ParameterValues>(), new List<string>());
        foreach (var setting in settings)
        {
            var sign = setting.IndexOf('=', StringComparison.Ordinal);
            var (name, text) = sign < 0 ? (setting, "") : (setting[..sign].Trim(), setting[(sign + 1)..].Trim());
            if (sign < 0)
                faults.Add($"{option} is '{setting}'; give NAME=VALUE or NAME=FROM..TO.");
            else if (Find(system, option, name, faults) is not { } parameter)
                continue;
            else if (text.StartsWith('{') || text.StartsWith('@') && readsFiles)
            {
                if (Schedule(parameter, $"{option} {name}", text, faults) is { } schedule
                    && !values.TryAdd(name, new(schedule.Values[0], schedule.Values[0]) { Schedule = schedule }))
                    faults.Add($"{option} gives '{name}' twice; give it once.");
            }
            else if (ParameterValues.Parse(text) is not { } given)
                faults.Add($"{option} {name} is '{text}'; give a number, for example {parameter.Default:R}, or a range over the members, "
                    + $"for example {parameter.Minimum:R}..{parameter.Maximum:R}.");
            else if (!values.TryAdd(name, given))
                faults.Add($"{option} gives '{name}' twice; give it once.");
            else
                Check(parameter, $"{option} {name}={text}", given, faults);
        }
        return faults.Count == 0 ? values : throw new UserError(string.Join("\n", faults));
    }

    /// <summary>Reads a value for each member from a file.</summary>
    /// <param name="system">The system.</param>
    /// <param name="path">A .csv with a line of names and a line of values for each member, or a .npy [members, parameters] in the system's order.</param>
    /// <exception cref="UserError">The file cannot be used; the message says why.</exception>
    public static Dictionary<string, ParameterValues> File(ISystem system, string path)
    {
        if (InputFile.Fault(path) is { } fault)
            throw new UserError($"--parameters names '{path}', which {fault}.");
        var (names, columns) = path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? Csv(path) : Npy(system, path);
        var (values, faults) = (new Dictionary<string, ParameterValues>(), new List<string>());
        for (var c = 0; c < names.Length; c++)
        {
            if (Find(system, $"--parameters '{path}'", names[c], faults) is not { } parameter)
                continue;
            var given = new ParameterValues(columns[c][0], columns[c][^1], columns[c]);
            if (!values.TryAdd(names[c], given))
                faults.Add($"--parameters '{path}' has '{names[c]}' twice.");
            else
                Check(parameter, $"--parameters '{path}' {names[c]}", given, faults);
        }
        return faults.Count == 0 ? values : throw new UserError(string.Join("\n", faults));
    }

    /// <summary>Members with the parameters that a user gave, and for the rest those of the study.</summary>
    /// <param name="study">The study.</param>
    /// <param name="settings">Settings of the user.</param>
    /// <param name="file">A file with values for each member, if given.</param>
    /// <param name="members">Number of members that the user asked for, if so.</param>
    /// <param name="seed">Seed of all that members draw.</param>
    /// <param name="source">Makes the members, given the number of rows of the file.</param>
    /// <exception cref="UserError">Something cannot be used; the message has one line per fault.</exception>
    public static InitialConditions Apply(
        Study study, IEnumerable<string> settings, string? file, int? members, ulong seed, Func<int?, InitialConditions> source)
    {
        var system = study.PhysicalSystem;
        var given = Settings(system, "--set", settings, readsFiles: true);
        var columns = file is null ? [] : File(system, file);
        if (given.Keys.FirstOrDefault(columns.ContainsKey) is { } twice)
            throw new UserError($"'{twice}' is given by --set and by --parameters '{file}'; give it by only one of them.");
        var rows = columns.Count == 0 ? (int?)null : columns.Values.First().PerMember.Length;
        rows ??= given.Values.Select(v => v.Schedule).FirstOrDefault(s => s is { Rows: > 1 })?.Rows;
        var conditions = source(rows);
        foreach (var (name, schedule) in given.Where(p => p.Value.Schedule is { Rows: > 1 }).Select(p => (p.Key, p.Value.Schedule!)).ToArray())
        {
            if (schedule.Rows < conditions.Members || schedule.Rows > conditions.Members && members is null)
            {
                var fewer = schedule.Rows > conditions.Members ? $", or --members {conditions.Members} for the first ones" : "";
                throw new UserError($"--set {name} has schedules for {schedule.Rows} members, but there are {conditions.Members}. "
                    + $"Give one for each member, or one for all{fewer}.");
            }
            given[name] = given[name] with { Schedule = schedule.First(conditions.Members) };
        }
        if (columns.Count > 0 && rows < conditions.Members)
        {
            throw new UserError($"--parameters '{file}' has values for {rows} members, but there are {conditions.Members}"
                + $"{(members is null ? "" : " by --members")}. Give a row for each member.");
        }
        if (columns.Count > 0 && rows > conditions.Members && members is null)
        {
            throw new UserError($"--parameters '{file}' has values for {rows} members, but there are {conditions.Members}. "
                + $"Give a row for each member, or --members {conditions.Members} for the first rows.");
        }
        foreach (var (name, values) in columns)
            given[name] = values with { To = values.PerMember[conditions.Members - 1], PerMember = values.PerMember[..conditions.Members] };
        foreach (var (name, values) in study.ParameterValues)
            given.TryAdd(name, values);
        return conditions.With(Table(system, seed, conditions.Members, given, system.Solver.Layout.TimeStep));
    }

    /// <summary>The options of <c>led forecast</c> that give a run's parameters again.</summary>
    public static string Options(RunSpec spec, string run)
    {
        var text = spec.Parameters ?? ImmutableDictionary<string, string>.Empty;
        var plain = text.Where(p => !p.Value.StartsWith(Hashed, StringComparison.Ordinal)).ToArray();
        var settings = string.Concat(plain.Select(p => p.Value.StartsWith('{') ? $" --set '{p.Key}={p.Value}'" : $" --set {p.Key}={p.Value}"));
        return plain.Length == text.Count ? settings
            : $"{settings} --parameters {InstalledProgram.Argument(Path.Combine(run, ForecastSetup.ParametersName))}";
    }

    /// <summary>What a run's spec says of a table; null when all is left to the defaults.</summary>
    public static Dictionary<string, string>? Text(ParameterTable table) => table.Given.Count == 0 ? null
        : table.Given.ToDictionary(p => p.Key, p => p.Value.Text ?? Hashed + Hash([.. p.Value.PerMember]));

    /// <summary>Writes the values that differ between members as .csv, for <see cref="Restore"/> and <c>--parameters</c>; nothing if there are none.</summary>
    public static void Keep(ParameterTable table, int members, string path)
    {
        var own = table.Declared.Where(p => table.Given.TryGetValue(p.Name, out var values) && values.Text is null).ToArray();
        if (own.Length == 0 || System.IO.File.Exists(path))
            return;
        System.IO.File.WriteAllText(path, string.Concat(Enumerable.Range(-1, members + 1).Select(m =>
            string.Join(',', own.Select(p => m < 0 ? p.Name : table.Given[p.Name].PerMember[m].ToString("R", CultureInfo.InvariantCulture))) + "\n")));
    }

    /// <summary>The table of a run.</summary>
    /// <param name="system">The system.</param>
    /// <param name="text">What its spec says.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="members">Number of its members.</param>
    /// <param name="path">What <see cref="Keep"/> wrote.</param>
    /// <exception cref="UserError">The spec or the file is not what the run was started with.</exception>
    public static ParameterTable Restore(ISystem system, IReadOnlyDictionary<string, string>? text, ulong seed, int members, string path)
    {
        text ??= ImmutableDictionary<string, string>.Empty;
        var values = Settings(system, "spec.json", text.Where(p => !p.Value.StartsWith(Hashed, StringComparison.Ordinal)).Select(p => $"{p.Key}={p.Value}"));
        var hashed = system.Parameters.Where(p => text.TryGetValue(p.Name, out var of) && of.StartsWith(Hashed, StringComparison.Ordinal)).ToArray();
        if (text.Keys.Except(system.Parameters.Select(p => p.Name)).FirstOrDefault() is { } unknown)
            throw new UserError($"The run has a parameter '{unknown}', which the system '{system.Name}' does not have. Use the version that started the run.");
        if (hashed.Length > 0)
        {
            if (InputFile.RegularFault(path) is { } fault)
                throw new UserError($"'{path}' {fault}. Restore it from a copy.");
            var (names, columns) = Csv(path);
            foreach (var parameter in hashed)
            {
                var column = Array.IndexOf(names, parameter.Name) is >= 0 and var c && columns[c].Length == members ? columns[c] : [];
                if (Hashed + Hash([.. column]) != text[parameter.Name])
                    throw new UserError($"'{path}' does not have the values of '{parameter.Name}' with which the run was started. Restore it from a copy.");
                values[parameter.Name] = new(column[0], column[^1], column);
            }
        }
        return Table(system, seed, members, values);
    }

    /// <summary>The parameters of a run that change in time; null when none does.</summary>
    /// <param name="system">The system.</param>
    /// <param name="spec">What the run computes.</param>
    /// <exception cref="UserError">The spec is not what a run was started with.</exception>
    public static ParameterSchedules? Schedules(ISystem system, RunSpec spec)
    {
        var schedules = (spec.Parameters ?? ImmutableDictionary<string, string>.Empty).Where(p => p.Value.StartsWith('{'));
        var values = Settings(system, "spec.json", schedules.Select(p => $"{p.Key}={p.Value}"));
        return values.Count == 0 ? null : Table(system, spec.Seed, spec.Members, values).Schedules;
    }

    private static ParameterTable Table(ISystem system, ulong seed, int members, Dictionary<string, ParameterValues> values)
    {
        if (values.FirstOrDefault(p => p.Value.Schedule is { Rows: > 1 } schedule && schedule.Rows != members) is { Key: { } name })
        {
            throw new UserError($"The run's spec has {members} members, but schedules of '{name}' for {values[name].Schedule!.Rows}. "
                + "Restore spec.json from a copy.");
        }
        return Table(system, seed, members, values, values.Values.Any(v => v.Schedule is not null) ? system.Solver.Layout.TimeStep : double.NaN);
    }

    /// <summary>A table of values that were checked one by one.</summary>
    /// <param name="system">The system.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="members">Number of its members.</param>
    /// <param name="values">The values, by name.</param>
    /// <param name="timeStep">Time between two frames, for schedules.</param>
    /// <exception cref="UserError">A range over the members gives a parameter that counts values that are not whole.</exception>
    public static ParameterTable Table(ISystem system, ulong seed, int members, IReadOnlyDictionary<string, ParameterValues> values, double timeStep)
    {
        Parameter Declared(string name) => system.Parameters.First(parameter => parameter.Name == name);
        string[] faults = [.. values.Select(p => Fraction(Declared(p.Key), p.Value, members)).OfType<string>().Select(fault => $"The parameter {fault}")];
        return faults.Length == 0 ? new(system.Parameters, seed, members, values, timeStep) : throw new UserError(string.Join("\n", faults));
    }

    /// <summary>The fault of values that are not whole, where they must be, which begins with the parameter's name; null when there is none.</summary>
    private static string? Fraction(Parameter parameter, ParameterValues values, int members) => parameter.IsWhole && values.Fraction(members) is { } fraction
        ? $"{parameter.Name} {fraction}; give whole numbers ({parameter.Meaning})." : null;

    /// <summary>Reads a schedule, <c>@FILE.csv</c>, <c>@FILE.csv:previous</c> or JSON; null after a fault.</summary>
    private static ParameterSchedule? Schedule(Parameter parameter, string given, string text, List<string> faults)
    {
        const string ending = ":previous";
        if (parameter.InitialOnly || parameter.IsFixed)
        {
            var reason = parameter.InitialOnly ? "has an effect at t = 0 only" : "must be constant";
            faults.Add($"{given} is a schedule in time, but {parameter.Name} ({parameter.Meaning}) {reason}. "
                + $"Give {parameter.Name}=VALUE, or {parameter.Name}=FROM..TO over the members.");
            return null;
        }
        try
        {
            var steps = text.EndsWith(ending, StringComparison.Ordinal);
            var schedule = text.StartsWith('{') ? ParameterSchedule.Parse(text)
                : Csv(parameter.Name, text[1..^(steps ? ending.Length : 0)], steps ? ScheduleInterpolation.Previous : ScheduleInterpolation.Linear);
            bool IsValid(double value) => value >= parameter.Minimum && value <= parameter.Maximum;
            var at = schedule.Values.Select((value, i) => (value, i)).FirstOrDefault(v => !IsValid(v.value), (0, -1)).Item2;
            if (at < 0)
            {
                if (Fraction(parameter, new(0, 0) { Schedule = schedule }, members: 1) is not { } fraction)
                    return schedule;
                faults.Add($"{given} cannot be used: {fraction}");
                return null;
            }
            var (time, member) = (schedule.Times[at % schedule.Times.Length], schedule.Rows > 1 ? $" of member {at / schedule.Times.Length}" : "");
            faults.Add(FormattableString.Invariant($"{given} is {schedule.Values[at]:R} at time {time:R}{member}, which is ") + Outside(parameter));
        }
        catch (Exception error) when (error is FormatException or UserError)
        {
            faults.Add(error is UserError ? error.Message : $"{given} cannot be used: {error.Message}.");
        }
        return null;
    }

    /// <summary>A table of times and values: a column <c>time</c>, then one with the parameter's name, or one for each member, 0, 1, ....</summary>
    private static ParameterSchedule Csv(string name, string path, ScheduleInterpolation interpolation)
    {
        if (InputFile.Fault(path) is { } fault)
            throw new UserError($"--set {name} names '{path}', which {fault}.");
        var (names, columns) = Csv(path, $"--set {name} of '{path}'");
        if (names is not ["time", var only] || only != name)
        {
            var members = Enumerable.Range(0, names.Length - 1).Select(m => m.ToString(CultureInfo.InvariantCulture));
            if (names.Length < 3 || names[0] != "time" || !names.Skip(1).SequenceEqual(members))
            {
                throw new UserError($"--set {name} of '{path}' has the columns {string.Join(",", names)}; give time,{name} for all members, "
                    + "or time,0,1,2,... with a column for each member.");
            }
        }
        return ParameterSchedule.Of([.. columns[0]], [.. columns.Skip(1).Select(c => c.ToArray())], interpolation);
    }

    private static Parameter? Find(ISystem system, string option, string name, List<string> faults)
    {
        if (system.Parameters.FirstOrDefault(p => p.Name == name) is { } found)
            return found;
        faults.Add(system.Parameters.Length == 0 ? $"{option} names the parameter '{name}', but the system '{system.Name}' has no parameters."
            : $"{option} names the parameter '{name}', but the system '{system.Name}' has {string.Join(", ", system.Parameters.Select(p => p.Name))}."
                + NearestName.Hint(name, system.Parameters.Select(p => p.Name)));
        return null;
    }

    private static void Check(Parameter parameter, string given, ParameterValues values, List<string> faults)
    {
        foreach (var (member, value) in (values.PerMember.IsDefault ? (double[])[values.From, values.To] : [.. values.PerMember]).Index())
            if (!(value >= parameter.Minimum && value <= parameter.Maximum))
            {
                var whose = values.PerMember.IsDefault ? "" : FormattableString.Invariant($" of member {member} is {value:R}, which");
                faults.Add($"{given}{whose} is {Outside(parameter)}");
                return;
            }
        if (Fraction(parameter, values, members: 2) is { } fraction)
            faults.Add($"{given} cannot be used: {fraction}");
    }

    /// <summary>The end of a message on a value that a parameter cannot have.</summary>
    public static string Outside(Parameter parameter) => FormattableString.Invariant(
        $"outside {parameter.Minimum:R}..{parameter.Maximum:R} ({parameter.Meaning}, unit {parameter.Unit}).");

    private static (string[] Names, ImmutableArray<double>[] Columns) Csv(string path) => Csv(path, $"--parameters '{path}'");

    private static (string[] Names, ImmutableArray<double>[] Columns) Csv(string path, string what)
    {
        using var reader = new StreamReader(UserError.OnBadData(() => InputFile.Open(path)));
        string[] names = [.. (reader.ReadLine() ?? "").Split(',').Select(name => name.Trim().Trim('"'))];
        var (columns, row) = (names.Select(_ => ImmutableArray.CreateBuilder<double>()).ToArray(), 0);
        while (reader.ReadLine() is { } line)
        {
            row++;
            if (line.Length == 0 && reader.EndOfStream)
                break;
            var cells = line.Split(',');
            if (cells.Length != names.Length)
                throw new UserError($"{what} has {cells.Length} values in row {row}, expected {names.Length} ({string.Join(", ", names)}).");
            for (var c = 0; c < cells.Length; c++)
                columns[c].Add(NumberParsing.TryParse<double>(cells[c].Trim(), out var value) ? value
                    : throw new UserError($"{what} has '{cells[c].Trim()}' as {names[c]} in row {row}; give a number, for example 0.5."));
        }
        return columns[0].Count > 0 ? (names, [.. columns.Select(column => column.ToImmutable())])
            : throw new UserError($"{what} has no values; give a line of names, then lines of numbers.");
    }

    private static (string[] Names, ImmutableArray<double>[] Columns) Npy(ISystem system, string path)
    {
        var (shape, data, _) = UserError.OnBadData(() => NpyFile.ReadDoubles(path));
        var p = system.Parameters.Length;
        if (shape is not [>= 1, var columns] || columns != p || p == 0)
        {
            var names = string.Join(", ", system.Parameters.Select(q => q.Name));
            throw new UserError($"--parameters '{path}' has shape [{string.Join(", ", shape)}], expected [members, {p}] ({names}); "
                + "give the parameters in this order, or a .csv with their names.");
        }
        return ([.. system.Parameters.Select(q => q.Name)],
            [.. Enumerable.Range(0, p).Select(c => Enumerable.Range(0, data.Length / p).Select(m => data[m * p + c]).ToImmutableArray())]);
    }

    private static string Hash(double[] values) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));
}
