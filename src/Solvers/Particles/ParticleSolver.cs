using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Simd;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Particles;

/// <summary>
/// Particles in a box with reflecting walls, dx = A cos(ωt) dt + √D dW in each component (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, supplement
/// III.A), by Euler–Maruyama: x ← fold(x + A cos(ωt) δt + √(D δt) ξ), t the time before the step. The variance of the noise is D δt, so that the diffusivity is
/// D/2. Folding, the triangle wave of period 2, holds for steps of any length. First order in law under a drift towards a wall, exact without drift.
/// </summary>
/// <remarks>
/// As many particles as a vector has lanes go through all steps of a frame in registers. Four steps take three blocks of
/// <see cref="PhiloxVectors"/> of the particle's own stream, so that a particle's path depends on seed, member, frame and its number alone.
/// Floor per particle and step: three normal numbers.
/// </remarks>
/// <param name="particles">Number of particles N, at least 1.</param>
/// <param name="steps">Steps per frame, a positive multiple of 4; δt = 1/steps.</param>
public sealed class ParticleSolver(int particles, int steps = ParticleSolver.PublishedSteps) : FixedSizeSolver
{
    /// <summary>Steps of a frame in the published system: δt = 0.01.</summary>
    public const int PublishedSteps = 100;

    /// <summary>Position of the walls.</summary>
    public const double Wall = 0.5;

    private const int Dimensions = 3, StepsAtOnce = 20; // a multiple of 4

    private readonly int steps = steps > 0 && steps % 4 == 0 ? steps
        : throw new ArgumentOutOfRangeException(nameof(steps), steps, "A frame takes a positive multiple of 4 steps.");

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
    private void Move(Span<double> positions, double[] drift, double noise, ulong seed, uint member, uint frame)
    {
        if (Vector512.IsHardwareAccelerated)
            Move<Lanes512<float>, Lanes512<double>>(positions, drift, noise, seed, member, frame);
        else if (Vector256.IsHardwareAccelerated)
            Move<Lanes256<float>, Lanes256<double>>(positions, drift, noise, seed, member, frame);
        else
            Move<Lanes128<float>, Lanes128<double>>(positions, drift, noise, seed, member, frame);
    }

    internal unsafe void Move<V, D>(Span<double> positions, double[] drift, double noise, ulong seed, uint member, uint frame)
        where V : unmanaged, IVector<V, float>, IWords<V>
        where D : unmanaged, IVector<D, double>
    {
        var rest = stackalloc double[Dimensions * V.Count];
        fixed (double* x = positions)
            for (var first = 0; first < particles; first += V.Count)
            {
                if (first + V.Count <= particles)
                {
                    MoveTogether<V, D>(x + first, particles, drift, noise, seed, member, frame, first);
                    continue;
                }
                for (var c = 0; c < Dimensions; c++) // the last few, beside others that are dropped
                    positions[(c * particles + first)..((c + 1) * particles)].CopyTo(new Span<double>(rest + c * V.Count, V.Count));
                MoveTogether<V, D>(rest, V.Count, drift, noise, seed, member, frame, first);
                for (var c = 0; c < Dimensions; c++)
                    new Span<double>(rest + c * V.Count, particles - first).CopyTo(positions[(c * particles + first)..]);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void MoveTogether<V, D>(double* positions, int stride, double[] drift, double noise, ulong seed, uint member, uint frame, int first)
        where V : unmanaged, IVector<V, float>, IWords<V>
        where D : unmanaged, IVector<D, double>
    {
        var streams = PhiloxVectors.Streams<V>((uint)DrawPurpose.Solver << 24 | (uint)first);
        var σ = D.Of(noise);
        double* xs = positions, ys = xs + stride, zs = ys + stride;
        D x0 = D.Load(xs), x1 = D.Load(xs + D.Count), y0 = D.Load(ys), y1 = D.Load(ys + D.Count), z0 = D.Load(zs), z1 = D.Load(zs + D.Count);
        var normals = stackalloc float[Dimensions * StepsAtOnce * V.Count]; // [step, c, lane]
        fixed (double* drifts = drift)
        {
            double* u = drifts;
            var block = 0u;
            for (var left = steps; left > 0; left -= StepsAtOnce)
            {
                var count = Math.Min(StepsAtOnce, left);
                var ξ = normals;
                for (var end = block + (uint)(Dimensions * count / 4); block < end; ξ += 4 * V.Count)
                {
                    var (a, b, c, d) = PhiloxVectors.Normals(block++, member, frame, streams, seed);
                    a.Store(ξ);
                    b.Store(ξ + V.Count);
                    c.Store(ξ + 2 * V.Count);
                    d.Store(ξ + 3 * V.Count);
                }
                ξ = normals;
                for (var s = 0; s < count; s++, u += Dimensions, ξ += Dimensions * V.Count)
                {
                    x0 = Moved(x0, ξ, σ, u[0]);
                    x1 = Moved(x1, ξ + D.Count, σ, u[0]);
                    y0 = Moved(y0, ξ + V.Count, σ, u[1]);
                    y1 = Moved(y1, ξ + V.Count + D.Count, σ, u[1]);
                    z0 = Moved(z0, ξ + 2 * V.Count, σ, u[2]);
                    z1 = Moved(z1, ξ + 2 * V.Count + D.Count, σ, u[2]);
                }
            }
        }
        x0.Store(xs);
        x1.Store(xs + D.Count);
        y0.Store(ys);
        y1.Store(ys + D.Count);
        z0.Store(zs);
        z1.Store(zs + D.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe D Moved<D>(D x, float* ξ, D σ, double drift)
        where D : unmanaged, IVector<D, double> => Fold(x + D.Fused(σ, D.Widened(ξ), D.Of(drift)));

    /// <summary>Reflection at −½ and ½ as often as needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static D Fold<D>(D x)
        where D : unmanaged, IVector<D, double>
    {
        var magic = D.Of(6755399441055744.0); // adding 1.5·2⁵² rounds to an integer
        x = D.Fused(D.Fused(x, D.Of(0.5), magic) - magic, D.Of(-2.0), x); // −1 to 1
        x = D.Min(D.Of(1) - x, x); // with x as the second operand NaN stays NaN
        return D.Max(D.Of(-1) - x, x);
    }
}
