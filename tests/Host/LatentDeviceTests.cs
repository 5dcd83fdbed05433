using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

/// <summary>Latents on a device, which here is torch:cpu, and that no run mixes them with others.</summary>
public sealed class LatentDeviceTests(Workplace place) : IClassFixture<Workplace>
{
    private const string Device = "torch:cpu";

    [Fact]
    public void A_run_on_a_device_agrees_with_managed_code_and_goes_on_there_alone()
    {
        var (run, managed) = (place.Fresh(), place.Fresh());
        string[] forecast = [
            "forecast", "fhn", "--members", "5", "--t-final", "30", "--t-warm", "10", "--t-macro", "10", "--t-micro", "0", "--model",
            place.Model];
        Led.Json([.. forecast, "--run", managed, "--out", managed + ".npy"]);
        Led.Json([.. forecast, "--run", run, "--out", run + ".npy", "--latent-device", Device, "--latent-batch", "8"]);
        var (expected, actual) = (Fields(managed), Fields(run));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        Assert.NotEqual(expected, actual); // the bits are not those of managed code, which is why they must not mix
        Assert.StartsWith("torch:cpu; f32; 8; ", (string)Spec(run)["latentArithmetic"]!);
        Assert.Null(Spec(managed)["latentArithmetic"]);

        File.Delete(Path.Combine(run, "metrics.json")); // as of a run that is not finished
        var refused = Led.Run("resume", run, "--latent-device", "cpu");
        Assert.Equal(2, refused.Code);
        Assert.Contains("one run cannot mix the two. Give --latent-device torch:cpu", refused.Errors);
        Assert.Equal(0, Led.Run("resume", run).Code);

        File.Delete(Path.Combine(managed, "metrics.json"));
        refused = Led.Run("resume", managed, "--latent-device", Device);
        Assert.Equal(2, refused.Code);
        Assert.Contains("computed in managed code, not on torch:cpu", refused.Errors);
    }

    [Fact]
    public void A_run_by_kernels_has_the_bytes_of_one_on_the_processor_and_goes_on_there()
    {
        var (run, managed) = (place.Fresh(), place.Fresh());
        string[] forecast = [
            "forecast", "fhn", "--members", "5", "--t-final", "30", "--t-warm", "10", "--t-macro", "6", "--t-micro", "2", "--cohort-size", "2",
            "--model", place.Model];
        Led.Json([.. forecast, "--run", managed]);
        Led.Json([.. forecast, "--run", run, "--latent-device", "ilgpu:cpu"]);
        Workplace.AssertSameOutput(managed, run);
        Assert.Equal(File.ReadAllText(Path.Combine(managed, "spec.json")), File.ReadAllText(Path.Combine(run, "spec.json")));
        foreach (var (where, device) in ((string, string)[])[(managed, "ilgpu:cpu"), (run, "cpu")])
        {
            File.Delete(Path.Combine(where, "metrics.json")); // as of a run that is not finished
            Assert.Equal(0, Led.Run("resume", where, "--latent-device", device).Code);
        }
    }

    [Theory]
    [InlineData("ilgpu:cpu", "applies to a run in this process")]
    [InlineData(Device, "--nodes starts nodes that compute on the CPU")]
    public void A_device_that_the_nodes_do_not_have_is_refused_before_there_is_a_run(string device, string message)
    {
        var run = place.Fresh();
        var refused = Led.Run(
            "forecast", "fhn", "--members", "2", "--t-final", "80", "--model", place.Model, "--run", run, "--nodes", "2", "--latent-device",
            device);
        Assert.Equal(2, refused.Code);
        Assert.Contains(message, refused.Errors);
        Assert.False(Directory.Exists(run));
    }

    [Theory, InlineData("ilgpu:cpu"), InlineData(Device)]
    public void A_model_that_a_device_does_not_compute_is_refused_before_there_is_a_run(string device)
    {
        var run = place.Fresh();
        var refused = Led.Run("forecast", "fhn", "--members", "2", "--t-final", "80", "--model", "ae-reservoir", "--run", run, "--latent-device", device);
        Assert.Equal(2, refused.Code);
        Assert.Contains($"is not computed on {device}", refused.Errors);
        Assert.False(Directory.Exists(run));
    }

    [Fact]
    public void A_run_of_other_hardware_is_refused_with_the_way_on()
    {
        var run = place.Fresh();
        Led.Json(
            "forecast", "fhn", "--members", "2", "--t-final", "20", "--t-warm", "10", "--t-macro", "10", "--t-micro", "0", "--model", place.Model,
            "--run", run, "--latent-device", Device);
        File.Delete(Path.Combine(run, "metrics.json"));
        var spec = Spec(run);
        var there = ((string)spec["latentArithmetic"]!).Split("; ");
        spec["latentArithmetic"] = string.Join("; ", [.. there[..3], "another processor", there[4]]);
        File.WriteAllText(Path.Combine(run, "spec.json"), spec.ToJsonString());
        var refused = Led.Run("resume", run);
        Assert.Equal(2, refused.Code);
        Assert.Contains("another processor", refused.Errors);
        Assert.Contains("Resume the run on a machine of that kind, or start a new run here", refused.Errors);
    }

    [Theory]
    [InlineData("give cpu, or cuda:0", 2, "--latent-device", "gpu")]
    [InlineData("has no device cuda:7 here", 1, "--latent-device", "cuda:7")]
    [InlineData("There is no device ilgpu:7 here, but no NVIDIA GPU", 1, "--latent-device", "ilgpu:7")]
    [InlineData("apply only to libtorch devices", 2, "--latent-device", "ilgpu:cpu", "--latent-batch", "8")]
    [InlineData("On a cluster each node has its own", 2, "--latent-device", "ilgpu:cpu", "--nodes", "1", "--t-warm", "10")]
    [InlineData("give --latent-device cuda:0 too", 2, "--latent-precision", "bf16")]
    [InlineData("--latent-batch is 0", 2, "--latent-device", Device, "--latent-batch", "0")]
    public void Devices_that_cannot_be_used_are_refused(string message, int code, params string[] options)
    {
        var outcome = Led.Run(["forecast", "fhn", "--members", "2", "--t-final", "20", "--run", place.Fresh(), "--model", place.Model, .. options]);
        Assert.Equal(code, outcome.Code);
        Assert.Contains(message, outcome.Errors);
    }

    private static JsonNode Spec(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run, "spec.json")))!;

    private static float[] Fields(string run)
    {
        var bytes = File.ReadAllBytes(run + ".npy");
        var start = 10 + BitConverter.ToUInt16(bytes, 8);
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.AsSpan(start)).ToArray();
    }
}
