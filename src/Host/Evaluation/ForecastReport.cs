using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Report;
using LedCluster.Report.Figures;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Evaluation;

/// <summary>The run's <c>report.html</c>: what was computed, what it cost, and what it is worth.</summary>
internal static class ForecastReport
{
    /// <summary>Writes the report of a finished run, whose metrics are written; with an evaluation it also shows truth and errors.</summary>
    public static void Write(ForecastSetup setup, EvaluationResult? evaluation)
    {
        using var store = ForecastStore.Open(setup.Directory.OutputPath);
        var failures = Failures(setup, store);
        var figures = new ForecastFigures(setup, store, evaluation is { Laws: null } ? evaluation : null);
        HtmlReport.Write(setup.Directory.ReportPath, new ReportData(Title(setup), Description(setup, evaluation))
        {
            Kicker = $"LedCluster · {setup.Study.Name} · {RunName(setup)}",
            Equations = setup.Study.PhysicalSystem.Equations,
            Facts = Facts(setup, evaluation),
            Warnings = [.. MetricsFile.Warnings(setup.Directory).Select(warning => warning.Text)],
            FailedMembers = failures,
            Tables = evaluation is null ? [] : EvaluationTables.Of(setup.Layout, evaluation),
            SpaceTime = setup.Layout.Exchangeable ? null : figures.SpaceTime(),
            LatentPortrait = figures.LatentPortrait(),
            ErrorGrowth = figures.ErrorGrowth(),
            Correlation = figures.Correlation(),
            Climates = figures.Climates(),
            EnsembleSpread = setup.Layout.Exchangeable ? null : figures.EnsembleSpread(),
            Diagnostics = figures.Diagnostics(),
            Ranks = figures.Ranks(),
            Work = Work(setup, evaluation),
            Trust = figures.Trust(),
            Sections = evaluation is { Laws: { } laws, Clouds: { } clouds } ? [LawSection.Of(setup.Layout, laws, clouds)] : [],
            Colophon = Command(setup),
        });
    }

    private static string Title(ForecastSetup setup) => $"{Name(setup)}: forecast of {Count(setup.Spec.Members)} initial conditions";

    private static string RunName(ForecastSetup setup) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(setup.Directory.Path)));

    /// <summary>The part of the study's title before its colon.</summary>
    private static string Name(ForecastSetup setup) => setup.Study.Title.Split(':')[0];

    private static string Description(ForecastSetup setup, EvaluationResult? evaluation)
    {
        var (spec, schedule) = (setup.Spec, setup.Schedule);
        var cycle = !schedule.HasMacro
            ? "Every member is advanced by the micro solver alone."
            : $"The micro solver advances every member for the first {spec.WarmTime:G6} time units, which warms up the propagator's hidden state; then "
            + (schedule.Micro == 0
                ? "the latent propagator continues alone to the end."
                : $"the latent propagator ({spec.MacroTime:G6} time units) and the micro solver ({spec.MicroTime:G6}) alternate.");
        var evaluate = $"{InstalledProgram.Command} evaluate {InstalledProgram.Argument(Path.GetFullPath(setup.Directory.Path))}";
        var compared = evaluation is null || evaluation.Members == setup.Spec.Members ? "the same" : $"{Count(evaluation.Members)} of the";
        return $"{setup.Study.Title}. An ensemble forecast by learned effective dynamics. {cycle}\n\n" + (evaluation is null
            ? $"This page shows only the forecast. To compare it with the micro solver: {evaluate}"
            : $"The micro solver was run for {compared} initial conditions; errors do not include the warm-up, which both share.");
    }

    private static List<ReportFact> Facts(ForecastSetup setup, EvaluationResult? evaluation)
    {
        const string Ensemble = "Ensemble", Timetable = "Timetable", Cost = "Cost", Provenance = "Provenance";
        var (spec, layout, forecast) = (setup.Spec, setup.Layout, MetricsFile.Forecast(setup));
        var (wall, cpu, times) = (ResultJson.Number(forecast["wallSeconds"]), ResultJson.Number(forecast["cpuSeconds"]), MetricsFile.ForecastTimes(setup));
        var resumed = (bool)forecast["resumed"]!;
        var session = resumed ? ", last session" : "";
        var isRandom = spec.InitialConditions == InitialConditions.RandomFamily;
        var precision = spec.Precision == KeptPrecision.Float64 ? " in float64" : "";
        var lift = spec.Lift == LiftRule.Equilibrium
            ? "equilibrium: from the fields alone" : "gradient: with the first-order term from the gradients of the fields";
        static string Seed(SeedCheck seed) => seed.Used is null ? "" : seed.Fault is null ? ", not used in training" : ", used in training";
        static string Value(string text) =>
            text.StartsWith("sha256:", StringComparison.Ordinal) ? Short(text) : text.StartsWith('{') ? "changes in time" : text;
        List<ReportFact> facts =
        [
            new("members", Count(spec.Members), Ensemble),
            new("set aside", Count((int)forecast["failed"]!), Ensemble),
            new("initial conditions", isRandom ? "the study's random family" : Short(spec.InitialConditions), Ensemble),
            .. SeedCheck.Of(setup) is { } seed ? (ReportFact[])[new("seed", $"{seed.Seed}{Seed(seed)}", Ensemble)] : [],
            .. (spec.Parameters ?? new Dictionary<string, string>()).Select(p => new ReportFact(p.Key, Value(p.Value), Ensemble)),
            new("kept per member", spec.Save == SaveRule.Fields ? $"fields{precision} and latents" : "latents", Ensemble),
            ReportFact.Number("final time T_f", spec.FinalTime, layout.TimeUnit, Timetable),
            ReportFact.Number("warm-up T_warm", spec.WarmTime, layout.TimeUnit, Timetable),
            ReportFact.Number("macro leg T_m", spec.MacroTime, layout.TimeUnit, Timetable),
            ReportFact.Number("micro leg T_μ", spec.MicroTime, layout.TimeUnit, Timetable),
            ReportFact.Number("between frames Δt", layout.TimeStep, layout.TimeUnit, Timetable),
            .. spec.InnerTimeStep is { } step ? (ReportFact[])[ReportFact.Number("micro solver's step δt", step, layout.TimeUnit, Timetable)] : [],
            .. spec.LatentArithmetic is { } arithmetic ? (ReportFact[])[new("latents computed with", arithmetic, Timetable)] : [],
            .. setup.Schedule is { HasMacro: true, Micro: > 0 } ? (ReportFact[])[new("lift, restart of the micro solver", lift, Timetable)] : [],
            ReportFact.Number($"wall clock{session}", wall, "s", Cost),
            ReportFact.Number($"CPU, whole program{session}", cpu, "s", Cost),
            .. resumed ? [] : (ReportFact[])[ReportFact.Number("CPU per member", 1e3 * cpu / spec.Members, "ms", Cost)],
            .. Enum.GetValues<Work>().Select(work => ReportFact.Number($"CPU, {WorkName(work)}", times.Cpu[(int)work], "s", Cost)),
        ];
        if (evaluation is not null)
        {
            var cost = CostComparison.Measured(setup, evaluation);
            facts.Add(new("against the micro solver", NumberText.Cheaper(cost.Full), Cost));
            facts.Add(new("without encoder, decoder", NumberText.Cheaper(cost.Bare), Cost));
        }
        facts.Add(new("model", Short(spec.ModelHash), Provenance));
        facts.Add(new("architecture", $"{setup.Manifest.Reduction.Summary}, {setup.Manifest.Propagator.Summary}", Provenance));
        facts.Add(new("version", spec.Version, Provenance));
        return facts;
    }

    /// <summary>Failed members with their reasons; the journal is read only when there are any.</summary>
    private static MemberFailure[] Failures(ForecastSetup setup, ForecastStore store) =>
        store.ReadFailedLegs().All(leg => leg < 0) ? [] : [.. Journal.Read(setup.Directory.JournalPath).Failures];

    private static WorkFigure Work(ForecastSetup setup, EvaluationResult? evaluation)
    {
        var times = MetricsFile.ForecastTimes(setup);
        var cost = evaluation is null
            ? CostComparison.Estimated(setup.Schedule, times, MetricsFile.Frames(setup)) : CostComparison.Measured(setup, evaluation);
        return new WorkFigure(times) { MicroOnlyCpuSeconds = cost?.MicroOnly, MicroOnlySource = cost?.Source ?? "" };
    }

    /// <summary>The command that computes the same again, from any directory.</summary>
    private static string Command(ForecastSetup setup)
    {
        var (spec, path) = (setup.Spec, Path.GetFullPath(setup.Directory.Path));
        var conditions = spec.InitialConditions == InitialConditions.RandomFamily
            ? $"--seed {spec.Seed}" : $"--ic {InstalledProgram.Argument(Path.Combine(path, ForecastSetup.ArrayName))}";
        var copy = Path.Combine(path, ExternalStudy.FolderName); // of a program, which may change where it came from
        var study = Directory.Exists(copy) ? InstalledProgram.Argument(copy) : StudyCatalog.Argument(setup.Study);
        var inner = spec.InnerTimeStep is { } step ? FormattableString.Invariant($"--dt {step} ") : "";
        var (lift, save) = (spec.Lift.ToString().ToLowerInvariant(), spec.Save.ToString().ToLowerInvariant());
        var precision = spec.Save == SaveRule.Fields && spec.Precision == KeptPrecision.Float64 ? "--precision float64 " : "";
        return $"{InstalledProgram.Command} forecast {study} --members {spec.Members} {conditions}{ParameterInput.Options(spec, path)} "
            + FormattableString.Invariant($"--t-final {spec.FinalTime} --t-warm {spec.WarmTime} --t-macro {spec.MacroTime} --t-micro {spec.MicroTime} ")
            + $"{inner}--lift {lift} --save {save} {precision}--model {InstalledProgram.Argument(Path.Combine(path, ForecastSetup.ModelName))}"
            + (spec.LatentArithmetic is { } arithmetic ? LatentPlace.Options(arithmetic) : "");
    }

    private static string WorkName(Work work) => work switch
    {
        Domain.Workers.Work.Micro => "micro solver",
        Domain.Workers.Work.Latent => "propagator",
        Domain.Workers.Work.Encode => "encoder",
        _ => "decoder",
    };

    private static string Short(string hash) => hash.Length > 24 ? $"{hash[..(hash.IndexOf(':') + 13)]}…" : hash;

    private static string Count(int number) => FormattableString.Invariant($"{number:N0}");
}
