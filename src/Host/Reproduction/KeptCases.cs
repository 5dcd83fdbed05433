using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LedCluster.Host.Studies;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Results of the cases of a figure, kept until the whole reproduction is complete, so that an interrupted reproduction continues with them. Each is kept with
/// a key, a hash of everything that determines it; results with another key are recomputed.
/// </summary>
/// <param name="directory">Where they are kept.</param>
/// <param name="key">The key.</param>
internal sealed class KeptCases(string directory, string key)
{
    private static readonly JsonSerializerOptions Format = new(StrictJson.Options())
    {
        IncludeFields = true,
        IgnoreReadOnlyProperties = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = false,
    };

    /// <summary>Number of cases that an interrupted reproduction left with this key.</summary>
    public int Count => Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*.json").Count(path => Read<JsonElement>(path) is not null) : 0;

    /// <summary>What a case came to: as it was kept, or computed now. May be asked by several threads for different cases.</summary>
    /// <param name="name">A name that no other case of the figure has.</param>
    /// <param name="compute">Computes it.</param>
    public T Get<T>(string name, Func<T> compute)
    {
        var path = Path.Combine(directory, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16]}.json");
        if (File.Exists(path) && Read<T>(path) is { } kept && kept.Name == name)
            return kept.Value;
        var value = compute();
        Directory.CreateDirectory(directory);
        File.WriteAllBytes($"{path}.tmp", JsonSerializer.SerializeToUtf8Bytes(new Kept<T>(key, name, value), Format));
        File.Move($"{path}.tmp", path, overwrite: true);
        return value;
    }

    /// <summary>Forgets them.</summary>
    public void Delete()
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }

    /// <summary>
    /// A hash of everything that determines the figures of a study, timings included: the program, the files of the study and of the model, the machine and the
    /// number of threads.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="model">Directory of the model for figures that name none.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="program">Folder of the program, of which all parts count, loaded or not.</param>
    public static string KeyOf(Study study, string model, int workers, string program)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes($"{text.Length}:{text}"));
        Add($"{Environment.MachineName} {Environment.ProcessorCount} {workers}");
        var own = Directory.EnumerateFiles(program, "*.dll")
            .Where(file => Path.GetFileName(file) is var name && (name == "led.dll" || name.StartsWith("LedCluster.", StringComparison.Ordinal)));
        AddFiles(program, own);
        foreach (var folder in new[] { study.Directory, model }.Select(Path.GetFullPath).Distinct())
            AddFiles(folder, Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories));
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void AddFiles(string folder, IEnumerable<string> files)
        {
            foreach (var file in files.Order(StringComparer.Ordinal).Where(InputFile.IsRegular))
            {
                Add(Path.GetRelativePath(folder, file));
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
        }
    }

    /// <summary>The key of one figure of a study.</summary>
    /// <param name="studyKey">The study's.</param>
    /// <param name="plan">The figure.</param>
    public static string KeyOf(string studyKey, FigurePlan plan) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(studyKey + JsonSerializer.Serialize(plan, Format))));

    /// <summary>What is kept in a file; null when it has another key or cannot be read.</summary>
    private Kept<T>? Read<T>(string path)
    {
        try
        {
            return StrictJson.ReadFile<Kept<T>>(path, Format) is var kept && kept.Key == key ? kept : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Kept<T>(string Key, string Name, T Value);
}
