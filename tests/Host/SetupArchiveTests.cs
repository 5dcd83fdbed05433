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
}
