using LedCluster.Models.Checkpoints;

namespace LedCluster.Models.Training;

/// <summary>Principal components of the training frames: eigenvectors of the covariance of centred, scaled fields.</summary>
internal static class PrincipalComponentsFit
{
    /// <summary>Arrays of the reduction; each component's largest entry is positive.</summary>
    /// <param name="shape">The architecture.</param>
    /// <param name="set">Fields to fit.</param>
    /// <param name="skip">Frames left out at the beginning of each trajectory.</param>
    /// <exception cref="InvalidDataException">More components are wanted than there are numbers per field.</exception>
    public static IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Arrays(PrincipalComponentsArchitecture shape, TrainingSet set, int skip)
    {
        if (shape.LatentSize > set.Size)
            throw new InvalidDataException($"The recipe wants {shape.LatentSize} principal components, but a field has {set.Size} numbers. Lower reduction.latentSize.");
        var sums = new NormalEquations(set.Size, 1);
        foreach (var trajectory in set.Trajectories)
            for (var f = skip; f < set.Frames; f++)
            {
                var next = sums.Next();
                for (var j = 0; j < set.Size; j++)
                    next[j] = trajectory[f * set.Size + j] - 0.5; // about the middle, which keeps digits
                next[set.Size] = 1;
            }
        var mean = sums.Moments().Column(0) / sums.Samples;
        var basis = (sums.Gram() / sums.Samples - mean.OuterProduct(mean)).Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric);
        var components = new float[shape.LatentSize * set.Size];
        for (var k = 0; k < shape.LatentSize; k++)
        {
            var vector = basis.EigenVectors.Column(set.Size - 1 - k); // eigenvalues ascend
            var sign = Math.Sign(vector[vector.AbsoluteMaximumIndex()]);
            for (var j = 0; j < set.Size; j++)
                components[k * set.Size + j] = (float)(sign * vector[j]);
        }
        return new Dictionary<string, (long[], float[])>
        {
            ["components"] = ([shape.LatentSize, set.Size], components),
            ["mean"] = ([set.Size], [.. mean.Select(m => (float)(m + 0.5))]),
        };
    }
}
