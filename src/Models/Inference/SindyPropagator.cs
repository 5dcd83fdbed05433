using System.Runtime.Intrinsics;

namespace LedCluster.Models.Inference;

/// <summary>
/// Sparse identification of nonlinear dynamics (Brunton et al. 2016, doi:10.1073/pnas.1517384113): dx/dτ = Ξ θ(x), or
/// x ← Ξ θ(x) from frame to frame, with polynomials θ of the latents scaled to [−1, 1] and τ in coarse frames. Integrated by the
/// classical Runge-Kutta method of fourth order in fixed steps.
/// </summary>
/// <remarks>
/// A member per SIMD lane, float32. Polynomials may blow up: a member beyond <see cref="Limit"/> training ranges is stopped, its
/// further latents are not numbers, and the worker reports it as failed with <see cref="Failure"/>. No memory.
/// </remarks>
/// <param name="library">The polynomials θ.</param>
/// <param name="coefficients">Ξ [d_z, terms].</param>
/// <param name="substeps">Steps per frame; 0 for a map.</param>
/// <param name="scaling">Scaling of the latents.</param>
public sealed class SindyPropagator(PolynomialLibrary library, float[] coefficients, int substeps, LatentScaling scaling) : TiledPropagator
{
    /// <summary>A member is stopped when a scaled latent leaves ± this.</summary>
    public const float Limit = 10;

    private const int Lanes = TileMembers; // Vector512<float>.Count

    /// <summary>The coefficients that are not 0, latent by latent: term and value.</summary>
    private readonly (int Term, float Value)[][] sparse =
        [.. coefficients.Chunk(library.Terms).Select(row => row.Select((value, term) => (term, value)).Where(c => c.value != 0).ToArray())];

    /// <inheritdoc />
    public override int LatentSize => scaling.Size;

    /// <inheritdoc />
    public override int MemorySize => 0;

    /// <inheritdoc />
    public override string Failure =>
        FormattableString.Invariant($"the identified equations blew up: a latent went {Limit} times beyond its training range, where the integration stops; ")
        + "shorten the macro legs, or identify with a lower degree or a larger threshold";

    /// <inheritdoc />
    protected override Tile Begin(int members) => new Members(this, members);

    /// <summary>Ξ θ(x) for all lanes.</summary>
    /// <param name="x">[d_z].</param>
    /// <param name="terms">Scratch [terms].</param>
    /// <param name="result">Receives [d_z].</param>
    private void Evaluate(Vector512<float>[] x, Vector512<float>[] terms, Vector512<float>[] result)
    {
        terms[0] = Vector512<float>.One;
        var products = library.Products;
        for (var i = 0; i < products.Length; i++)
            terms[i + 1] = terms[products[i].Shorter] * x[products[i].Variable];
        for (var k = 0; k < sparse.Length; k++)
        {
            var sum = Vector512<float>.Zero;
            foreach (var (term, value) in sparse[k])
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(value), terms[term], sum);
            result[k] = sum;
        }
    }

    private int Terms => library.Terms;

    private LatentScaling Scaling => scaling;

    private int Substeps => substeps;

    private sealed class Members(SindyPropagator owner, int members) : Tile(members)
    {
        private readonly int d = owner.LatentSize, count = members;
        private readonly Vector512<float>[] x = new Vector512<float>[owner.LatentSize], at = new Vector512<float>[owner.LatentSize];
        private readonly Vector512<float>[] slope = new Vector512<float>[owner.LatentSize], sum = new Vector512<float>[owner.LatentSize];
        private readonly Vector512<float>[] terms = new Vector512<float>[owner.Terms];

        public override void Load(ReadOnlySpan<float> memory)
        {
        }

        public override void Save(Span<float> memory)
        {
        }

        public override void Consume(ReadOnlySpan<float> latents)
        {
            for (var k = 0; k < d; k++)
                for (var m = 0; m < count; m++)
                    x[k] = x[k].WithElement(m, 2 * ((latents[m * d + k] - owner.Scaling.Low[k]) / (owner.Scaling.High[k] - owner.Scaling.Low[k])) - 1);
        }

        public override void Predict(Span<float> latents)
        {
            if (owner.Substeps == 0)
                owner.Evaluate(x, terms, at);
            for (var s = 0; s < owner.Substeps; s++)
                Step(1f / owner.Substeps);
            if (owner.Substeps == 0)
                at.CopyTo(x, 0);

            var inside = Vector512<int>.AllBitsSet;
            for (var k = 0; k < d; k++)
                inside &= Vector512.LessThanOrEqual(Vector512.Abs(x[k]), Vector512.Create(Limit)).AsInt32();
            for (var m = 0; m < count; m++)
                for (var k = 0; k < d; k++)
                    latents[m * d + k] = inside[m] == 0 ? float.NaN : MathF.FusedMultiplyAdd(
                        0.5f * (x[k][m] + 1), owner.Scaling.High[k] - owner.Scaling.Low[k], owner.Scaling.Low[k]);
        }

        private void Step(float h)
        {
            Slope(x, 0, 1);
            Slope(at, 0.5f, 2);
            Slope(at, 0.5f, 2);
            Slope(at, 1, 1);
            for (var k = 0; k < d; k++)
                x[k] = Vector512.FusedMultiplyAdd(Vector512.Create(h / 6), sum[k], x[k]);

            // The slope at x plus a part of the step along the slope before; it counts with a weight.
            void Slope(Vector512<float>[] from, float part, float weight)
            {
                if (part != 0)
                    for (var k = 0; k < d; k++)
                        at[k] = Vector512.FusedMultiplyAdd(Vector512.Create(part * h), slope[k], x[k]);
                owner.Evaluate(from, terms, slope);
                for (var k = 0; k < d; k++)
                    sum[k] = part == 0 ? slope[k] : Vector512.FusedMultiplyAdd(Vector512.Create(weight), slope[k], sum[k]);
            }
        }
    }
}
