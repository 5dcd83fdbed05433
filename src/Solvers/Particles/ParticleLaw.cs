using LedCluster.Domain.Randomness;

namespace LedCluster.Solvers.Particles;

/// <summary>
/// What a particle's position is distributed as when its start is forgotten (from about 1/D on, 10 Δt by default): the coordinates are
/// independent, and the law of each is a function of the flow's clock alone, periodic with 2π/ω; without flow it is even. Computed by
/// <see cref="FoldedChain"/> for the scheme with δt = 0.01, not for the equation.
/// </summary>
public sealed class ParticleLaw
{
    /// <summary>D times the time after which the start is forgotten: the slowest wave has decayed by e^(−π²/2), to 0.7 %.</summary>
    private const double Forgotten = 1;

    /// <summary>Snapshots of a period at most; each holds up to 1,000 numbers.</summary>
    private const int MostSnapshots = 10_000;

    private const int Steps = ParticleSolver.PublishedSteps;

    private readonly double[][][] series = new double[3][][]; // [component][snapshot][wave]
    private readonly double[] periods = new double[3];

    /// <summary>Computes the law.</summary>
    /// <param name="parameters">Parameters of a member, of which the flow and D count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The noise is too weak: D is below 8.2e-4.</exception>
    public ParticleLaw(ReadOnlySpan<double> parameters)
    {
        var variance = ParticlesSystem.Diffusion(parameters) / Steps;
        for (var c = 0; c < series.Length; c++)
        {
            var (amplitude, frequency) = ParticlesSystem.Flow(parameters, c);
            periods[c] = amplitude == 0 || frequency == 0 ? 1.0 / Steps : 2 * Math.PI / frequency;
            var chain = new FoldedChain(variance);
            var snapshots = (int)Math.Ceiling(periods[c] * Steps) + 1;
            var forgetting = amplitude == 0 ? 0 : (int)(2 * Forgotten / ParticlesSystem.Diffusion(parameters) * Steps);
            series[c] = new double[snapshots][];
            for (var s = -forgetting; s < snapshots; s++)
            {
                if (s >= 0)
                    series[c][s] = chain.Series.ToArray();
                chain.Step(amplitude * Math.Cos(frequency * s / Steps) / Steps);
            }
        }
    }

    /// <summary>Whether the law is computed: the start is forgotten by then, the noise is not too weak (D at least 8.2e-4) and no period too long.</summary>
    /// <param name="time">Time since the start.</param>
    /// <param name="parameters">Parameters of a member.</param>
    public static bool IsKnown(double time, ReadOnlySpan<double> parameters)
    {
        var diffusion = ParticlesSystem.Diffusion(parameters);
        for (var c = 0; c < 3; c++)
        {
            var (amplitude, frequency) = ParticlesSystem.Flow(parameters, c);
            if (amplitude != 0 && frequency != 0 && 2 * Math.PI / frequency * Steps > MostSnapshots)
                return false;
        }
        return diffusion >= FoldedChain.WeakestNoise * Steps && diffusion * time >= Forgotten;
    }

    /// <summary>Masses [1024] of a coordinate's cells.</summary>
    /// <param name="component">0 to 2 for x, y, z.</param>
    /// <param name="time">What the clock of the flow shows.</param>
    public double[] Mass(int component, double time)
    {
        var at = (time - periods[component] * Math.Floor(time / periods[component])) * Steps;
        var s = Math.Min((int)at, series[component].Length - 2);
        var (before, after, part) = (series[component][s], series[component][s + 1], at - s);
        return FoldedChain.Mass([.. before.Zip(after, (b, a) => (1 - part) * b + part * a)]);
    }

    /// <summary>Differential entropy of a particle's position at a time, in nats.</summary>
    public double Entropy(double time) => Enumerable.Range(0, series.Length).Sum(c => FoldedChain.Entropy(Mass(c, time)));

    /// <summary>Draws particles.</summary>
    /// <param name="time">What the clock of the flow shows.</param>
    /// <param name="random">Where random numbers come from.</param>
    /// <param name="fields">Receives positions [3, N].</param>
    public void Draw(double time, ref Philox random, Span<double> fields)
    {
        var (cumulated, particles) = (new double[FoldedChain.Cells], fields.Length / series.Length);
        for (var c = 0; c < series.Length; c++)
        {
            var (mass, sum) = (Mass(c, time), 0.0);
            for (var j = 0; j < mass.Length; j++)
                cumulated[j] = sum += mass[j];
            for (var i = 0; i < particles; i++)
            {
                var u = random.NextUniform() * sum;
                var found = Array.BinarySearch(cumulated, u);
                var cell = Math.Min(found >= 0 ? found : ~found, FoldedChain.Cells - 1);
                var within = mass[cell] > 0 ? 1 - (cumulated[cell] - u) / mass[cell] : 0.5;
                fields[c * particles + i] = (cell + within) / FoldedChain.Cells - ParticleSolver.Wall;
            }
        }
    }
}
