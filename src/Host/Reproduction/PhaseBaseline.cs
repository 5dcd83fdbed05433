using System.Text.Json.Nodes;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.Particles;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Particles from the phase of the flow alone, without a model: those of the frame of a model's training data with the nearest phase. This is the best that a
/// decoder from the cosines and sines of the two phases could learn from the same data, and it is given the phase.
/// </summary>
internal sealed class PhaseBaseline
{
    private readonly (double Phase, float[] Points)[] frames; // in the order of the phases
    private readonly double period;

    /// <summary>Simulates the training data again.</summary>
    /// <param name="training">The training's record in the model's manifest.</param>
    /// <param name="particles">Particles that are handed out: the first of them.</param>
    public PhaseBaseline(JsonObject training, int particles)
    {
        var system = new ParticlesSystem();
        var (data, clock) = (training["recipe"]!["data"]!, system.Parameters.Index().Single(p => p.Item.IsClock));
        var (seed, members, last, skip) = ((ulong)training["seed"]!, (int)data["members"]!, (int)data["frames"]!, (int)data["skip"]!);
        var values = (data["parameters"] as JsonObject ?? []).ToDictionary(p => p.Key, p => ParameterValues.Parse((string)p.Value!)!);
        var (table, kept, size) = (new ParameterTable(system.Parameters, seed, members, values), new List<(double, float[])>(), system.Solver.Layout.Size);
        period = clock.Item.Maximum - clock.Item.Minimum;
        for (var m = 0; m < members; m++)
        {
            var initial = new double[size];
            system.Random(seed, m, table.Of([m]), initial);
            MicroSimulation.Run(system.Solver, initial, last, table.Context(new[] { m }), (first, piece) =>
            {
                for (var f = 0; f < piece.Length / size; f++)
                    if (first + f >= skip)
                        kept.Add((Phase(table.Value(clock.Index, m) + first + f), First(piece.AsSpan(f * size, size), particles)));
            });
        }
        frames = [.. kept.OrderBy(frame => frame.Item1)];
    }

    /// <summary>Particles [3, N] of what the clock of the flow shows.</summary>
    public double[] At(double clock)
    {
        var phase = Phase(clock);
        var after = frames.Count(frame => frame.Phase < phase) % frames.Length;
        var before = (after + frames.Length - 1) % frames.Length;
        return Array.ConvertAll(frames[Apart(frames[before].Phase) < Apart(frames[after].Phase) ? before : after].Points, x => (double)x);

        double Apart(double other) => Math.Min(Math.Abs(other - phase), period - Math.Abs(other - phase));
    }

    private double Phase(double clock) => clock - period * Math.Floor(clock / period);

    private static float[] First(ReadOnlySpan<double> fields, int particles)
    {
        var (points, n) = (new float[3 * particles], fields.Length / 3);
        for (var c = 0; c < 3; c++)
            for (var i = 0; i < particles; i++)
                points[c * particles + i] = (float)fields[c * n + i];
        return points;
    }
}
