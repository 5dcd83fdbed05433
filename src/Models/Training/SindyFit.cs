using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using MathNet.Numerics.Interpolation;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace LedCluster.Models.Training;

/// <summary>
/// Sparse identification by sequentially thresholded least squares: regress, drop the small coefficients of each equation,
/// regress on those left until none is dropped, and a last time with another ridge, by default one against round-off alone.
/// </summary>
internal static class SindyFit
{
    private const int Iterations = 20, SamplesPerTerm = 10, LargestLibrary = 3000;

    /// <summary>Arrays of the propagator.</summary>
    /// <param name="shape">The architecture.</param>
    /// <param name="set">Latents to fit.</param>
    /// <param name="options">Options of the fit.</param>
    /// <param name="skip">Frames left out at the beginning of each trajectory.</param>
    /// <exception cref="InvalidDataException">The library is too large for the data, or every coefficient is below the threshold.</exception>
    public static IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Arrays(SindyArchitecture shape, LatentSet set, FitOptions options, int skip)
    {
        var d = set.LatentSize;
        if (shape.Fault is { } fault)
            throw new InvalidDataException($"The recipe's SINDy cannot be fitted: {fault}.");
        if (options.Interpolation is < 1 or > 100 || !(options.Threshold >= 0) || !(options.SparseRidge >= 0) || !(options.LastRidge > 0))
            throw new InvalidDataException(
                $"The recipe's fit has interpolation {options.Interpolation}, threshold {options.Threshold}, sparseRidge {options.SparseRidge}, "
                + $"lastRidge {options.LastRidge}; give 1 to 100, numbers from 0, and a positive lastRidge.");
        var samples = set.Trajectories.Sum(path => path.Length / d - skip);
        var terms = PolynomialLibrary.Count(d, shape.Degree);
        if (terms > LargestLibrary || SamplesPerTerm * terms > samples)
            throw new InvalidDataException(
                $"A polynomial library of degree {shape.Degree} in {d} latents has {terms:N0} terms, but there are {samples:N0} frames; "
                + $"at most {Math.Min(LargestLibrary, samples / SamplesPerTerm):N0} terms can be identified. "
                + "Lower propagator.degree, reduce to fewer latents, or raise data.members or data.frames.");
        var library = new PolynomialLibrary(d, shape.Degree);
        var sums = new NormalEquations(library.Terms, d);
        foreach (var path in set.Trajectories)
            Add(path.AsSpan(skip * d).ToArray(), shape.Discrete ? null : options.Interpolation);
        var coefficients = Sparse(sums.Gram(), sums.Moments(), options);
        return new Dictionary<string, (long[], float[])>
        {
            ["coefficients"] = (
                [d, library.Terms],
                [.. Enumerable.Range(0, d * library.Terms).Select(i => (float)coefficients[i % library.Terms, i / library.Terms])]),
        };

        void Add(double[] path, int? interpolation)
        {
            var x = Array.ConvertAll(path, s => 2 * s - 1);
            if (interpolation is > 1 and { } factor)
                x = Refine(x, d, factor);
            var frames = x.Length / d;
            for (var f = 0; f < frames - (shape.Discrete ? 1 : 0); f++)
            {
                var next = sums.Next();
                library.Evaluate(x.AsSpan(f * d, d), next);
                for (var k = 0; k < d; k++)
                    next[library.Terms + k] = interpolation is { } steps ? steps * Slope(x, d, frames, f, k) : x[(f + 1) * d + k];
            }
        }
    }

    /// <summary>Second-order finite differences, one-sided at the ends, per step.</summary>
    private static double Slope(double[] x, int d, int frames, int f, int k)
    {
        double At(int frame) => x[frame * d + k];
        return f == 0 ? -1.5 * At(0) + 2 * At(1) - 0.5 * At(2)
            : f == frames - 1 ? 1.5 * At(f) - 2 * At(f - 1) + 0.5 * At(f - 2)
            : 0.5 * (At(f + 1) - At(f - 1));
    }

    /// <summary>A cubic spline through the frames, at a factor as many points.</summary>
    private static double[] Refine(double[] x, int d, int factor)
    {
        var frames = x.Length / d;
        var fine = new double[((frames - 1) * factor + 1) * d];
        var times = Enumerable.Range(0, frames).Select(f => (double)f).ToArray();
        for (var k = 0; k < d; k++)
        {
            var spline = CubicSpline.InterpolateNaturalSorted(times, [.. Enumerable.Range(0, frames).Select(f => x[f * d + k])]);
            for (var i = 0; i < fine.Length / d; i++)
                fine[i * d + k] = i % factor == 0 ? x[i / factor * d + k] : spline.Interpolate((double)i / factor);
        }
        return fine;
    }

    private static Matrix<double> Sparse(Matrix<double> gram, Matrix<double> moments, FitOptions options)
    {
        var result = DenseMatrix.Create(gram.RowCount, moments.ColumnCount, 0);
        for (var k = 0; k < moments.ColumnCount; k++)
        {
            var active = Enumerable.Range(0, gram.RowCount).ToArray();
            for (var i = 0; i < Iterations; i++)
            {
                var column = Regress(gram, moments, k, active, options.SparseRidge);
                var kept = active.Where((_, a) => Math.Abs(column[a]) >= options.Threshold).ToArray();
                if (kept.Length == 0)
                    throw new InvalidDataException($"Every coefficient of latent {k} is below fit.threshold = {options.Threshold}. Lower it.");
                if (kept.Length == active.Length)
                    break;
                active = kept;
            }
            var last = Regress(gram, moments, k, active, options.LastRidge * gram[0, 0]);
            for (var a = 0; a < active.Length; a++)
                result[active[a], k] = last[a];
        }
        return result;
    }

    private static double[] Regress(Matrix<double> gram, Matrix<double> moments, int k, int[] active, double ridge) =>
        [.. NormalEquations.Solve(
            DenseMatrix.Create(active.Length, active.Length, (i, j) => gram[active[i], active[j]]),
            DenseMatrix.Create(active.Length, 1, (i, _) => moments[active[i], k]), ridge).Column(0)];
}
