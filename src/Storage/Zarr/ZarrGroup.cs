using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LedCluster.Storage.Durability;
using LedCluster.Storage.Files;

namespace LedCluster.Storage.Zarr;

/// <summary>
/// A Zarr v2 group in a directory, laid out so that <c>xarray.open_zarr(path)</c> reads it without options:
/// dimension names, attributes and consolidated metadata. Nothing in it depends on when or in which order it was written.
/// </summary>
public sealed class ZarrGroup : IDisposable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };
    private static readonly JsonSerializerOptions Keys = new(StrictJson.Options()) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly JsonSerializerOptions KeysAmongOthers = new(Keys) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    private readonly string path;
    private readonly ChunkFiles files;
    private readonly SortedDictionary<string, JsonObject> metadata = new(StringComparer.Ordinal);

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
            var content = StrictJson.ReadFile<Consolidation>(consolidated, Keys);
            if (content.ZarrConsolidatedFormat != 1)
                throw new JsonException($"zarr_consolidated_format is {content.ZarrConsolidatedFormat}, expected 1.");
            foreach (var (name, node) in StrictJson.Whole(content.Metadata))
                group.metadata[name] = node;
            return group;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{consolidated}' cannot be read: {e.Message} Restore it, or run again.", e);
        }
    }

    /// <summary>Whether the group has an array of that name.</summary>
    public bool Has(string name) => metadata.ContainsKey($"{name}/.zarray");

    /// <summary>Whether an array that is there has a number format.</summary>
    public bool IsArrayOf<T>(string name)
        where T : unmanaged => metadata[$"{name}/.zarray"]!["dtype"] is JsonValue value && value.TryGetValue(out string? type) && type == ZarrArray<T>.TypeName;

    /// <summary>Attributes of an array.</summary>
    public JsonObject AttributesOf(string name) =>
        metadata.GetValueOrDefault(name.Length == 0 ? ".zattrs" : $"{name}/.zattrs") ?? [];

    /// <summary>Some attributes of an array, as the properties of a type in snake case.</summary>
    /// <exception cref="InvalidDataException">One of them is missing or of another kind.</exception>
    public T AttributesOf<T>(string name)
        where T : class => Typed<T>($"{name}/.zattrs", AttributesOf(name), KeysAmongOthers);

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

    /// <summary>Makes an array whose chunks are written whole, as <see cref="ChunkCoding"/> codes them.</summary>
    /// <param name="name">Name of the variable.</param>
    /// <param name="dimensions">Name of each axis.</param>
    /// <param name="shape">Length of each axis.</param>
    /// <param name="chunks">Length of a chunk along each axis.</param>
    /// <param name="coding">How its chunks are coded.</param>
    /// <param name="attributes">Attributes, for example <c>units</c>.</param>
    public void CreateCoded(string name, string[] dimensions, long[] shape, long[] chunks, ChunkCoding coding, JsonObject attributes) =>
        Describe(name, dimensions, new ChunkGrid(shape, chunks), coding.TypeName, "NaN", attributes, coding);

    /// <summary>Writes a chunk of such an array.</summary>
    /// <param name="name">Name of the variable.</param>
    /// <param name="place">Its place in the grid of chunks.</param>
    /// <param name="bytes">Its coded bytes.</param>
    public void WriteChunk(string name, long[] place, ReadOnlySpan<byte> bytes) => files.WriteWhole(Path.Combine(path, name, string.Join('.', place)), bytes);

    /// <summary>Opens an array.</summary>
    /// <exception cref="InvalidDataException">There is no such array, or it has another number format or is stored in another way.</exception>
    public ZarrArray<T> OpenArray<T>(string name)
        where T : unmanaged
    {
        var (grid, type, fill) = Described(name);
        if (type != ZarrArray<T>.TypeName)
            throw new InvalidDataException($"Array '{name}' of '{path}' has dtype '{type}'; '{ZarrArray<T>.TypeName}' is expected.");
        var (found, expected) = (fill?.ToJsonString() ?? "null", ZarrArray<T>.FillValue?.ToJsonString() ?? "null");
        return found == expected ? new ZarrArray<T>(Path.Combine(path, name), files, grid)
            : throw new InvalidDataException($"Array '{name}' of '{path}' has fill_value {found}; {expected} is expected.");
    }

    /// <summary>Opens an array that must have a shape.</summary>
    /// <exception cref="InvalidDataException">There is no such array, or it has another shape or number format or is stored in another way.</exception>
    public ZarrArray<T> OpenArray<T>(string name, params long[] shape)
        where T : unmanaged => OpenArray<T>(name) is var array && array.Shape.SequenceEqual(shape) ? array : throw new InvalidDataException(
            $"Array '{name}' of '{path}' has shape ({string.Join(", ", array.Shape)}), but ({string.Join(", ", shape)}) follows from the other arrays.");

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
        var (grid, type, _) = Described(name);
        if (!type.StartsWith("<U", StringComparison.Ordinal)
            || !int.TryParse(type.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            || width < 1)
            throw new InvalidDataException($"Array '{name}' of '{path}' has dtype '{type}'; unicode text is expected.");
        var bytes = InputFile.ReadRegular(Path.Combine(path, name, "0"));
        return grid.Shape.Length == 1 && (Int128)grid.Count * width * 4 == bytes.Length
            ? [.. bytes.Chunk(width * 4).Select(b => Encoding.UTF32.GetString(b).TrimEnd('\0'))]
            : throw new InvalidDataException(
                $"Array '{name}' of '{path}' has {bytes.Length:N0} bytes in its file, which is not what shape ({string.Join(", ", grid.Shape)}) "
                + $"of '{type}' needs.");
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

    private void Describe(string name, string[] dimensions, ChunkGrid grid, string type, JsonNode? fill, JsonObject attributes, ChunkCoding? coding = null)
    {
        Directory.CreateDirectory(Path.Combine(path, name));
        WriteMetadata($"{name}/.zarray", new JsonObject
        {
            ["chunks"] = Numbers(grid.Chunks),
            ["compressor"] = coding?.Compressor,
            ["dimension_separator"] = ".",
            ["dtype"] = type,
            ["fill_value"] = fill,
            ["filters"] = coding?.Filters,
            ["order"] = "C",
            ["shape"] = Numbers(grid.Shape),
            ["zarr_format"] = 2,
        });
        var described = attributes.DeepClone().AsObject();
        described["_ARRAY_DIMENSIONS"] = new JsonArray([.. dimensions.Select(d => JsonValue.Create(d))]);
        WriteMetadata($"{name}/.zattrs", described);
    }

    private (ChunkGrid Grid, string Type, JsonNode? Fill) Described(string name)
    {
        if (!metadata.TryGetValue($"{name}/.zarray", out var node))
        {
            var known = string.Join(", ", metadata.Keys.Where(k => k.EndsWith("/.zarray", StringComparison.Ordinal)).Select(k => k[..^8]));
            throw new InvalidDataException($"'{path}' has no array '{name}'. It has: {known}.");
        }
        var about = Typed<ArrayDescription>($"{name}/.zarray", node, Keys);
        if (about is not { Compressor: null, Filters: null, Order: "C", DimensionSeparator: ".", ZarrFormat: 2 })
        {
            throw new InvalidDataException(
                $"Array '{name}' of '{path}' is compressed, filtered, or stored in another order or format than Zarr 2 with C order. "
                + "Restore it from a copy, or run again.");
        }
        try
        {
            var grid = new ChunkGrid(about.Shape, about.Chunks);
            _ = checked(grid.Count + grid.ChunkCount * grid.Files);
            return (grid, about.Dtype, about.FillValue);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new InvalidDataException(
                $"Array '{name}' of '{path}' cannot have shape ({string.Join(", ", about.Shape)}) in chunks of "
                + $"({string.Join(", ", about.Chunks)}).",
                e);
        }
    }

    private T Typed<T>(string name, JsonObject content, JsonSerializerOptions options)
    {
        try
        {
            return StrictJson.Read<T>(JsonSerializer.SerializeToUtf8Bytes(content), options);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{name}' in the metadata of '{path}' cannot be used: {e.Message} Restore it from a copy, or run again.", e);
        }
    }

    private sealed record Consolidation(Dictionary<string, JsonObject> Metadata, int ZarrConsolidatedFormat);

    private sealed record ArrayDescription(
        long[] Chunks, JsonNode? Compressor, string Dtype, JsonNode? FillValue, JsonNode? Filters, string Order, long[] Shape, int ZarrFormat,
        string DimensionSeparator = ".");

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
