using System.Numerics.Tensors;
using LedCluster.Models.Checkpoints;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace LedCluster.Models.Training;

/// <summary>Principal components of the training frames: eigenvectors of the covariance of centred, scaled fields.</summary>
internal static class PrincipalComponentsFit
{
    /// <summary>Name of the array of components.</summary>
    public const string ComponentsName = "components";

    /// <summary>Arrays of the reduction; each component's largest entry is positive.</summary>
    /// <param name="shape">The architecture.</param>
    /// <param name="set">Fields to fit.</param>
    /// <param name="skip">Frames left out at the beginning of each trajectory.</param>
    /// <param name="fit">Every how many frames one counts, and whether components are rounded.</param>
    /// <exception cref="InvalidDataException">More components are wanted than there are numbers per field, or every is not positive.</exception>
    public static IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Arrays(
        PrincipalComponentsArchitecture shape, TrainingSet set, int skip, FitOptions fit)
    {
        var every = fit.Every;
        if (every < 1)
            throw new InvalidDataException($"The recipe's fit.every is {every}. Give 1 for principal components of all frames, or a larger number for fewer.");
        if (shape.LatentSize > set.Size)
            throw new InvalidDataException(
                $"The recipe asks for {shape.LatentSize} principal components, but a field has {set.Size} numbers. Lower reduction.latentSize.");
        var samples = set.Trajectories.Length * Kept(set, skip, every);
        var (mean, vectors) = samples < set.Size ? OfSnapshots(shape.LatentSize, set, skip, every) : OfCovariance(shape.LatentSize, set, skip, every);
        var components = new float[shape.LatentSize * set.Size];
        for (var k = 0; k < shape.LatentSize; k++)
        {
            var sign = Math.Sign(vectors[k].MaxBy(Math.Abs));
            for (var j = 0; j < set.Size; j++)
                components[k * set.Size + j] = fit.HalfPrecision ? (float)(Half)(sign * vectors[k][j]) : (float)(sign * vectors[k][j]);
        }
        return new Dictionary<string, (long[], float[])>
        {
            [ComponentsName] = ([shape.LatentSize, set.Size], components),
            ["mean"] = ([set.Size], [.. mean.Select(m => (float)m)]),
        };
    }

    /// <summary>Mean, and eigenvectors of the covariance of numbers, for fields with fewer numbers than there are frames.</summary>
    private static (double[] Mean, double[][] Vectors) OfCovariance(int count, TrainingSet set, int skip, int every)
    {
        var sums = new NormalEquations(set.Size, 1);
        foreach (var trajectory in set.Trajectories)
            for (var f = skip; f < set.Frames; f += every)
            {
                var next = sums.Next();
                for (var j = 0; j < set.Size; j++)
                    next[j] = trajectory[f * set.Size + j] - 0.5; // about the middle, which keeps digits
                next[set.Size] = 1;
            }
        var mean = sums.Moments().Column(0) / sums.Samples;
        var basis = (sums.Gram() / sums.Samples - mean.OuterProduct(mean)).Evd(Symmetricity.Symmetric);
        return (
            [.. mean.Select(m => m + 0.5)],
            [.. Enumerable.Range(0, count).Select(k => basis.EigenVectors.Column(set.Size - 1 - k).ToArray())]); // eigenvalues ascend
    }

    /// <summary>
    /// The same for fewer frames than numbers: φ_k = Σ_f a_f x_f/√λ_k, with the eigenvectors a and eigenvalues λ of the frames' products
    /// x_f·x_g (method of snapshots, Sirovich 1987, doi:10.1090/qam/910462).
    /// </summary>
    private static (double[] Mean, double[][] Vectors) OfSnapshots(int count, TrainingSet set, int skip, int every)
    {
        var (kept, size) = (Kept(set, skip, every), set.Size);
        var samples = set.Trajectories.Length * kept;
        if (count >= samples)
            throw new InvalidDataException(
                $"The recipe asks for {count} principal components, but trains on {samples} frames. Lower reduction.latentSize or fit.every, "
                + "or raise data.frames.");
        ReadOnlySpan<float> Frame(int s) => set.Trajectories[s / kept].AsSpan((skip + s % kept * every) * size, size);
        var mean = new double[size];
        for (var s = 0; s < samples; s++)
            TensorPrimitives.Add(mean, Wide(Frame(s)), mean);
        TensorPrimitives.Divide(mean, samples, mean);
        const int block = 4096; // numbers of each frame at a time: all frames' pieces stay in the cache
        var (products, pieces) = (new double[samples, samples], new double[samples * block]);
        for (var first = 0; first < size; first += block)
        {
            var width = Math.Min(block, size - first);
            for (var s = 0; s < samples; s++)
            {
                var piece = pieces.AsSpan(s * block, width);
                TensorPrimitives.Subtract(Wide(Frame(s).Slice(first, width)), mean.AsSpan(first, width), piece);
            }
            for (var s = 0; s < samples; s++)
                for (var t = 0; t <= s; t++)
                    products[s, t] += TensorPrimitives.Dot<double>(pieces.AsSpan(s * block, width), pieces.AsSpan(t * block, width));
        }
        var basis = DenseMatrix.Create(samples, samples, (s, t) => products[Math.Max(s, t), Math.Min(s, t)]).Evd(Symmetricity.Symmetric);
        var vectors = new double[count][];
        for (var k = 0; k < count; k++)
        {
            var (weights, vector) = (basis.EigenVectors.Column(samples - 1 - k), vectors[k] = new double[size]);
            for (var s = 0; s < samples; s++)
            {
                var centred = Wide(Frame(s));
                TensorPrimitives.Subtract(centred, mean, centred);
                TensorPrimitives.MultiplyAdd(centred, weights[s], vector, vector);
            }
            TensorPrimitives.Divide(vector, TensorPrimitives.Norm<double>(vector), vector);
        }
        return (mean, vectors);
    }

    private static int Kept(TrainingSet set, int skip, int every) => (set.Frames - skip + every - 1) / every;

    private static double[] Wide(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        TensorPrimitives.ConvertTruncating(values, (Span<double>)wide);
        return wide;
    }
}
