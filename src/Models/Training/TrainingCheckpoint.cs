namespace LedCluster.Models.Training;

/// <summary>Where a training stands: enough to go on as if it had never stopped. Written whole or not at all.</summary>
/// <param name="Identity">Study, recipe and seed; a checkpoint of another training is refused.</param>
/// <param name="Stage">Index of the current stage.</param>
/// <param name="Step">Steps done in it.</param>
/// <param name="Seconds">CPU seconds so far.</param>
/// <param name="Figures">Figures of the finished stages, by name.</param>
/// <param name="Weights">Weights of each network.</param>
/// <param name="State">State of the current stage.</param>
internal sealed record TrainingCheckpoint(
    string Identity, int Stage, int Step, double Seconds, IReadOnlyDictionary<string, double> Figures, double[][] Weights, double[] State)
{
    private const string Tag = "LedCluster training 2";

    /// <summary>Writes the checkpoint.</summary>
    public void Save(string path)
    {
        var temporary = path + ".tmp";
        using (var writer = new BinaryWriter(File.Create(temporary)))
        {
            writer.Write(Tag);
            writer.Write(Identity);
            writer.Write(Stage);
            writer.Write(Step);
            writer.Write(Seconds);
            writer.Write(Figures.Count);
            foreach (var (name, value) in Figures)
            {
                writer.Write(name);
                writer.Write(value);
            }
            writer.Write(Weights.Length);
            foreach (var array in (double[][])[.. Weights, State])
            {
                writer.Write(array.Length);
                foreach (var value in array)
                    writer.Write(value);
            }
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or belongs to another training.</exception>
    public static TrainingCheckpoint Load(string path, string identity)
    {
        try
        {
            using var reader = new BinaryReader(File.OpenRead(path));
            if (reader.ReadString() != Tag)
                throw new InvalidDataException($"'{path}' is not a training checkpoint of this version. Delete it to train afresh.");
            if (reader.ReadString() is var stored && stored != identity)
                throw new InvalidDataException($"'{path}' belongs to the training '{stored}', not '{identity}'. Choose another --out, or delete it to train afresh.");
            var (stage, step, seconds) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadDouble());
            var figures = Enumerable.Range(0, reader.ReadInt32()).ToDictionary(_ => reader.ReadString(), _ => reader.ReadDouble());
            var arrays = Enumerable.Range(0, reader.ReadInt32() + 1).Select(_ =>
                Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadDouble()).ToArray()).ToArray();
            return new TrainingCheckpoint(identity, stage, step, seconds, figures, arrays[..^1], arrays[^1]);
        }
        catch (EndOfStreamException)
        {
            throw new InvalidDataException($"The training checkpoint '{path}' is truncated. Delete it to train afresh.");
        }
    }
}
