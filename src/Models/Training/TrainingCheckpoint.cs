using System.Security.Cryptography;
using System.Text;
using LedCluster.Models.Checkpoints;

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
    private const string Tag = "LedCluster training 4";

    private static readonly UTF8Encoding Text = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes the checkpoint, with the SHA-256 of all of it at its end.</summary>
    public void Save(string path)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Text, leaveOpen: true))
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
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        var temporary = path + ".tmp";
        using (var file = File.Create(temporary))
        {
            file.Write(bytes);
            file.Write(SHA256.HashData(bytes));
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or belongs to another training.</exception>
    public static TrainingCheckpoint Load(string path, string identity)
    {
        try
        {
            return Read(ModelFile.Content(path), path, identity);
        }
        catch (Exception error) when (error is EndOfStreamException or FormatException or ArgumentException or IOException)
        {
            throw new InvalidDataException($"The training checkpoint '{path}' is truncated or damaged ({error.Message}). Delete it to train afresh.", error);
        }
    }

    private static TrainingCheckpoint Read(byte[] bytes, string path, string identity)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Text);
        if (reader.ReadString() != Tag)
            throw new InvalidDataException($"'{path}' is not a training checkpoint of this version. Delete it to train afresh.");
        var end = bytes.Length - SHA256.HashSizeInBytes;
        if (end < 0 || !SHA256.HashData(bytes.AsSpan(0, end)).AsSpan().SequenceEqual(bytes.AsSpan(end)))
            throw new FormatException("its hash is not that of its content");
        if (reader.ReadString() is var stored && stored != identity)
            throw new InvalidDataException(
                $"'{path}' belongs to the training '{stored}', not '{identity}'. Choose another --out, or delete it to train afresh.");
        var (stage, step, seconds) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadDouble());
        var figures = new Dictionary<string, double>();
        for (var count = Count(sizeof(double)); count > 0; count--)
            figures.Add(reader.ReadString(), reader.ReadDouble());
        var arrays = new double[Count(sizeof(int)) + 1][];
        for (var i = 0; i < arrays.Length; i++)
        {
            arrays[i] = new double[Count(sizeof(double))];
            for (var k = 0; k < arrays[i].Length; k++)
                arrays[i][k] = reader.ReadDouble();
        }
        return reader.BaseStream.Position == end && stage >= 0 && step >= 0
            ? new TrainingCheckpoint(identity, stage, step, seconds, figures, arrays[..^1], arrays[^1])
            : throw new FormatException("it does not end at the end of its content, or starts before the content");

        int Count(int bytesOfEach) => reader.ReadInt32() is >= 0 and var count && count <= (end - reader.BaseStream.Position) / bytesOfEach ? count
            : throw new FormatException("it announces more data than it has");
    }
}
