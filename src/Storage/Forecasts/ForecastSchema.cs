using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Runs;
using LedCluster.Storage.Zarr;

namespace LedCluster.Storage.Forecasts;

/// <summary>What stands in an <c>output.zarr</c>: its arrays, their dimensions and CF attributes, and how to read them back.</summary>
internal static class ForecastSchema
{
    public const string Fields = "fields", Latents = "latents", Reconstruction = "trust_reconstruction", Excess = "trust_excess",
        Failed = "failed", FailedLeg = "failed_leg", Mean = "mean", Std = "std", Minimum = "minimum", Maximum = "maximum",
        Quantile = "quantiles";

    /// <summary>Attribute of the store: 1 when every member has finished or failed and the statistics are written, else 0.</summary>
    public const string Complete = "complete";

    private static readonly string[] MemberTimeSpace = ["member", "time", "channel", "x"];
    private static readonly string[] TimeSpace = ["time", "channel", "x"];

    /// <summary>Makes the whole store but for what the members and the statistics add.</summary>
    public static void Create(string path, RunSpec spec, FieldLayout layout, ImmutableArray<Leg> plan, int latentSize)
    {
        using var group = ZarrGroup.Create(path, new JsonObject
        {
            ["Conventions"] = "CF-1.10",
            [Complete] = 0,
            ["comment"] = "complete is 0 while the run is going on or after it was stopped; what was not computed reads as NaN",
            ["title"] = $"Ensemble forecast of '{spec.Study}' by learned effective dynamics",
            ["source"] = $"LedCluster {spec.Version}",
            ["study"] = spec.Study,
            ["seed"] = spec.Seed.ToString(),
            ["initial_conditions"] = spec.InitialConditions,
            ["model_sha256"] = spec.ModelHash,
            ["lift"] = spec.Lift.ToString().ToLowerInvariant(),
        });
        var (members, frames) = (spec.Members, plan[^1].Last + 1);
        Coordinates(group, layout, plan, members, frames, latentSize);
        PerMember(group, spec.Save, layout, members, frames, latentSize, plan.Length);
        Statistics(group, layout, frames);
        group.Consolidate();
        group.Sync();
    }

    /// <summary>The layout that a store was made for.</summary>
    public static FieldLayout ReadLayout(ZarrGroup group)
    {
        var (names, about) = (group.ReadStrings("channel"), group.AttributesOf("channel"));
        var (x, time) = (group.AttributesOf("x"), group.AttributesOf("time"));
        return new FieldLayout(
            [.. names.Select((name, c) => new FieldChannel(
                name, about["long_names"]![c]!.GetValue<string>(), about["channel_units"]![c]!.GetValue<string>(),
                about["limits"]![c]!.GetValue<double>()))],
            (int)group.OpenArray<double>("x").Shape[0],
            x["spacing"]!.GetValue<double>(), time["time_step"]!.GetValue<double>(),
            x["units"]!.GetValue<string>(), time["units"]!.GetValue<string>());
    }

    /// <summary>The legs that a store was made for.</summary>
    public static ImmutableArray<Leg> ReadPlan(ZarrGroup group)
    {
        var (phases, first) = (group.OpenArray<sbyte>("leg_phase").ReadAll(), group.OpenArray<int>("leg_first_frame").ReadAll());
        var frames = (int)group.OpenArray<sbyte>("phase").Shape[0];
        return [.. phases.Select((phase, leg) => new Leg(
            leg, (Phase)phase, first[leg], (leg + 1 < first.Length ? first[leg + 1] : frames) - first[leg]))];
    }

    private static void Coordinates(
        ZarrGroup group, FieldLayout layout, ImmutableArray<Leg> plan, int members, int frames, int latentSize)
    {
        Counter("member", members, "ensemble member");
        Counter("latent", latentSize, "latent variable");
        Counter("leg", plan.Length, "leg of the LED cycle");
        group.CreateArray<double>("time", ["time"], [frames], new JsonObject
        {
            ["axis"] = "T",
            ["long_name"] = "time",
            ["time_step"] = layout.TimeStep,
            ["units"] = layout.TimeUnit,
        }).WriteAll(Sequence(frames, f => f * layout.TimeStep));
        group.CreateArray<double>("x", ["x"], [layout.Points], new JsonObject
        {
            ["axis"] = "X",
            ["long_name"] = "position",
            ["spacing"] = layout.Spacing,
            ["units"] = layout.LengthUnit,
        }).WriteAll(Sequence(layout.Points, layout.Position));
        group.CreateStrings("channel", "channel", [.. layout.Channels.Select(c => c.Name)], new JsonObject
        {
            ["channel_units"] = new JsonArray([.. layout.Channels.Select(c => JsonValue.Create(c.Unit))]),
            ["limits"] = new JsonArray([.. layout.Channels.Select(c => JsonValue.Create(c.Limit))]),
            ["long_name"] = "physical quantity",
            ["long_names"] = new JsonArray([.. layout.Channels.Select(c => JsonValue.Create(c.LongName))]),
        });
        group.CreateArray<double>("quantile", ["quantile"], [EnsembleStatistics.Quantiles.Length], About("probability", "1"))
            .WriteAll(EnsembleStatistics.Quantiles.AsSpan());
        group.CreateArray<sbyte>("phase", ["time"], [frames], Phases("who advanced the ensemble to this frame"))
            .WriteAll([.. plan.SelectMany(leg => Enumerable.Repeat((sbyte)leg.Phase, leg.Frames))]);
        group.CreateArray<sbyte>("leg_phase", ["leg"], [plan.Length], Phases("who advanced the ensemble during this leg"))
            .WriteAll([.. plan.Select(leg => (sbyte)leg.Phase)]);
        group.CreateArray<int>("leg_first_frame", ["leg"], [plan.Length], About("index of the first frame of this leg", "1"))
            .WriteAll([.. plan.Select(leg => leg.First)]);
        group.CreateArray<double>("leg_first_time", ["leg"], [plan.Length], About("time of the first frame of this leg", layout.TimeUnit))
            .WriteAll([.. plan.Select(leg => leg.First * layout.TimeStep)]);

        void Counter(string name, int count, string meaning) =>
            group.CreateArray<int>(name, [name], [count], About(meaning, "1")).WriteAll([.. Enumerable.Range(0, count)]);
    }

    private static void PerMember(
        ZarrGroup group, SaveRule save, FieldLayout layout, int members, int frames, int latentSize, int legs)
    {
        if (save == SaveRule.Fields)
        {
            long[] shape = [members, frames, layout.Channels.Length, layout.Points];
            group.CreateArray<float>(Fields, MemberTimeSpace, shape, OfFields(layout, "physical fields; NaN from a member's failure on"), ChunkGrid.MembersByTime(shape, sizeof(float)));
        }
        long[] latents = [members, frames, latentSize];
        group.CreateArray<float>(
            Latents, ["member", "time", "latent"], latents, About("latent state; NaN from a member's failure on", "1"),
            ChunkGrid.MembersByTime(latents, sizeof(float)));
        long[] perLeg = [members, legs];
        group.CreateArray<float>(
            Reconstruction, ["member", "leg"], perLeg,
            About("root mean square of Dec(Enc(x)) - x over the leg, each channel's training range being 1; NaN on macro legs", "1"),
            ChunkGrid.MembersByTime(perLeg, sizeof(float)));
        group.CreateArray<float>(
            Excess, ["member", "leg"], perLeg,
            About("largest distance of a latent beyond its training range, as a fraction of that range", "1"),
            ChunkGrid.MembersByTime(perLeg, sizeof(float)));
        var failed = About("whether the member failed", "1");
        failed["flag_values"] = new JsonArray(0, 1);
        failed["flag_meanings"] = "completed failed";
        group.CreateArray<sbyte>(Failed, ["member"], [members], failed).WriteAll(new sbyte[members]);
        var none = new int[members];
        Array.Fill(none, -1);
        group.CreateArray<int>(FailedLeg, ["member"], [members], About("leg that the member could not finish; -1 if none", "1")).WriteAll(none);
    }

    private static void Statistics(ZarrGroup group, FieldLayout layout, int frames)
    {
        long[] shape = [frames, layout.Channels.Length, layout.Points];
        Add<double>(Mean, "ensemble mean", "time: point member: mean");
        Add<double>(Std, "ensemble standard deviation, unbiased", "member: standard_deviation");
        Add<float>(Minimum, "ensemble minimum", "member: minimum");
        Add<float>(Maximum, "ensemble maximum", "member: maximum");
        long[] quantiles = [EnsembleStatistics.Quantiles.Length, .. shape];
        var about = OfFields(layout, "ensemble quantile over the members that did not fail");
        about["comment"] = EnsembleStatistics.QuantileAccuracy;
        about["ancillary_variables"] = $"{Minimum} {Maximum}";
        group.CreateArray<float>(Quantile, ["quantile", .. TimeSpace], quantiles, about, ChunkGrid.Along(1, quantiles, sizeof(float)));

        void Add<T>(string name, string meaning, string method)
            where T : unmanaged
        {
            var attributes = OfFields(layout, meaning + " over the members that did not fail");
            attributes["cell_methods"] = method;
            group.CreateArray<T>(name, TimeSpace, shape, attributes, ChunkGrid.Along(0, shape, sizeof(double)));
        }
    }

    private static JsonObject OfFields(FieldLayout layout, string meaning)
    {
        var units = layout.Channels.Select(c => c.Unit).Distinct().ToArray();
        return units.Length == 1 ? About(meaning, units[0])
            : new JsonObject { ["comment"] = "the unit differs by channel, see channel.channel_units", ["long_name"] = meaning };
    }

    private static JsonObject About(string meaning, string unit) => new() { ["long_name"] = meaning, ["units"] = unit };

    private static JsonObject Phases(string meaning) => new()
    {
        ["flag_meanings"] = "warm_up macro micro",
        ["flag_values"] = new JsonArray(0, 1, 2),
        ["long_name"] = meaning,
    };

    private static double[] Sequence(int count, Func<int, double> value) => [.. Enumerable.Range(0, count).Select(value)];
}
