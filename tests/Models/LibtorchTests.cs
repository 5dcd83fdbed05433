using LedCluster.Models.Devices;
using TorchSharp;

namespace LedCluster.Models.Tests;

/// <summary>Loading libtorch, and the edit that lets TorchSharp's native part load where libstdc++ is older than it wants.</summary>
public sealed class LibtorchTests
{
    private static readonly string Binding = Path.Combine(AppContext.BaseDirectory, "torchsharp", "libLibTorchSharp.so");

    [Fact]
    public void What_was_loaded_tells_its_version_build_and_devices()
    {
        var status = Libtorch.Load();
        Assert.Equal("cpu", status.Devices[0]);
        Assert.NotEqual("", status.Version);
        Assert.Matches("^[0-9a-f]{16,}$", status.Build!);
        Assert.Equal((Libtorch.Threads, Libtorch.Threads), (status.Threads, torch.get_num_threads()));
        Assert.Same(status, Libtorch.Load());
    }

    [Fact]
    public void A_machine_differs_in_what_changes_bits_and_in_nothing_else()
    {
        var here = MachineRecord.Here(ComputeDevice.Processor, Libtorch.Load());
        var kept = MachineRecord.Read(new() { [MachineRecord.Key] = System.Text.Json.Nodes.JsonNode.Parse(here.Json.ToJsonString()) })!;
        Assert.Equal(here, kept);
        Assert.Empty(here.Differences(kept with { Processor = "of the same kind" }));
        Assert.Equal(
            ["instructions AVX1, not " + here.Instructions, "libtorch 1.13, not " + here.Libtorch, "threads 2, not 1"],
            here.Differences(kept with { Instructions = "AVX1", Libtorch = "1.13", Threads = 2 }));
        Assert.Null(MachineRecord.Read([]));
    }

    [Theory]
    [InlineData("cpu", true)]
    [InlineData("torch:cpu", true)]
    [InlineData("cuda:15", true)]
    [InlineData("cuda", false)]
    [InlineData("gpu:0", false)]
    public void Devices_have_names(string name, bool known) => Assert.Equal(known, ComputeDevice.Parse(name) is not null);

    [Fact]
    public void A_device_that_is_not_there_is_refused_with_those_that_are()
    {
        var message = Assert.Throws<DllNotFoundException>(() => ComputeDevice.Parse("cuda:99")!.Open()).Message;
        Assert.Contains("has no device cuda:99 here, but cpu", message);
    }

    [Fact]
    public void A_patched_library_differs_in_the_flag_the_version_and_the_name_of_one_symbol_alone()
    {
        var original = File.ReadAllBytes(Binding);
        var edited = SymbolVersionPatch.Apply(original);
        Assert.Equal(original.Length, edited.Length);
        var changed = Enumerable.Range(0, original.Length).Where(i => original[i] != edited[i]).ToArray();
        Assert.InRange(changed.Length, 3, 2 + 1 + "getpid".Length + 1);
        var name = System.Text.Encoding.ASCII.GetBytes(SymbolVersionPatch.Symbol);
        Assert.Equal(original.AsSpan().Count(name) - 1, edited.AsSpan().Count(name)); // debuggers' names stay
    }

    [Fact]
    public void A_library_that_is_not_as_expected_is_refused()
    {
        var original = File.ReadAllBytes(Binding);
        Assert.Contains("does not need GLIBCXX_3.4.32", Refusal(Changed(original, SymbolVersionPatch.Version, "GLIBCXX_3.4.31")));
        Assert.Contains("not _ZSt21ios_base_library_initv alone", Refusal(Changed(original, SymbolVersionPatch.Symbol, "_ZSt21ios_base_library_other")));
        Assert.Contains("truncated", Refusal(original[..(original.Length / 2)]));
        Assert.Contains("not an ELF file", Refusal(new byte[1000]));
        Assert.Contains("truncated", Refusal([]));
        Assert.Contains("not _ZSt21ios_base_library_initv alone", Refusal(SymbolVersionPatch.Apply(original))); // already done

        static string Refusal(byte[] library) => Assert.Throws<InvalidDataException>(() => SymbolVersionPatch.Apply(library)).Message;
    }

    /// <summary>Bytes of the tables' places are turned one by one: whatever is damaged, nothing but the refusal comes out.</summary>
    [Fact]
    public void A_damaged_header_never_does_worse_than_a_refusal()
    {
        var original = File.ReadAllBytes(Binding);
        var table = (int)BitConverter.ToInt64(original, 0x28);
        var places = Enumerable.Range(0, 64).Concat(Enumerable.Range(table, original.Length - table).Where(i => i % 19 == 0)).ToArray();
        var refused = 0;
        foreach (var place in places)
        {
            var damaged = (byte[])original.Clone();
            damaged[place] ^= 0xff;
            try
            {
                Assert.Equal(original.Length, SymbolVersionPatch.Apply(damaged).Length);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 20, places.Length);
    }

    private static byte[] Changed(byte[] image, string from, string to)
    {
        var (copy, name) = ((byte[])image.Clone(), System.Text.Encoding.ASCII.GetBytes(from + '\0'));
        System.Text.Encoding.ASCII.GetBytes(to).CopyTo(copy.AsSpan(copy.AsSpan().IndexOf(name)));
        return copy;
    }
}
