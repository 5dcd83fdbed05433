namespace LedCluster.Models.Checkpoints;

/// <summary>The arrays of a model by name, and where they come from.</summary>
/// <param name="arrays">Arrays by name, row-major.</param>
/// <param name="source">Where they come from, for messages.</param>
public sealed class WeightArrays(IReadOnlyDictionary<string, (long[] Shape, float[] Values)> arrays, string source)
{
    private readonly Dictionary<string, (long[] Shape, float[] Values)> taken = [];

    /// <summary>The arrays that were asked for.</summary>
    public IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Taken => taken;

    /// <summary>The array of a name.</summary>
    /// <exception cref="InvalidDataException">It is missing or has another shape.</exception>
    public float[] Get(string name, params ReadOnlySpan<long> shape)
    {
        if (!arrays.TryGetValue(name, out var array))
            throw new InvalidDataException($"The weights '{source}' lack '{name}'; they hold {string.Join(", ", arrays.Keys.Order())}.");
        if (!shape.SequenceEqual(array.Shape))
            throw new InvalidDataException(
                $"'{name}' in '{source}' has shape [{string.Join(", ", array.Shape)}], expected [{string.Join(", ", shape.ToArray())}].");
        taken[name] = array;
        return array.Values;
    }

    /// <summary>The error of a manifest that cannot be used with these arrays.</summary>
    /// <param name="why">What is wrong, as a clause.</param>
    public InvalidDataException Unusable(string why) =>
        new($"The model manifest beside '{source}' cannot be used: {why}. Fetch or train the model again.");
}
