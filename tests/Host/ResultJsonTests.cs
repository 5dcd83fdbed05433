using System.Text.Json.Nodes;
using LedCluster.Host.Console;

namespace LedCluster.Host.Tests;

/// <summary>Numbers that are not finite, on their way out and in.</summary>
public sealed class ResultJsonTests
{
    private static readonly JsonObject Result = new()
    {
        ["nan"] = double.NaN,
        ["above"] = double.PositiveInfinity,
        ["single"] = float.NegativeInfinity,
        ["nested"] = new JsonObject { ["list"] = new JsonArray(1.5, double.NaN, null, new JsonObject { ["deep"] = float.NaN }) },
        ["text"] = "NaN",
        ["count"] = 3,
    };

    [Fact]
    public void Numbers_that_are_not_finite_are_null_however_deep_they_lie() =>
        Assert.Equal(
            """{"nan":null,"above":null,"single":null,"nested":{"list":[1.5,null,null,{"deep":null}]},"text":"NaN","count":3}""",
            ResultJson.Text(Result));

    [Fact]
    public void Null_is_read_as_not_a_number()
    {
        var read = JsonNode.Parse(ResultJson.Text(Result))!;
        Assert.All([read["nan"], read["above"], read["nested"]!["list"]![1], read["missing"], read["text"]], value =>
            Assert.Equal(double.NaN, ResultJson.Number(value)));
        Assert.Equal((1.5, 3), (ResultJson.Number(read["nested"]!["list"]![0]), ResultJson.Number(read["count"])));
    }

    /// <summary>Every text of JSON in the host goes through <see cref="ResultJson"/>, but for what is no result.</summary>
    [Fact]
    public void No_part_of_the_host_writes_json_of_its_own()
    {
        string[] others = ["ResultJson.cs", "RemoteClient.cs" /* a request's arguments */, "SearchPlan.cs" /* one setting of a recipe */];
        var writers = Directory.EnumerateFiles(Path.Combine(Led.Root, "src", "Host"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/") && !path.Contains("/bin/") && File.ReadAllText(path).Contains("ToJsonString("))
            .Select(path => Path.GetFileName(path));
        Assert.Empty(writers.Except(others));
    }
}
