using LedCluster.Storage.Runs;

namespace LedCluster.Storage.Tests;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory temporary = new();
    private readonly ToyRun run = new();

    [Fact]
    public void The_spec_comes_back_and_the_same_spec_may_be_given_again()
    {
        RunDirectory.Create(temporary["r"], run.Spec);
        Assert.Equal(run.Spec, RunDirectory.Open(temporary["r"]).Spec);
        Assert.Equal(run.Spec, RunDirectory.Create(temporary["r"], run.Spec).Spec);
        Assert.Contains("\"lift\": \"gradient\"", File.ReadAllText(Path.Combine(temporary["r"], "spec.json")));
    }

    [Fact]
    public void Another_spec_is_refused_with_all_differences()
    {
        RunDirectory.Create(temporary["r"], run.Spec);
        var message = Assert.Throws<InvalidDataException>(
            () => RunDirectory.Create(temporary["r"], run.Spec with { Members = 9, Study = "fhn" })).Message;
        Assert.Contains("members is given as 9, stored as 5", message);
        Assert.Contains("study is given as \"fhn\", stored as \"toy\"", message);
        Assert.DoesNotContain("seed", message);
    }

    [Fact]
    public void Other_directories_and_unreadable_specs_are_refused()
    {
        Assert.Contains("does not exist", Assert.Throws<InvalidDataException>(() => RunDirectory.Open(temporary["none"])).Message);
        File.WriteAllText(temporary["notes.txt"], "mine");
        Assert.Contains("no spec.json", Assert.Throws<InvalidDataException>(() => RunDirectory.Open(temporary.Path)).Message);
        Assert.Contains("not a run directory", Assert.Throws<InvalidDataException>(() => RunDirectory.Create(temporary.Path, run.Spec)).Message);
        File.WriteAllText(temporary["spec.json"], "{\"study\": \"toy\"");
        Assert.Contains("cannot be read", Assert.Throws<InvalidDataException>(() => RunDirectory.Open(temporary.Path)).Message);
        File.WriteAllText(temporary["spec.json"], "{\"study\": \"toy\"}");
        Assert.Contains("members", Assert.Throws<InvalidDataException>(() => RunDirectory.Open(temporary.Path)).Message);
    }

    [Fact]
    public void One_process_records_at_a_time()
    {
        using (run.Open(temporary["r"]))
            Assert.Contains("Another process is recording", Assert.Throws<IOException>(() => run.Open(temporary["r"])).Message);
        run.Open(temporary["r"]).Dispose();
    }

    public void Dispose() => temporary.Dispose();
}
