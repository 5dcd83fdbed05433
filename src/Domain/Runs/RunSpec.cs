using System.Text.Json.Serialization;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Runs;

/// <summary>
/// What an ensemble forecast computes: everything that its output depends on, and nothing that it does not
/// (workers, cohort size and engine are <see cref="ExecutionOptions"/>). Times are in the study's time unit.
/// </summary>
public sealed record RunSpec
{
    /// <summary>Members of a run at most.</summary>
    public const int MostMembers = 1_000_000;

    /// <summary>Name of the study, for example <c>fhn</c>.</summary>
    public required string Study { get; init; }

    /// <summary>Number of initial conditions, 1 to 1,000,000.</summary>
    public required int Members { get; init; }

    /// <summary>T_f: the forecast ends here; a positive multiple of the study's Δt.</summary>
    public required double FinalTime { get; init; }

    /// <summary>T_warm: the micro solver runs from 0 to here; a multiple of Δt below the final time.</summary>
    public required double WarmTime { get; init; }

    /// <summary>T_m: length of a macro leg, a multiple of Δt; 0 means micro solver only.</summary>
    public required double MacroTime { get; init; }

    /// <summary>T_μ: length of a micro leg, a multiple of Δt; 0 means Latent-LED.</summary>
    public required double MicroTime { get; init; }

    /// <summary>δt: the micro solver's inner time step, where it has one to choose; null for the solver's own.</summary>
    public double? InnerTimeStep { get; init; }

    /// <summary>How the micro solver restarts from a lifted field.</summary>
    public required LiftRule Lift { get; init; }

    /// <summary>What is written per member.</summary>
    public required SaveRule Save { get; init; }

    /// <summary>Number format of kept fields.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public KeptPrecision Precision { get; init; }

    /// <summary>Seed of the random initial conditions.</summary>
    public required ulong Seed { get; init; }

    /// <summary>
    /// Where initial conditions come from: <c>random</c>, or the SHA-256 of the user's array as <c>sha256:…</c>.
    /// </summary>
    public required string InitialConditions { get; init; }

    /// <summary>
    /// Parameters that are not left to their defaults, by name: <c>2</c> for all members, <c>1..5</c> spread evenly over the members, a
    /// schedule (<see cref="Systems.ParameterSchedule"/>), or <c>sha256:…</c> of a value for each; null when all are.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>SHA-256 of all of the model that a forecast depends on.</summary>
    public required string ModelHash { get; init; }

    /// <summary>
    /// Device, precision, batch, hardware and library with which latents are computed; null for managed code, whose bits are the same
    /// everywhere.
    /// </summary>
    public string? LatentArithmetic { get; init; }

    /// <summary>SHA-256 of the program that is the micro solver, with its files; null for a solver of this program.</summary>
    public string? Solver { get; init; }

    /// <summary>Version of the program whose arithmetic the run uses.</summary>
    public required string Version { get; init; }

    /// <summary>
    /// Every reason why the run cannot start, each with what was given, what was expected and how to fix it; empty when it can.
    /// </summary>
    /// <param name="layout">Layout of the study's fields.</param>
    public IReadOnlyList<string> Faults(FieldLayout layout)
    {
        var faults = new List<string>();
        if (Members is < 1 or > MostMembers)
            faults.Add($"--members is {Members}; give 1 to 1,000,000.");
        Time("--t-final", FinalTime);
        Time("--t-warm", WarmTime);
        Time("--t-macro", MacroTime);
        Time("--t-micro", MicroTime);
        if (FinalTime <= 0)
            faults.Add($"--t-final is {FinalTime}; give a positive time.");
        if (WarmTime >= FinalTime)
            faults.Add($"--t-warm is {WarmTime}, not before --t-final {FinalTime}; shorten the warm-up or lengthen the run.");
        if (!Enum.IsDefined(Lift))
            faults.Add($"--lift is {Lift}; give one of {string.Join(", ", Enum.GetNames<LiftRule>())}.");
        if (!Enum.IsDefined(Save))
            faults.Add($"--save is {Save}; give one of {string.Join(", ", Enum.GetNames<SaveRule>())}.");
        if (!Enum.IsDefined(Precision))
            faults.Add($"--precision is {Precision}; give float32 or float64.");
        if (Precision != KeptPrecision.Float32 && Save == SaveRule.Latent)
            faults.Add("--precision float64 applies to stored fields, but --save latent stores none: latents are computed in float32. Leave out one of them.");
        if (MacroTime == 0 && MicroTime == 0)
            faults.Add(
                "--t-macro 0 is the micro solver alone, and --t-micro 0 (or --mode latent) are latents alone: "
                + "with both, nothing would advance. Give one of them a positive time.");
        return faults;

        void Time(string option, double value)
        {
            if (!(value >= 0) || layout.Frames(value) is null)
                faults.Add($"{option} is {value}; give a non-negative multiple of the study's time step {layout.TimeStep}.");
        }
    }

    /// <summary>The timetable in frames of the study's Δt; the spec must be free of faults.</summary>
    public LedSchedule Schedule(FieldLayout layout) => new(
        layout.Frames(WarmTime)!.Value, layout.Frames(MacroTime)!.Value,
        layout.Frames(MicroTime)!.Value, layout.Frames(FinalTime)!.Value) { LongestLeg = LedCycle.LongestLeg(layout.Size) };
}

/// <summary>What a run keeps of every member. Ensemble statistics of the fields are always kept.</summary>
public enum SaveRule : byte
{
    /// <summary>Fields and latents of every frame: 4·C·X bytes per member and frame.</summary>
    Fields = 0,

    /// <summary>Latents of every frame: 4·d_z bytes per member and frame.</summary>
    Latent = 1,
}

/// <summary>Number format of the fields that a run keeps. Latents are computed in float32, and kept so.</summary>
public enum KeptPrecision : byte
{
    /// <summary>4 bytes a number, 7 digits.</summary>
    Float32 = 0,

    /// <summary>8 bytes a number: the micro solver's own numbers; decoded ones, which are computed in float32, as they are.</summary>
    Float64 = 1,
}

/// <summary>How a run is carried out; none of it changes a bit of the output.</summary>
public sealed record ExecutionOptions
{
    /// <summary>Members that travel together, 1 to 1024; default 64, which fills SIMD lanes and batches.</summary>
    public int CohortSize { get; init; } = 64;

    /// <summary>Micro-solver actors, and as many latent-propagator actors, 1 to 256; default one per processor.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Every reason why these options cannot be used; empty when they can.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (CohortSize is < 1 or > 1024)
            faults.Add($"--cohort-size is {CohortSize}; give 1 to 1024.");
        if (Workers is < 1 or > 256)
            faults.Add($"--workers is {Workers}; give 1 to 256.");
        return faults;
    }
}
