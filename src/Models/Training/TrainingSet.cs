using System.Collections.Immutable;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Training;

/// <summary>Trajectories that the user has, instead of simulated ones.</summary>
/// <param name="Values">Fields [members, frames, C·X] in physical units.</param>
/// <param name="Members">Number of trajectories.</param>
/// <param name="Frames">Frames of each.</param>
/// <param name="Identity">SHA-256 of the values, and of the parameters if there are any.</param>
public sealed record GivenTrajectories(double[] Values, int Members, int Frames, string Identity)
{
    /// <summary>Parameters of the system, a value for each trajectory; those that are not known are not there.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<double>> Parameters { get; init; } = ImmutableDictionary<string, ImmutableArray<double>>.Empty;
}

/// <summary>Trajectories in scaled units.</summary>
internal sealed class TrainingSet
{
    private const int Block = 16;

    /// <summary>Fields in [0, 1], one array [frames, C·X] per trajectory.</summary>
    public float[][] Trajectories { get; }

    /// <summary>Frames per trajectory, the initial condition included.</summary>
    public int Frames { get; }

    /// <summary>Numbers C·X per frame.</summary>
    public int Size { get; }

    private TrainingSet(float[][] trajectories, int frames, int size) => (Trajectories, Frames, Size) = (trajectories, frames, size);

    /// <summary>Simulates trajectories; blocks of members run in parallel.</summary>
    /// <param name="system">The system.</param>
    /// <param name="references">Reference initial conditions, by name; when empty, members of the random family.</param>
    /// <param name="members">Number of members of the random family.</param>
    /// <param name="seed">Seed of the random family.</param>
    /// <param name="values">Parameters that are not left to their defaults.</param>
    /// <param name="frames">Last frame.</param>
    /// <param name="scaling">Scaling to [0, 1].</param>
    public static TrainingSet Simulate(
        ISystem system, IReadOnlyList<string> references, int members, ulong seed, IReadOnlyDictionary<string, ParameterValues> values,
        int frames, FieldScaling scaling)
    {
        var size = system.Solver.Layout.Size;
        var trajectories = Enumerable.Range(0, references.Count > 0 ? references.Count : members).Select(_ => new float[(frames + 1) * size]).ToArray();
        Run(system, system.Solver, references, members, seed, values, frames, (m, frame, fields) =>
            scaling.Scale(fields, trajectories[m].AsSpan(frame * size, size)));
        return new TrainingSet(trajectories, frames + 1, size);
    }

    /// <summary>Simulates the same members by a solver of the system, and hands out each frame in float64.</summary>
    /// <param name="system">The system.</param>
    /// <param name="solver">Its solver, perhaps with other frames.</param>
    /// <param name="references">Reference initial conditions, by name; when empty, members of the random family.</param>
    /// <param name="members">Number of members of the random family.</param>
    /// <param name="seed">Seed of the random family.</param>
    /// <param name="values">Parameters that are not left to their defaults.</param>
    /// <param name="frames">Last frame.</param>
    /// <param name="handOut">Given member, frame and fields [C·X]; several members at a time.</param>
    public static void Run(
        ISystem system, IMicroSolver solver, IReadOnlyList<string> references, int members, ulong seed,
        IReadOnlyDictionary<string, ParameterValues> values, int frames, FrameAction handOut)
    {
        var size = solver.Layout.Size;
        var parameters = new ParameterTable(system.Parameters, seed, references.Count > 0 ? references.Count : members, values);
        var initial = references.Count > 0
            ? references.Select((name, m) => Fill(fields => system.Reference(system.References.ToList().IndexOf(name), parameters.Of([m]), fields))).ToArray()
            : [.. Enumerable.Range(0, members).Select(m => Fill(fields => system.Random(seed, m, parameters.Of([m]), fields)))];
        Parallel.ForEach(Enumerable.Range(0, initial.Length).Chunk(Block), block =>
            MicroSimulation.Run(solver, [.. block.SelectMany(m => initial[m])], frames, parameters.Context(block), (first, piece) =>
            {
                for (var row = 0; row < piece.Length / size; row++)
                    handOut(block[row % block.Length], first + row / block.Length, piece.AsSpan(row * size, size));
            }));

        double[] Fill(SpanAction fill)
        {
            var fields = new double[size];
            fill(fields);
            return fields;
        }
    }

    /// <summary>Values that are 0 in every frame: first place in [C·X] and number of each run of them.</summary>
    /// <param name="scaling">The scaling by which the frames were scaled.</param>
    public ImmutableArray<int> Zeros(FieldScaling scaling)
    {
        var (zero, runs) = (new float[Size], ImmutableArray.CreateBuilder<int>());
        scaling.Scale(new double[Size], zero);
        for (var k = 0; k < Size; k++)
            if (!Trajectories.All(path => Enumerable.Range(0, Frames).All(f => path[f * Size + k] == zero[k])))
                continue;
            else if (runs.Count > 0 && runs[^2] + runs[^1] == k)
                runs[^1]++;
            else
                runs.AddRange(k, 1);
        return runs.ToImmutable();
    }

    /// <summary>Takes trajectories that the user has.</summary>
    /// <param name="given">The trajectories.</param>
    /// <param name="first">First member.</param>
    /// <param name="count">Number of members.</param>
    /// <param name="scaling">Scaling to [0, 1].</param>
    public static TrainingSet Of(GivenTrajectories given, int first, int count, FieldScaling scaling)
    {
        var (size, trajectories) = ((int)(given.Values.LongLength / given.Members / given.Frames), new float[count][]);
        for (var m = 0; m < count; m++)
        {
            trajectories[m] = new float[given.Frames * size];
            for (var f = 0; f < given.Frames; f++)
                scaling.Scale(given.Values.AsSpan((int)(((long)(first + m) * given.Frames + f) * size), size), trajectories[m].AsSpan(f * size, size));
        }
        return new TrainingSet(trajectories, given.Frames, size);
    }

    /// <summary>Takes a member's frame.</summary>
    public delegate void FrameAction(int member, int frame, ReadOnlySpan<double> fields);

    private delegate void SpanAction(Span<double> fields);
}
