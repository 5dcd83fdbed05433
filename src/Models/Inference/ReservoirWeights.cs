using LedCluster.Domain.Randomness;

namespace LedCluster.Models.Inference;

/// <summary>
/// The random weights of a reservoir, a function of the seed alone: sparse recurrent weights W, uniform in [0, 1) and then
/// scaled to a spectral radius, and input weights, uniform, of which every unit has one.
/// </summary>
public sealed class ReservoirWeights
{
    private const uint InputStream = 20, RecurrentStream = 21;
    private const int Iterations = 10_000;
    private const double Tolerance = 1e-12;

    /// <summary>Draws the weights.</summary>
    /// <param name="units">Number of units N, a multiple of the latents.</param>
    /// <param name="latents">Latent dimension d_z.</param>
    /// <param name="degree">Mean number of units that a unit listens to.</param>
    /// <param name="spectralRadius">Spectral radius of W.</param>
    /// <param name="inputScale">Input weights are uniform in ± this.</param>
    /// <param name="seed">Seed.</param>
    public ReservoirWeights(int units, int latents, double degree, double spectralRadius, double inputScale, ulong seed)
    {
        (Units, Latents) = (units, latents);
        var random = new Philox(seed, 0, 0, InputStream);
        Input = new float[units];
        for (var i = 0; i < units; i++)
            Input[i] = (float)random.NextUniform(-inputScale, inputScale);

        var (columns, values, first) = (new List<int>(), new List<double>(), new int[units + 1]);
        for (var i = 0; i < units; i++)
        {
            // Gaps between independent trials of one probability, so that the work is that of the entries and not of all places.
            random = new Philox(seed, (uint)i, 0, RecurrentStream);
            for (var j = Gap(); j < units; j += 1 + Gap())
            {
                columns.Add((int)j);
                values.Add(random.NextUniform());
            }
            first[i + 1] = columns.Count;
        }
        (Columns, First) = ([.. columns], first);
        var radius = Radius(first, Columns, values);
        Values = [.. values.Select(v => radius > 0 ? (float)(v * spectralRadius / radius) : 0)];

        double Gap() => degree >= units ? 0 : Math.Floor(Math.Log(1 - random.NextUniform()) / Math.Log(1 - degree / units));
    }

    /// <summary>Number of units N.</summary>
    public int Units { get; }

    /// <summary>Latent dimension d_z; latent k drives units kN/d_z to (k + 1)N/d_z − 1.</summary>
    public int Latents { get; }

    /// <summary>Input weight of each unit.</summary>
    public float[] Input { get; }

    /// <summary>Where each unit's recurrent weights begin, and the end, [N + 1].</summary>
    public int[] First { get; }

    /// <summary>Units listened to.</summary>
    public int[] Columns { get; }

    /// <summary>Recurrent weights.</summary>
    public float[] Values { get; }

    /// <summary>
    /// Spectral radius by power iteration: of a matrix without negative entries it is an eigenvalue itself (Perron, Frobenius).
    /// W + I instead of W, so that the iteration also converges where other eigenvalues have the same modulus.
    /// </summary>
    private static double Radius(int[] first, int[] columns, List<double> values)
    {
        var (x, y, norm) = (new double[first.Length - 1], new double[first.Length - 1], 0.0);
        Array.Fill(x, 1.0);
        for (var k = 0; k < Iterations; k++)
        {
            var (before, largest) = (norm, 0.0);
            for (var i = 0; i < x.Length; i++)
            {
                var sum = x[i];
                for (var e = first[i]; e < first[i + 1]; e++)
                    sum += values[e] * x[columns[e]];
                y[i] = sum;
                largest = Math.Max(largest, sum);
            }
            norm = largest;
            for (var i = 0; i < x.Length; i++)
                x[i] = y[i] / norm;
            if (Math.Abs(norm - before) <= Tolerance * norm)
                break;
        }
        return norm - 1;
    }
}
