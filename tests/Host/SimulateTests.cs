using System.Text;
using System.Text.Json.Nodes;
using LedCluster.Solvers;
using LedCluster.Storage.Npy;

namespace LedCluster.Host.Tests;

public sealed class SimulateTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public void Writes_float64_of_members_frames_channels_points_whose_frame_0_is_the_initial_condition()
    {
        var path = place.Fresh(".npy");
        var result = Led.Json("simulate", "fhn", "--members", "3", "--seed", "5", "--t-final", "7", "--out", path);
        Assert.Equal((3, 8, path), ((int)result["members"]!, (int)result["frames"]!, (string)result["out"]!));
        Assert.Contains("'<f8'", File.ReadLines(path).First());
        var (shape, data, _) = NpyFile.ReadDoubles(path);
        Assert.Equal([3, 8, 2, 101], shape);
        var expected = new double[202];
        for (var m = 0; m < 3; m++)
        {
            SystemCatalog.All["fitzhugh-nagumo"].Random(5, m, [], expected);
            Assert.Equal(expected, data.AsSpan(m * 8 * 202, 202).ToArray());
        }
    }

    [Fact]
    public void Takes_the_first_members_of_a_file_bit_by_bit()
    {
        var (conditions, path) = (place.Uniform(0.5, -0.25, 0.125), place.Fresh(".npy"));
        Led.Json("simulate", "fhn", "--ic", conditions, "--members", "2", "--t-final", "0", "--out", path);
        var (shape, data, _) = NpyFile.ReadDoubles(path);
        Assert.Equal([2, 1, 2, 101], shape);
        Assert.Equal(NpyFile.ReadDoubles(conditions).Data[..404], data);
    }

    [Fact]
    public void Pipes_and_standard_input_are_read_where_a_file_is_expected()
    {
        var (conditions, made) = (place.Uniform(0.5, -0.25), place.Fresh());
        Directory.CreateDirectory(made);
        var outcome = Led.Shell($"""
            set -e; cd {made}
            cat {conditions} | $LED simulate fhn --t-final 0 --ic - --out minus.npy
            $LED simulate fhn --t-final 0 --ic /dev/stdin --out stdin.npy <{conditions}
            $LED simulate fhn --t-final 0 --ic <(cat {conditions}) --out substituted.npy
            mkfifo pipe; cat {conditions} >pipe & $LED simulate fhn --t-final 0 --ic pipe --out named.npy
            """);
        Assert.True(outcome.Code == 0, outcome.Errors);
        foreach (var name in (string[])["minus", "stdin", "substituted", "named"])
            Assert.Equal(NpyFile.ReadDoubles(conditions).Data, NpyFile.ReadDoubles(Path.Combine(made, $"{name}.npy")).Data);
    }

    [Fact]
    public void What_of_an_array_had_to_be_converted_is_told_in_one_line()
    {
        var (conditions, path) = (place.Fresh(".npy"), place.Fresh(".npy"));
        var header = Encoding.ASCII.GetBytes("{'descr': '>i2', 'fortran_order': True, 'shape': (1, 2, 101), }\n");
        byte[] elements = [.. Enumerable.Range(0, 101).SelectMany(_ => (byte[])[0, 1, 0xFF, 0xFE])]; // u = 1 and v = -2, side by side
        File.WriteAllBytes(conditions, [0x93, .. "NUMPY"u8, 3, 0, (byte)header.Length, 0, 0, 0, .. header, .. elements]);
        var outcome = Led.Run("simulate", "fhn", "--ic", conditions, "--t-final", "0", "--out", path, "--json");
        Assert.Equal(
            $"'{conditions}' holds big-endian int16 in Fortran order in .npy format 3.0: read as float64 in C order, all values exactly.",
            outcome.Errors.TrimEnd());
        Assert.Equal([.. Enumerable.Repeat(1.0, 101), .. Enumerable.Repeat(-2.0, 101)], NpyFile.ReadDoubles(path).Data);
    }

    [Fact]
    public void A_study_without_a_model_is_listed_and_simulated_but_not_forecast()
    {
        var study = Assert.Single(Led.Json("studies")["studies"]!.AsArray(), s => (string)s!["name"]! == "ks")!;
        Assert.Equal((64, 0.25), ((int)study["points"]!, (double)study["timeStep"]!));
        var field = Enumerable.Range(0, 64).Select(j => 2 * Math.PI * j / 64).Select(x => Math.Cos(x) * (1 + Math.Sin(x))).ToArray();
        var (conditions, path) = (place.Array([2, 1, 64], [.. field, .. field]), place.Fresh(".npy"));
        Led.Json("simulate", "ks", "--ic", conditions, "--t-final", "2", "--dt", "0.0125", "--out", path);
        var (shape, data, _) = NpyFile.ReadDoubles(path);
        Assert.Equal([2, 9, 1, 64], shape);
        Assert.Equal(field, data[..64]);
        Assert.Equal(data[..576], data[576..]);
    }

    [Fact]
    public void A_study_without_a_model_says_what_can_be_done_with_it()
    {
        var studies = place.Fresh();
        Directory.CreateDirectory(Path.Combine(studies, "ks"));
        var study = JsonNode.Parse(File.ReadAllText(Path.Combine(Led.Root, "studies", "ks", "study.json")))!.AsObject();
        study.Remove("model");
        File.WriteAllText(Path.Combine(studies, "ks", "study.json"), study.ToJsonString());
        var outcome = Led.Shell($"LEDCLUSTER_STUDIES={studies} $LED forecast ks --members 2 --run {place.Fresh()}");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("no model yet", outcome.Errors);
        Assert.Contains("led simulate ks", outcome.Errors);
    }

    [Theory]
    [InlineData("ks", "0.03", "does not divide", "0.25")]
    [InlineData("fhn", "0.3", "does not divide", "0.005")]
    public void An_inner_step_that_cannot_be_taken_is_refused(string study, string step, params string[] parts)
    {
        var outcome = Led.Run("simulate", study, "--dt", step, "--out", place.Fresh(".npy"));
        Assert.Equal(2, outcome.Code);
        Assert.All(parts, part => Assert.Contains(part, outcome.Errors));
    }

    [Fact]
    public void A_full_disk_fails_with_the_file_and_leaves_nothing_under_its_name()
    {
        var disk = place.SmallDisk();
        var outcome = Led.Shell(disk.Script($"$LED simulate fhn --members 4 --t-final 1000 --out {disk.Path}/x.npy; code=$?; ls {disk.Path}; exit $code"));
        Assert.True(outcome.Code == 1, $"exit code {outcome.Code}: {outcome.Errors}");
        Assert.Contains($"{disk.Path}/x.npy", outcome.Errors);
        Assert.Contains("full", outcome.Errors);
        Assert.DoesNotContain("Unhandled", outcome.Errors);
        Assert.Equal("", outcome.Output);
    }
}
