namespace LedCluster.Host.Tests;

/// <summary>A file system of 4 MiB in memory, mounted where only one script sees it.</summary>
/// <param name="Path">Where it is mounted.</param>
public sealed record SmallDisk(string Path)
{
    /// <summary>A script that sees the disk; the test is skipped where mounting is not allowed.</summary>
    public string Script(string commands)
    {
        Assert.SkipUnless(Led.Shell(Mounted("true")).Code == 0, "mounting a file system is not allowed here");
        return Mounted(commands);
    }

    private string Mounted(string commands) => $"exec unshare -rm bash -c 'mount -t tmpfs -o size=4m tmpfs {Path} || exit 99; {commands}'";
}
