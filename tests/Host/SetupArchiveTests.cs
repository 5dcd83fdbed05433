using System.Text;
using LedCluster.Host.Cluster;

namespace LedCluster.Host.Tests;

/// <summary>What a node is sent of a run.</summary>
public sealed class SetupArchiveTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public void A_setup_has_the_frozen_bytes_of_form_1_and_nothing_else_is_taken_for_one()
    {
        var run = Directory.CreateDirectory(place.Fresh()).FullName;
        Directory.CreateDirectory(Path.Combine(run, "model"));
        File.WriteAllBytes(Path.Combine(run, "spec.json"), "{}"u8);
        File.WriteAllBytes(Path.Combine(run, "model", "model.json"), "[]"u8);
        File.WriteAllBytes(Path.Combine(run, "model", "weights.safetensors"), "abc"u8);
        var archive = SetupArchive.Pack(run);
        Assert.Equal("4C435531" + "02000000" + "7B7D" + "02000000" + "5B5D" + "03000000" + "616263", Convert.ToHexString(archive));
        for (var length = 0; length < archive.Length; length++)
            Assert.Throws<FormatException>(() => SetupArchive.Workers(archive[..length], "cpu", _ => { }));
        Assert.Throws<FormatException>(() => SetupArchive.Workers([.. archive, 0], "cpu", _ => { }));
        Assert.Throws<FormatException>(() => SetupArchive.Workers([.. Encoding.ASCII.GetBytes("LCU2"), .. archive[4..]], "cpu", _ => { }));
    }

    [Fact]
    public void A_setup_with_a_program_has_the_frozen_bytes_of_form_2()
    {
        var run = Directory.CreateDirectory(place.Fresh()).FullName;
        (string, string)[] files =
        [
            ("spec.json", "{}"), ("model/model.json", "[]"), ("model/weights.safetensors", "abc"), ("study/a/b.py", "1"),
            ("study/study.json", "{}"),
        ];
        foreach (var (name, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(run, name))!);
            File.WriteAllText(Path.Combine(run, name), text);
        }
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(run, "study", "a", "b.py"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var archive = SetupArchive.Pack(run);
        Assert.Equal(
            "4C435532" + "02000000" + "7B7D" + "02000000" + "5B5D" + "03000000" + "616263" + "02000000"
                + "0C000000" + Convert.ToHexString("study/a/b.py"u8) + "01000000" + "01000000" + "31"
                + "10000000" + Convert.ToHexString("study/study.json"u8) + "00000000" + "02000000" + "7B7D",
            Convert.ToHexString(archive));
        for (var length = 0; length < archive.Length; length++)
            Assert.Throws<FormatException>(() => SetupArchive.Workers(archive[..length], "cpu", _ => { }));
        var outside = Convert.FromHexString(Convert.ToHexString(archive).Replace(Convert.ToHexString("study/a/b.py"u8), Convert.ToHexString("study/../b.p"u8)));
        Assert.Contains("outside its study", Assert.Throws<FormatException>(() => SetupArchive.Workers(outside, "cpu", _ => { })).Message);
    }
}
