using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Storage.Durability;

namespace LedCluster.Storage.Zarr;

/// <summary>
/// A Zarr v2 group in a directory, laid out so that <c>xarray.open_zarr(path)</c> reads it without options:
/// dimension names, attributes and consolidated metadata. Nothing in it depends on when or in which order it was written.
/// </summary>
public sealed class ZarrGroup : IDisposable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    private readonly string path;
    private readonly ChunkFiles files;
    private readonly SortedDictionary<string, JsonNode> metadata = new(StringComparer.Ordinal);

    private ZarrGroup(string path, bool writable) => (this.path, files) = (path, new ChunkFiles(writable));

    /// <summary>Attributes of the group.</summary>
    public JsonObject Attributes => AttributesOf("");

    /// <summary>Makes an empty group.</summary>
    /// <param name="path">Directory to make; it may exist when empty.</param>
    /// <param name="attributes">Attributes of the group.</param>
    public static ZarrGroup Create(string path, JsonObject attributes)
    {
        Directory.CreateDirectory(path);
        var group = new ZarrGroup(path, writable: true);
        group.WriteMetadata(".zgroup", new JsonObject { ["zarr_format"] = 2 });
        group.WriteMetadata(".zattrs", attributes);
        return group;
    }

    /// <summary>Opens a group by its consolidated metadata.</summary>
    /// <exception cref="InvalidDataException">The directory is not such a group.</exception>
    public static ZarrGroup Open(string path, bool writable = false)
    {
        var consolidated = Path.Combine(path, ".zmetadata");
        if (!File.Exists(consolidated))
            throw new InvalidDataException($"'{path}' is not a complete Zarr group: .zmetadata is missing. Give the path of an output.zarr.");
        try
        {
            var group = new ZarrGroup(path, writable);
            foreach (var (name, node) in JsonNode.Parse(File.ReadAllBytes(consolidated))!["metadata"]!.AsObject())
                group.metadata[name] = node!.DeepClone();
            return group;
        }
        catch (Exception e) when (e is JsonException or NullReferenceException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{consolidated}' cannot be read: {e.Message} Restore it, or run again.", e);
        }
    }

    /// <summary>Whether the group has an array of that name.</summary>
    public bool Has(string name) => metadata.ContainsKey($"{name}/.zarray");

    /// <summary>Attributes of an array.</summary>
    public JsonObject AttributesOf(string name) =>
        metadata.TryGetValue(name.Length == 0 ? ".zattrs" : $"{name}/.zattrs", out var node) ? node.AsObject() : [];

    /// <summary>Makes an array.</summary>
    /// <param name="name">Name of the variable.</param>
    /// <param name="dimensions">Name of each axis.</param>
    /// <param name="shape">Length of each axis.</param>
    /// <param name="attributes">Attributes, for example <c>units</c>.</param>
    /// <param name="chunks">Length of a chunk along each axis; null for one chunk.</param>
    public ZarrArray<T> CreateArray<T>(string name, string[] dimensions, long[] shape, JsonObject attributes, long[]? chunks = null)
        where T : unmanaged
    {
        var grid = new ChunkGrid(shape, chunks ?? [.. shape.Select(s => Math.Max(1, s))]);
        Describe(name, dimensions, grid, ZarrArray<T>.TypeName, ZarrArray<T>.FillValue, attributes);
        return new ZarrArray<T>(Path.Combine(path, name), files, grid);
    }

    /// <summary>Opens an array.</summary>
    /// <exception cref="InvalidDataException">There is no such array, or it has another number format.</exception>
    public ZarrArray<T> OpenArray<T>(string name)
        where T : unmanaged
    {
        var (grid, type) = Described(name);
        return type == ZarrArray<T>.TypeName
            ? new ZarrArray<T>(Path.Combine(path, name), files, grid)
            : throw new InvalidDataException($"Array '{name}' of '{path}' has dtype '{type}'; '{ZarrArray<T>.TypeName}' is expected.");
    }

    /// <summary>Makes a one-dimensional array of text, as numpy stores fixed-length unicode.</summary>
    public void CreateStrings(string name, string dimension, IReadOnlyList<string> values, JsonObject attributes)
    {
        var width = Math.Max(1, values.Max(v => Encoding.UTF32.GetByteCount(v) / 4));
        Describe(name, [dimension], new ChunkGrid([values.Count], [values.Count]), $"<U{width}", null, attributes);
        var bytes = new byte[values.Count * width * 4];
        for (var i = 0; i < values.Count; i++)
            Encoding.UTF32.GetBytes(values[i], bytes.AsSpan(i * width * 4));
        files.Write(Path.Combine(path, name, "0"), bytes.Length, default, bytes, 0);
    }

    /// <summary>Reads a one-dimensional array of text.</summary>
    public string[] ReadStrings(string name)
    {
        var (grid, type) = Described(name);
        var width = type.StartsWith("<U", StringComparison.Ordinal) ? int.Parse(type[2..]) * 4
            : throw new InvalidDataException($"Array '{name}' of '{path}' has dtype '{type}'; unicode text is expected.");
        var bytes = new byte[grid.Count * width];
        files.TryRead(Path.Combine(path, name, "0"), bytes, 0);
        return [.. bytes.Chunk(width).Select(b => Encoding.UTF32.GetString(b).TrimEnd('\0'))];
    }

    /// <summary>Writes <c>.zmetadata</c>, by which readers find all arrays with one read; the store is complete from then on.</summary>
    public void Consolidate() => Write(".zmetadata", Consolidated());

    /// <summary>Sets an attribute of the group, also in the consolidated metadata, at once and durably.</summary>
    public void SetAttribute(string name, JsonNode value)
    {
        var attributes = Attributes.DeepClone().AsObject();
        attributes[name] = value;
        metadata[".zattrs"] = attributes;
        Disk.WriteAtomically(Path.Combine(path, ".zattrs"), Text(attributes));
        Disk.WriteAtomically(Path.Combine(path, ".zmetadata"), Text(Consolidated()));
    }

    /// <summary>Returns when everything written so far is on stable storage.</summary>
    public void Sync() => files.Sync();

    /// <inheritdoc />
    public void Dispose() => files.Dispose();

    private void Describe(string name, string[] dimensions, ChunkGrid grid, string type, JsonNode? fill, JsonObject attributes)
    {
        Directory.CreateDirectory(Path.Combine(path, name));
        WriteMetadata($"{name}/.zarray", new JsonObject
        {
            ["chunks"] = Numbers(grid.Chunks),
            ["compressor"] = null,
            ["dimension_separator"] = ".",
            ["dtype"] = type,
            ["fill_value"] = fill,
            ["filters"] = null,
            ["order"] = "C",
            ["shape"] = Numbers(grid.Shape),
            ["zarr_format"] = 2,
        });
        var described = attributes.DeepClone().AsObject();
        described["_ARRAY_DIMENSIONS"] = new JsonArray([.. dimensions.Select(d => JsonValue.Create(d))]);
        WriteMetadata($"{name}/.zattrs", described);
    }

    private (ChunkGrid Grid, string Type) Described(string name)
    {
        if (!metadata.TryGetValue($"{name}/.zarray", out var node))
        {
            var known = string.Join(", ", metadata.Keys.Where(k => k.EndsWith("/.zarray", StringComparison.Ordinal)).Select(k => k[..^8]));
            throw new InvalidDataException($"'{path}' has no array '{name}'. It has: {known}.");
        }
        long[] Lengths(string key) => [.. node[key]!.AsArray().Select(v => v!.GetValue<long>())];
        return (new ChunkGrid(Lengths("shape"), Lengths("chunks")), node["dtype"]!.GetValue<string>());
    }

    private void WriteMetadata(string name, JsonObject content)
    {
        metadata[name] = content;
        Write(name, content);
    }

    private JsonObject Consolidated()
    {
        var all = new JsonObject();
        foreach (var (name, node) in metadata)
            all[name] = node.DeepClone();
        return new JsonObject { ["metadata"] = all, ["zarr_consolidated_format"] = 1 };
    }

    private void Write(string name, JsonObject content) => files.WriteWhole(Path.Combine(path, name), Text(content));

    private static byte[] Text(JsonObject content) => Encoding.UTF8.GetBytes(content.ToJsonString(Indented) + "\n");

    private static JsonArray Numbers(long[] values) => new([.. values.Select(v => JsonValue.Create(v))]);
}
