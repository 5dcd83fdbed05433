using System.Collections.Concurrent;
using System.Collections.Immutable;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Particles;

/// <summary>
/// Advection and diffusion of N particles in a box (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, supplement III.A): <see cref="ParticleSolver"/>.
/// Its Péclet number is printed as L|A|/D = 20; with the diffusivity D/2 it is 40.
/// </summary>
/// <param name="particles">Number of particles N.</param>
public sealed class ParticlesSystem(int particles = ParticlesSystem.PublishedParticles) : ISystem
{
    /// <summary>Number of particles in the published system.</summary>
    public const int PublishedParticles = 1000;

    private const int Amplitude = 0, Frequency = 3, Noise = 6, Start = 7, Centre = 8, Width = 11;
    private const string Components = "xyz";

    /// <summary>Laws that are kept, of some megabytes each.</summary>
    private const int MostLaws = 16;

    /// <inheritdoc />
    public string Name => particles == PublishedParticles ? "particles" : $"particles-{particles}";

    /// <inheritdoc />
    public IReadOnlyList<string> Equations { get; } =
    [
        "dx = A cos(ωt) dt + √D dW in each component, reflected at −½ and ½",
        "x ← fold(x + A cos(ωt) δt + √(D δt) ξ), δt = 0.01; a frame every Δt = 1",
        "at t = 0, the clock of the flow shows t0 and particles fill a cube evenly",
    ];

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = new ParticleSolver(particles);

    /// <inheritdoc />
    public bool IsStochastic => true;

    /// <inheritdoc />
    public ImmutableArray<Parameter> Parameters { get; } =
    [
        .. ((double[])[1, 1.74, 0]).Select((a, c) => new Parameter($"A_{Components[c]}", a, -10, 10, $"amplitude of the flow along {Components[c]}")),
        .. ((double[])[0.2, 1, 0.5]).Select(
            (ω, c) => new Parameter($"omega_{Components[c]}", ω, 0, 10, $"angular frequency of the flow along {Components[c]}")),
        new("D", 0.1, 0, 1, "variance of the noise per unit of time, twice the diffusivity"),
        new("t0", 0, 0, 10 * Math.PI, "what the clock of the flow shows at t = 0; the flow repeats itself after 10π", IsDrawn: true, IsClock: true),
        .. Components.Select(c => new Parameter($"{c}0", 0, -ParticleSolver.Wall, ParticleSolver.Wall, $"{c} of the first cloud's centre", InitialOnly: true)),
        new("width", 0, 0, 1, "edge of the cube that the first cloud fills, cut off at the walls; 0: all particles at its centre", InitialOnly: true),
    ];

    private static readonly ConcurrentDictionary<(double, double, double, double, double, double, double), ParticleLaw> Laws = new();

    /// <inheritdoc />
    public bool DrawExactly(double time, ReadOnlySpan<double> parameters, ref Philox random, Span<double> fields)
    {
        if (!ParticleLaw.IsKnown(time, parameters))
            return false;
        if (Laws.Count > MostLaws)
            Laws.Clear();
        var p = parameters.ToArray();
        Laws.GetOrAdd((p[0], p[1], p[2], p[3], p[4], p[5], p[Noise]), _ => new ParticleLaw(p)).Draw(StartTime(parameters) + time, ref random, fields);
        return true;
    }

    /// <inheritdoc />
    public IReadOnlyList<string> References { get; } = ["centre", "uniform"];

    /// <summary>Time t0 that the clock of a member's flow shows at its frame 0.</summary>
    /// <param name="parameters">The member's parameters.</param>
    public static double StartTime(ReadOnlySpan<double> parameters) => parameters[Start];

    /// <summary>Amplitude A and angular frequency ω of a component of a member's flow.</summary>
    /// <param name="parameters">The member's parameters.</param>
    /// <param name="component">0 to 2 for x, y, z.</param>
    public static (double Amplitude, double Frequency) Flow(ReadOnlySpan<double> parameters, int component) =>
        (parameters[Amplitude + component], parameters[Frequency + component]);

    /// <summary>Variance D of a member's noise per unit of time.</summary>
    /// <param name="parameters">The member's parameters.</param>
    public static double Diffusion(ReadOnlySpan<double> parameters) => parameters[Noise];

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) => Cloud(0, 0, [0, 0, 0], index, fields);

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields) =>
        Cloud(seed, member, parameters.Slice(Centre, 3), parameters[Width], fields);

    private void Cloud(ulong seed, int member, ReadOnlySpan<double> centre, double width, Span<double> fields)
    {
        var random = new Philox(seed, (uint)member, step: 0, (uint)DrawPurpose.InitialCondition << 24); // the streams after it are those of trainings
        for (var i = 0; i < particles; i++)
            for (var c = 0; c < 3; c++)
                fields[c * particles + i] = random.NextUniform(
                    Math.Max(-ParticleSolver.Wall, centre[c] - width / 2), Math.Min(ParticleSolver.Wall, centre[c] + width / 2));
    }
}
