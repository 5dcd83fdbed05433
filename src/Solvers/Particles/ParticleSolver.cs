using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Particles;

/// <summary>
/// Particles in a box with reflecting walls, dx = A cos(ωt) dt + √D dW in each component (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, supplement
/// III.A), by Euler–Maruyama: x ← fold(x + A cos(ωt) δt + √(D δt) ξ), t the time before the step. The variance of the noise is D δt, so that the diffusivity is
/// D/2. Folding, the triangle wave of period 2, holds for steps of any length. First order in law under a drift towards a wall, exact without drift.
/// </summary>
/// <remarks>
/// Sixteen particles go through all steps of a frame in registers. Four steps take three blocks of <see cref="PhiloxVectors"/> of the particle's own stream, so
/// that a particle's path depends on seed, member, frame and its number alone. Floor per particle and step: three normal numbers.
/// </remarks>
/// <param name="particles">Number of particles N, at least 1.</param>
/// <param name="steps">Steps per frame, a positive multiple of 4; δt = 1/steps.</param>
public sealed class ParticleSolver(int particles, int steps = ParticleSolver.PublishedSteps) : FixedSizeSolver
{
    /// <summary>Steps of a frame in the published system: δt = 0.01.</summary>
    public const int PublishedSteps = 100;

    /// <summary>Position of the walls.</summary>
    public const double Wall = 0.5;

    private const int Lanes = 16, Dimensions = 3;

    private readonly int steps = steps > 0 && steps % 4 == 0 ? steps : throw new ArgumentOutOfRangeException(nameof(steps), steps, "A frame takes a positive multiple of 4 steps.");

    /// <inheritdoc />
    public override FieldLayout Layout { get; } = new(
        [.. "xyz".Select(name => new FieldChannel($"{name}", $"{name} coordinate", "1", Wall))],
        [new Axis("particle", particles, LongName: "particle", Exchangeable: true)], TimeStep: 1);

    /// <inheritdoc />
    public override int StateSize => Layout.Size;

    /// <inheritdoc />
    public override void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context) => fields.CopyTo(state);

    /// <inheritdoc />
    public override void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context)
    {
        var (size, drift) = (StateSize, new double[Dimensions * steps]);
        for (var f = 0; f < frames; f++)
            for (var m = 0; m < context.Count; m++)
            {
                var own = state.Slice(m * size, size);
                var parameters = context.ParametersOf(m);
                var start = ParticlesSystem.StartTime(parameters);
                var frame = context.Frame + f;
                for (var s = 0; s < steps; s++)
                    for (var c = 0; c < Dimensions; c++)
                    {
                        var (amplitude, frequency) = ParticlesSystem.Flow(parameters, c);
                        drift[Dimensions * s + c] = amplitude * Math.Cos(frequency * (start + ((long)frame * steps + s) / (double)steps)) / steps;
                    }
                Move(own, drift, Math.Sqrt(ParticlesSystem.Diffusion(parameters) / steps), context.Seed, (uint)context.Members.Span[m], (uint)frame + 1);
                own.CopyTo(fields[((f * context.Count + m) * size)..]);
            }
    }

    /// <summary>Moves all particles [3, N] of a member by a frame.</summary>
    private unsafe void Move(Span<double> positions, double[] drift, double noise, ulong seed, uint member, uint frame)
    {
        var rest = stackalloc double[Dimensions * Lanes];
        fixed (double* x = positions)
            for (var first = 0; first < particles; first += Lanes)
            {
                if (first + Lanes <= particles)
                {
                    MoveSixteen(x + first, particles, drift, noise, seed, member, frame, first);
                    continue;
                }
                for (var c = 0; c < Dimensions; c++) // the last few, beside others that are dropped
                    positions[(c * particles + first)..((c + 1) * particles)].CopyTo(new Span<double>(rest + c * Lanes, Lanes));
                MoveSixteen(rest, Lanes, drift, noise, seed, member, frame, first);
                for (var c = 0; c < Dimensions; c++)
                    new Span<double>(rest + c * Lanes, particles - first).CopyTo(positions[(c * particles + first)..]);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void MoveSixteen(double* positions, int stride, double[] drift, double noise, ulong seed, uint member, uint frame, int first)
    {
        var streams = PhiloxVectors.Streams((uint)DrawPurpose.Solver << 24 | (uint)first);
        var σ = Vector512.Create(noise);
        double* xs = positions, ys = xs + stride, zs = ys + stride;
        Vector512<double> x0 = Vector512.Load(xs), x1 = Vector512.Load(xs + 8), y0 = Vector512.Load(ys), y1 = Vector512.Load(ys + 8), z0 = Vector512.Load(zs), z1 = Vector512.Load(zs + 8);
        fixed (double* drifts = drift)
        {
            var u = drifts;
            for (var (block, end) = (0u, (uint)(3 * steps / 4)); block < end;)
            {
                var (a, b, c, d) = PhiloxVectors.Normals(block++, member, frame, streams, seed);
                (x0, x1) = Step(x0, x1, a, σ, *u++);
                (y0, y1) = Step(y0, y1, b, σ, *u++);
                (z0, z1) = Step(z0, z1, c, σ, *u++);
                (x0, x1) = Step(x0, x1, d, σ, *u++);
                (a, b, c, d) = PhiloxVectors.Normals(block++, member, frame, streams, seed);
                (y0, y1) = Step(y0, y1, a, σ, *u++);
                (z0, z1) = Step(z0, z1, b, σ, *u++);
                (x0, x1) = Step(x0, x1, c, σ, *u++);
                (y0, y1) = Step(y0, y1, d, σ, *u++);
                (a, b, c, d) = PhiloxVectors.Normals(block++, member, frame, streams, seed);
                (z0, z1) = Step(z0, z1, a, σ, *u++);
                (x0, x1) = Step(x0, x1, b, σ, *u++);
                (y0, y1) = Step(y0, y1, c, σ, *u++);
                (z0, z1) = Step(z0, z1, d, σ, *u++);
            }
        }
        x0.Store(xs);
        x1.Store(xs + 8);
        y0.Store(ys);
        y1.Store(ys + 8);
        z0.Store(zs);
        z1.Store(zs + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<double>, Vector512<double>) Step(Vector512<double> low, Vector512<double> high, Vector512<float> ξ, Vector512<double> σ, double drift)
    {
        var u = Vector512.Create(drift);
        return (Fold(low + Vector512.FusedMultiplyAdd(σ, Vector512.WidenLower(ξ), u)), Fold(high + Vector512.FusedMultiplyAdd(σ, Vector512.WidenUpper(ξ), u)));
    }

    /// <summary>Reflection at −½ and ½ as often as needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Fold(Vector512<double> x)
    {
        var magic = Vector512.Create(6755399441055744.0); // adding 1.5·2⁵² rounds to an integer
        x = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(x, Vector512.Create(0.5), magic) - magic, Vector512.Create(-2.0), x); // −1 to 1
        x = Vector512.MinNative(Vector512<double>.One - x, x); // with x as the second operand NaN stays NaN
        return Vector512.MaxNative(Vector512.Create(-1.0) - x, x);
    }
}
