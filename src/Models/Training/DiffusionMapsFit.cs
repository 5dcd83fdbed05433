using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace LedCluster.Models.Training;

/// <summary>
/// Diffusion maps of the training frames: with K_ij = exp(−|s_i − s_j|²/ε²), q = K1 and w = q^−α, the Markov chain
/// P = D⁻¹K̃, K̃_ij = w_i K_ij w_j, D = K̃1. P is similar to the symmetric D^−½ K̃ D^−½, whose eigenvectors v give ψ = D^−½ v.
/// </summary>
internal static class DiffusionMapsFit
{
    private const double LeastEigenvalue = 1e-4, LeastGap = 1e-6;

    /// <summary>
    /// Arrays of the reduction. Coordinates have mean 0 and deviation 1 under the chain's stationary distribution D/ΣD, and
    /// each one's largest entry is positive.
    /// </summary>
    /// <param name="shape">The architecture.</param>
    /// <param name="set">Fields to fit.</param>
    /// <param name="skip">Frames left out at the beginning of each trajectory.</param>
    /// <exception cref="InvalidDataException">There are too few frames, or the kernel is too narrow or too wide.</exception>
    public static IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Arrays(DiffusionMapsArchitecture shape, TrainingSet set, int skip)
    {
        var (frames, n) = (set.Frames - skip, shape.Samples);
        if ((long)frames * set.Trajectories.Length is var total && total < n)
            throw new InvalidDataException(
                $"The recipe asks for diffusion maps on {n} samples, but there are {total} training frames after those skipped. "
                + "Lower reduction.samples, or raise data.members or data.frames.");
        var samples = new float[n * set.Size];
        for (var i = 0; i < n; i++)
        {
            var frame = (int)(i * total / n);
            set.Trajectories[frame / frames].AsSpan((skip + frame % frames) * set.Size, set.Size).CopyTo(samples.AsSpan(i * set.Size));
        }
        return Arrays(shape, samples);
    }

    /// <summary>The same for given samples [n, C·X].</summary>
    public static IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Arrays(DiffusionMapsArchitecture shape, float[] samples)
    {
        var (n, d) = (shape.Samples, shape.LatentSize);
        var squares = SquaredDistances(samples, n);
        var width = shape.KernelScale * Median(squares.Storage.ToRowMajorArray());
        if (!(width > 0))
            throw new InvalidDataException(
                $"At least half of the {n} samples of the diffusion maps are the same field, so the kernel has no scale. "
                + "Give other data.");
        var kernel = squares.Map(square => Math.Exp(-square / (width * width)));
        var weights = kernel.RowSums().Map(q => Math.Pow(q / n, -shape.DensityExponent));
        kernel.MapIndexedInplace((i, j, k) => k * weights[i] * weights[j]);
        var (degree, root) = (kernel.RowSums(), kernel.RowSums().PointwiseSqrt());
        kernel.MapIndexedInplace((i, j, k) => k / (root[i] * root[j]));
        var basis = kernel.Evd(Symmetricity.Symmetric);

        var eigenvalues = Enumerable.Range(1, d).Select(k => basis.EigenValues[n - 1 - k].Real).ToArray(); // they ascend; the first, 1, is trivial
        if (eigenvalues[0] > 1 - LeastGap)
            throw new InvalidDataException(
                $"The samples of the diffusion maps form separate groups: λ_1 is 1 to {LeastGap:G1}, so the kernel does not connect the "
                + $"groups. Raise reduction.kernelScale above {shape.KernelScale}, or use more samples.");
        if (eigenvalues[^1] < LeastEigenvalue)
            throw new InvalidDataException(
                $"The kernel of the diffusion maps is too wide for {d} coordinates: λ_{d} is {eigenvalues[^1]:G2}, "
                + $"and Nyström's extension divides by it. Lower reduction.kernelScale below {shape.KernelScale}, or reduction.latentSize.");
        var coordinates = new float[n * d];
        for (var k = 0; k < d; k++)
        {
            var ψ = basis.EigenVectors.Column(n - 2 - k).PointwiseDivide(root) * Math.Sqrt(degree.Sum());
            var sign = Math.Sign(ψ[ψ.AbsoluteMaximumIndex()]);
            for (var i = 0; i < n; i++)
                coordinates[i * d + k] = (float)(sign * ψ[i]);
        }
        return new Dictionary<string, (long[], float[])>
        {
            ["samples"] = ([n, samples.Length / n], samples),
            ["weights"] = ([n], [.. weights.Select(w => (float)w)]),
            ["coordinates"] = ([n, d], coordinates),
            ["eigenvalues"] = ([d], [.. eigenvalues.Select(λ => (float)λ)]),
            ["width"] = ([1], [(float)width]),
        };
    }

    private static Matrix<double> SquaredDistances(float[] samples, int n)
    {
        var kernel = new DiffusionKernel(samples, Enumerable.Repeat(1f, n).ToArray(), width: 1);
        var (squares, x, row) = (new DenseMatrix(n, n), new double[kernel.Size], new double[kernel.Stride]);
        for (var i = 0; i < n; i++)
        {
            for (var p = 0; p < x.Length; p++)
                x[p] = kernel.Sample(i, p);
            kernel.Products(x, row);
            for (var j = 0; j <= i; j++)
                squares[i, j] = squares[j, i] = i == j ? 0 : Math.Max(0, kernel.Square(i) + kernel.Square(j) - 2 * row[j]);
        }
        return squares;
    }

    /// <summary>Median of the distances between all pairs, those of samples to themselves included (as the reference code has it).</summary>
    private static double Median(double[] squares)
    {
        Array.Sort(squares);
        return (Math.Sqrt(squares[(squares.Length - 1) / 2]) + Math.Sqrt(squares[squares.Length / 2])) / 2;
    }
}
