using LedCluster.Domain.Fields;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Tests;

public class RunSpecTests
{
    private static readonly FieldLayout Layout = FieldLayout.OnLine([new FieldChannel("u", "activator", "1", 10)], 4, 0.2, timeStep: 0.5);

    private static readonly RunSpec Good = new()
    {
        Study = "fhn", Members = 8, FinalTime = 100, WarmTime = 10, MacroTime = 20, MicroTime = 2.5, Lift = LiftRule.Equilibrium,
        Save = SaveRule.Fields, Seed = 1, InitialConditions = "random", ModelHash = "", Version = "1",
    };

    [Fact]
    public void A_good_spec_has_no_faults_and_counts_frames()
    {
        Assert.Empty(Good.Faults(Layout));
        Assert.Equal(new(20, 40, 5, 200), Good.Schedule(Layout));
    }

    [Fact]
    public void All_faults_are_reported_together_with_what_to_do()
    {
        var faults = (Good with { Members = 0, FinalTime = 100.3, WarmTime = 200, MacroTime = -1 }).Faults(Layout);
        Assert.Equal(4, faults.Count);
        Assert.Contains(faults, f => f == "--members is 0; give 1 to 1,000,000.");
        Assert.Contains(faults, f => f == "--t-final is 100.3; give a non-negative multiple of the study's time step 0.5.");
        Assert.Contains(faults, f => f.StartsWith("--t-warm is 200, not before --t-final 100.3;"));
        Assert.Contains(faults, f => f.StartsWith("--t-macro is -1;"));
    }

    [Fact]
    public void A_run_that_would_not_advance_is_refused() =>
        Assert.Contains("nothing would advance", Assert.Single((Good with { MacroTime = 0, MicroTime = 0 }).Faults(Layout)));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Times_that_are_not_numbers_are_refused(double time) =>
        Assert.NotEmpty((Good with { FinalTime = time }).Faults(Layout));
}
