using System.Collections.Immutable;
using LedCluster.Domain.Randomness;

namespace LedCluster.Solvers.KuramotoSivashinsky;

/// <summary>
/// An initial condition as a sum of waves, u(x) = Σ_k c_k cos(kx′) + s_k sin(kx′), x′ = 2πx/L, without a mean. Dimensionless.
/// </summary>
/// <param name="Name">Name of a reference, or <c>random</c>.</param>
/// <param name="Cosines">c_k, k = 1, 2, ….</param>
/// <param name="Sines">s_k, k = 1, 2, …; as many.</param>
public sealed record KuramotoSivashinskySpectrum(string Name, ImmutableArray<double> Cosines, ImmutableArray<double> Sines)
{
    /// <summary>
    /// ⟨|û_k|²⟩ on the attractor of L = 22, k = 1..8; the variance is twice the sum. Means over 64 members and 10,000 units, to
    /// about 1 %.
    /// </summary>
    public static ImmutableArray<double> AttractorEnergy { get; } = [0.0404, 0.3106, 0.2247, 0.1060, 0.01606, 0.004587, 7.376e-4, 1.333e-4];

    /// <summary>
    /// The named initial conditions. The first, the test of the literature, is odd about x′ = π/2, a symmetry that the equation
    /// keeps and only round-off breaks; the others have none.
    /// </summary>
    public static ImmutableArray<KuramotoSivashinskySpectrum> References { get; } =
    [
        new("kassam-trefethen", [1, 0], [0, 0.5]),                // cos x′ (1 + sin x′)
        new("two-waves", [0, 1.2, 0], [0, 0, 0.8]),               // 1.2 cos 2x′ + 0.8 sin 3x′
        new("three-waves", [0.4, 0, 1, 0.3], [0, 0.9, 0.2, 0]),
        new("ripple", [0.1, 0, 0.02], [0.03, 0.05, 0]),           // close to u = 0, which is unstable for k = 1..3
    ];

    /// <summary>
    /// The random family: independent normal c_k and s_k of variance 2⟨|û_k|²⟩, k = 1..8, so that size and smoothness are the
    /// attractor's from the start while the phases are not yet related. How long they take to relax is in docs/methods.md.
    /// </summary>
    /// <param name="seed">Seed of the ensemble.</param>
    /// <param name="member">Index of the member; its field depends on nothing else.</param>
    public static KuramotoSivashinskySpectrum Random(ulong seed, int member)
    {
        var random = new Philox(seed, (uint)member, step: 0, stream: 0);
        var (cosines, sines) = (new double[AttractorEnergy.Length], new double[AttractorEnergy.Length]);
        for (var k = 0; k < cosines.Length; k++)
        {
            var deviation = Math.Sqrt(2 * AttractorEnergy[k]);
            (cosines[k], sines[k]) = (deviation * random.NextNormal(), deviation * random.NextNormal());
        }
        return new KuramotoSivashinskySpectrum("random", [.. cosines], [.. sines]);
    }

    /// <summary>The field on a periodic grid, whatever its length L.</summary>
    /// <param name="fields">Receives u [n].</param>
    public void Sample(Span<double> fields)
    {
        for (var j = 0; j < fields.Length; j++)
        {
            fields[j] = 0;
            for (var k = 1; k <= Cosines.Length; k++)
            {
                var angle = 2 * Math.PI * (k * j % fields.Length) / fields.Length;
                fields[j] += Cosines[k - 1] * Math.Cos(angle) + Sines[k - 1] * Math.Sin(angle);
            }
        }
    }
}
