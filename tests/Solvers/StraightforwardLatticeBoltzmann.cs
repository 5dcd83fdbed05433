namespace LedCluster.Solvers.Tests;

/// <summary>
/// The D1Q3 scheme written down as it stands in the literature, one population and one point at a time, with arrays that
/// really move; an independent reference for the vectorised solver.
/// </summary>
internal sealed class StraightforwardLatticeBoltzmann
{
    private const double Δx = 0.2, Δt = 0.005, ε = 0.006, A0 = -0.03, A1 = 2;
    private const int N = 101;
    private readonly double[,,] f = new double[2, 3, N]; // species, direction 0 + −, point
    private static readonly double[] ω = [2 / (1 + 3 * 1 * Δt / (Δx * Δx)), 2 / (1 + 3 * 4 * Δt / (Δx * Δx))];

    public StraightforwardLatticeBoltzmann(ReadOnlySpan<double> fields)
    {
        for (var s = 0; s < 2; s++)
            for (var i = 0; i < 3; i++)
                for (var j = 0; j < N; j++)
                    f[s, i, j] = fields[s * N + j] / 3;
    }

    public double Density(int species, int j) => f[species, 0, j] + f[species, 1, j] + f[species, 2, j];

    public void Step()
    {
        var post = new double[2, 3, N];
        for (var j = 0; j < N; j++)
        {
            double u = Density(0, j), v = Density(1, j);
            double[] reaction = [u - u * u * u - v, ε * (u - A1 * v - A0)];
            for (var s = 0; s < 2; s++)
                for (var i = 0; i < 3; i++)
                    post[s, i, j] = f[s, i, j] - ω[s] * (f[s, i, j] - (s == 0 ? u : v) / 3) + Δt / 3 * reaction[s];
        }
        for (var s = 0; s < 2; s++)
        {
            for (var j = 0; j < N; j++)
                f[s, 0, j] = post[s, 0, j];
            f[s, 1, 0] = post[s, 1, 0];
            for (var j = 1; j < N; j++)
                f[s, 1, j] = post[s, 1, j - 1];
            for (var j = 0; j < N - 1; j++)
                f[s, 2, j] = post[s, 2, j + 1];
            f[s, 2, N - 1] = f[s, 1, N - 1];
        }
    }
}
