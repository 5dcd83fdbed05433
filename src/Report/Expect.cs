namespace LedCluster.Report;

/// <summary>Checks of what callers hand in.</summary>
internal static class Expect
{
    /// <summary>Throws unless two counts agree.</summary>
    public static void Equal(long got, long expected, string what, string like)
    {
        if (got != expected)
            throw new ArgumentException($"There are {got} {what} but {expected} {like}; give one for each.");
    }

    /// <summary>Throws unless an array has as many values as its shape says.</summary>
    public static void Shape(long got, string what, params ReadOnlySpan<(string Name, int Size)> shape)
    {
        long expected = 1;
        var text = new List<string>();
        foreach (var (name, size) in shape)
        {
            expected *= size;
            text.Add($"{name} {size}");
        }
        if (got != expected)
            throw new ArgumentException($"{what} has {got} values, expected {expected} = [{string.Join(", ", text)}].");
    }
}
