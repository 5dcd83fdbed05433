using LedCluster.Domain.Wire;

namespace LedCluster.Domain.Tests;

public sealed class GivenPathTests
{
    [Theory]
    [InlineData("a", "/runs/a")]
    [InlineData("a/../b", "/runs/b")]
    [InlineData("/runs/a/b", "/runs/a/b")]
    [InlineData("..a", "/runs/..a")]
    [InlineData("", null)]
    [InlineData(".", null)]
    [InlineData("a/..", null)]
    [InlineData("../runs2/a", null)]
    [InlineData("/runs2/a", null)]
    [InlineData("/etc/passwd", null)]
    [InlineData("a\0b", null)]
    public void Only_what_lies_inside_the_folder_has_a_path(string given, string? full)
    {
        Assert.Equal(full, GivenPath.Within("/runs", given));
        Assert.Equal(full, GivenPath.Within("/runs/", given));
    }
}
