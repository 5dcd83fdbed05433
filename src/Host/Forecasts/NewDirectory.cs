namespace LedCluster.Host.Forecasts;

/// <summary>A directory that is there whole, or not at all.</summary>
internal static class NewDirectory
{
    /// <summary>Has a directory filled under another name, which it loses when it is whole.</summary>
    /// <param name="path">The directory, which must not exist.</param>
    /// <param name="fill">Makes and fills the directory that it is given; what it throws leaves nothing behind.</param>
    public static void Make(string path, Action<string> fill)
    {
        var unfinished = $"{path}.{Path.GetRandomFileName()}.part";
        try
        {
            fill(unfinished);
            Directory.Move(unfinished, path);
        }
        catch
        {
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            throw;
        }
    }
}
