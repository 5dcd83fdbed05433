using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Host.Studies;
using LedCluster.Solvers.External;

namespace LedCluster.Host.Forecasts;

/// <summary>What a user asked for, on the command line or through the service; what was left out is the study's default.</summary>
/// <param name="Study">What to forecast.</param>
internal sealed record ForecastRequest(Study Study)
{
    /// <summary>The mode that never returns to the micro solver.</summary>
    public const string Latent = "latent";

    /// <summary>The mode that alternates between propagator and micro solver; the default.</summary>
    public const string Multiscale = "multiscale";

    /// <summary>Seed when none is given.</summary>
    public const ulong DefaultSeed = 2022;

    private const int DefaultMembers = 100;

    /// <summary>Number of members; of given initial conditions, only the first.</summary>
    public int? Members { get; init; }

    /// <summary>Reads given initial conditions, at most so many; null for the study's random family.</summary>
    public Func<int?, InitialConditions>? Source { get; init; }

    /// <summary>Seed of the random family.</summary>
    public ulong Seed { get; init; } = DefaultSeed;

    /// <summary>Parameters of the system, such as <c>mu=2</c> or <c>mu=1..5</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>A file with parameters of each member, if given.</summary>
    public string? ParametersFile { get; init; }

    /// <summary><see cref="Multiscale"/> or <see cref="Latent"/>.</summary>
    public string? Mode { get; init; }

    /// <summary>T_f.</summary>
    public double? FinalTime { get; init; }

    /// <summary>T_warm.</summary>
    public double? WarmTime { get; init; }

    /// <summary>T_m.</summary>
    public double? MacroTime { get; init; }

    /// <summary>T_μ.</summary>
    public double? MicroTime { get; init; }

    /// <summary>δt of the micro solver.</summary>
    public double? InnerTimeStep { get; init; }

    /// <summary>How latents are computed on a device; null for managed code.</summary>
    public string? LatentArithmetic { get; init; }

    /// <summary>How the micro solver restarts.</summary>
    public LiftRule? Lift { get; init; }

    /// <summary>What is kept.</summary>
    public SaveRule Save { get; init; } = SaveRule.Fields;

    /// <summary>Number format of kept fields; null for the study's.</summary>
    public KeptPrecision? Precision { get; init; }

    /// <summary>Name of one of the study's models, or the directory of a model; null for the study's default.</summary>
    public string? Model { get; init; }

    /// <summary>Directory of the model.</summary>
    /// <exception cref="UserError">The study has no such model.</exception>
    public string ModelDirectory => Study.FindModel(Model);

    /// <summary>The run that was asked for.</summary>
    /// <param name="otherFaults">Faults found before; they are reported together with those found here.</param>
    /// <exception cref="UserError">It cannot be run; the message has one line per fault.</exception>
    public (RunSpec Spec, InitialConditions Source) Resolve(IEnumerable<string> otherFaults)
    {
        var (system, faults) = (Study.PhysicalSystem, new List<string>());
        if (Members < 1)
            faults.Add($"--members is {Members}; give 1 to 1,000,000.");
        var count = Members < 1 ? null : Members;
        var source = Try(() => ParameterInput.Apply(
            Study, Settings, ParametersFile, count, Seed,
            rows => Source?.Invoke(count) ?? InitialConditions.Random(Study, Seed, count ?? rows ?? DefaultMembers)));
        var hash = Try(() => ForecastSetup.LoadModel(Study, ModelDirectory).Manifest.Identity);
        var solver = Try(() => ExternalStudy.Identity(Study) ?? "");
        Try(() => Study.SolverAt(InnerTimeStep));
        var spec = new RunSpec
        {
            Study = Study.Name,
            Members = source?.Members ?? DefaultMembers,
            FinalTime = FinalTime ?? Study.FinalTime,
            WarmTime = WarmTime ?? Study.WarmTime,
            MacroTime = MacroTime ?? Study.MacroTime,
            MicroTime = Mode == Latent ? 0 : MicroTime ?? Study.MicroTime,
            InnerTimeStep = InnerTimeStep ?? Study.InnerTimeStep,
            Lift = Lift ?? Study.Lift,
            Save = Save,
            Precision = Precision ?? (Save == SaveRule.Fields ? Study.Precision : KeptPrecision.Float32),
            Seed = Seed,
            InitialConditions = source?.Identity ?? "",
            Parameters = source is null ? null : ParameterInput.Text(source.Parameters),
            ModelHash = hash ?? "",
            LatentArithmetic = LatentArithmetic,
            Solver = solver is "" ? null : solver,
            Version = ProgramVersion.Text,
        };
        if (Mode == Latent && MicroTime is not null)
            faults.Add("--mode latent has no micro legs, so --t-micro has no effect. Leave one of them out.");
        if (Lift is not null && (spec.MicroTime == 0 || spec.MacroTime == 0))
        {
            var option = Mode == Latent ? "--mode latent" : spec.MicroTime == 0 ? "--t-micro 0" : "--t-macro 0";
            faults.Add($"With {option} the micro solver never restarts from latents, so --lift has no effect. Leave one of them out.");
        }
        faults.AddRange(spec.Faults(system.Solver.Layout));
        if (system is ExternalSystem { Description.Lift: false } && spec is { MacroTime: > 0, MicroTime: > 0 })
            faults.Add($"The simulator of study '{Study.Name}' cannot start from fields (it has no lift), so it cannot compute micro legs. Give --t-micro 0.");
        faults.AddRange(otherFaults);
        return faults.Count == 0 ? (spec, source!) : throw new UserError(string.Join("\n", faults));

        T? Try<T>(Func<T> make) where T : class
        {
            try
            {
                return make();
            }
            catch (UserError error)
            {
                faults.Add(error.Message);
                return null;
            }
        }
    }
}
