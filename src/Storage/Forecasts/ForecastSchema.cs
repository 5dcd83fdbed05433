using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;
using LedCluster.Storage.Files;
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

    /// <summary>Attribute of the store: channels and axes as one line of JSON.</summary>
    public const string Layout = "layout";

    /// <summary>Attribute of the store: the system's diagnostics as channels without axes, one line of JSON; absent when it has none.</summary>
    public const string Series = "diagnostics";

    /// <summary>Names of the store's own dimensions and variables.</summary>
    private static readonly string[] Reserved =
    [
        "member", "time", "latent", "leg", "quantile", "phase", "leg_phase", "leg_first_frame", "leg_first_time", Latents, Reconstruction,
        Excess, Failed, FailedLeg, Fields, Mean, Std, Minimum, Maximum, Quantile, "channel",
    ];

    private static readonly JsonSerializerOptions Json = new(StrictJson.Options()) { WriteIndented = false, IgnoreReadOnlyProperties = true };

    /// <summary>Makes the whole store but for what the members and the statistics add.</summary>
    /// <exception cref="ArgumentException">Names of channels, axes, parameters and diagnostics are not unique in the store.</exception>
    public static void Create(
        string path, RunSpec spec, FieldLayout layout, ImmutableArray<Leg> plan, int latentSize, ParameterTable parameters, FieldLayout? series,
        Provenance? provenance)
    {
        string[] names = [.. layout.Channels.Select(c => c.Name), .. layout.Axes.Select(a => a.Name), .. parameters.Declared.Select(p => p.Name),
            .. series?.Channels.Select(c => c.Name) ?? [], .. Reserved];
        if (names.GroupBy(name => name).FirstOrDefault(g => g.Count() > 1 || g.Key.Length == 0 || g.Key.Contains('/')) is { } clash)
            throw new ArgumentException(
                $"'{clash.Key}' cannot be the name of a channel, an axis, a parameter or a diagnostic: names must be unique, without '/', "
                + $"and none of {string.Join(", ", Reserved)}.");
        var attributes = new JsonObject
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
            [Layout] = JsonSerializer.Serialize(layout, Json),
        };
        foreach (var (name, value) in provenance?.Attributes ?? [])
            attributes[name] = value?.DeepClone();
        using var group = ZarrGroup.Create(path, attributes);
        var (members, frames) = (spec.Members, plan[^1].Last + 1);
        Coordinates(group, layout, plan, members, frames, latentSize);
        Parameters(group, parameters, members, frames);
        PerMember(group, spec, layout, members, frames, latentSize, plan.Length, parameters);
        if (!layout.Exchangeable)
            Statistics(group, layout, frames);
        if (series is not null)
        {
            group.SetAttribute(Series, JsonSerializer.Serialize(series, Json));
            ChannelArrays<float>.Create(
                group, series, channel => channel.Name, [("member", members), ("time", frames)],
                channel => OfMembers(InTime(About($"{channel.LongName}; NaN from a member's failure on", channel.Unit)), parameters),
                shape => ChunkGrid.MembersByTime(shape, sizeof(float)));
            Statistics(group, series, frames);
        }
        group.Consolidate();
        group.Sync();
    }

    /// <summary>Whether the store is an earlier one, with all channels in one variable.</summary>
    public static bool IsEarlier(ZarrGroup group) => !group.Attributes.ContainsKey(Layout);

    /// <summary>The layout that a store was made for.</summary>
    /// <exception cref="InvalidDataException">The store does not tell it.</exception>
    public static FieldLayout ReadLayout(ZarrGroup group)
    {
        if (IsEarlier(group))
            return Checked(ReadEarlierLayout(group));
        try
        {
            return group.Attributes[Layout] is JsonValue value && value.TryGetValue(out string? text)
                ? Checked(StrictJson.Read<FieldLayout>(Encoding.UTF8.GetBytes(text), Json))
                : throw new JsonException("It is no text.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The store's attribute '{Layout}' does not give its channels and axes: {e.Message}", e);
        }
    }

    /// <summary>The diagnostics that a store was made for, as channels without axes; null for none.</summary>
    /// <exception cref="InvalidDataException">The store does not tell them.</exception>
    public static FieldLayout? ReadSeries(ZarrGroup group)
    {
        if (!group.Attributes.ContainsKey(Series))
            return null;
        try
        {
            return group.Attributes[Series] is JsonValue value && value.TryGetValue(out string? text)
                && Checked(StrictJson.Read<FieldLayout>(Encoding.UTF8.GetBytes(text), Json)) is { Axes.Length: 0 } series
                ? series : throw new JsonException("It is not channels without axes.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The store's attribute '{Series}' does not give its diagnostics: {e.Message}", e);
        }
    }

    /// <summary>The legs that a store was made for.</summary>
    public static ImmutableArray<Leg> ReadPlan(ZarrGroup group)
    {
        var (phases, first) = (group.OpenArray<sbyte>("leg_phase").ReadAll(), group.OpenArray<int>("leg_first_frame").ReadAll());
        if (group.OpenArray<sbyte>("phase").Shape is not [>= 1 and <= int.MaxValue and var length])
            throw new InvalidDataException("A store has a phase that is not one number per frame.");
        var frames = (int)length;
        if (phases.Length == 0 || phases.Length != first.Length || phases.Any(p => p is < 0 or > (sbyte)Phase.Micro)
            || first[0] != 0 || first.Zip([.. first.Skip(1), frames]).Any(leg => leg.First >= leg.Second))
            throw new InvalidDataException("The store's leg_phase and leg_first_frame are not consecutive legs.");
        return [.. phases.Select((phase, leg) => new Leg(
            leg, (Phase)phase, first[leg], (leg + 1 < first.Length ? first[leg + 1] : frames) - first[leg]))];
    }

    /// <summary>Name of the variable that holds a statistic of a channel.</summary>
    public static string Name(FieldChannel channel, string statistic) => $"{channel.Name}_ensemble_{statistic}";

    private static FieldLayout ReadEarlierLayout(ZarrGroup group)
    {
        var (names, about) = (group.ReadStrings("channel"), group.AttributesOf<OfChannels>("channel"));
        var (x, time, points) = (group.AttributesOf<OfSpace>("x"), group.AttributesOf<OfTime>("time"), group.OpenArray<double>("x").Shape);
        if (names.Length != about.LongNames.Length || names.Length != about.ChannelUnits.Length || names.Length != about.Limits.Length)
            throw new InvalidDataException(
                $"The store has {names.Length} channels, but long_names of {about.LongNames.Length}, "
                + $"channel_units of {about.ChannelUnits.Length} and limits of {about.Limits.Length}.");
        return FieldLayout.OnLine(
            [.. names.Select((name, c) => new FieldChannel(name, about.LongNames[c], about.ChannelUnits[c], about.Limits[c]))],
            points is [<= int.MaxValue and var count] ? (int)count : 0, x.Spacing, time.TimeStep, x.Units, time.Units);
    }

    private static FieldLayout Checked(FieldLayout layout) =>
        layout.Channels.Length > 0 && layout.TimeStep > 0 && layout.Axes.All(a => a is { Points: > 0, Spacing: > 0 })
            && layout.Channels.Length <= int.MaxValue / layout.Points
            ? layout
            : throw new InvalidDataException(
                "The store's layout has no channels, an axis without points, a time step or a spacing that is not positive, "
                + "or too many numbers.");

    private sealed record OfChannels(string[] ChannelUnits, double[] Limits, string[] LongNames);

    private sealed record OfSpace(double Spacing, string Units);

    private sealed record OfTime(double TimeStep, string Units);

    private static void Coordinates(
        ZarrGroup group, FieldLayout layout, ImmutableArray<Leg> plan, int members, int frames, int latentSize)
    {
        Counter("member", members, "ensemble member");
        Counter("latent", latentSize, "latent variable");
        Counter("leg", plan.Length, "leg of the LED cycle");
        Add("time", "time", Sequence(frames, f => f * layout.TimeStep), new JsonObject
        {
            ["axis"] = "T",
            ["long_name"] = "time",
            ["time_step"] = layout.TimeStep,
            ["units"] = layout.TimeUnit,
        });
        foreach (var axis in layout.Axes)
        {
            var about = About(axis.LongName, axis.Unit);
            if (axis.Name is "x" or "y" or "z")
                about["axis"] = axis.Name.ToUpperInvariant();
            Add(axis.Name, axis.Name, Sequence(axis.Points, axis.Position), about);
        }
        Add("quantile", "quantile", EnsembleStatistics.Quantiles.ToArray(), About("probability", "1"));
        Add("phase", "time", [.. plan.SelectMany(leg => Enumerable.Repeat((sbyte)leg.Phase, leg.Frames))], Phases("who advanced the ensemble to this frame"));
        Add("leg_phase", "leg", [.. plan.Select(leg => (sbyte)leg.Phase)], Phases("who advanced the ensemble during this leg"));
        Add("leg_first_frame", "leg", [.. plan.Select(leg => leg.First)], About("index of the first frame of this leg", "1"));
        Add("leg_first_time", "leg", [.. plan.Select(leg => leg.First * layout.TimeStep)], About("time of the first frame of this leg", layout.TimeUnit));

        void Counter(string name, int count, string meaning)
        {
            var about = About(meaning, "1");
            if (name == "member")
                about["standard_name"] = "realization";
            Add(name, name, Enumerable.Range(0, count).ToArray(), about);
        }

        void Add<T>(string name, string dimension, T[] values, JsonObject about)
            where T : unmanaged => group.CreateArray<T>(name, [dimension], [values.Length], about).WriteAll(values);
    }

    /// <summary>The members' parameters, as coordinates of all that has members; those that change in time as variables along time.</summary>
    private static void Parameters(ZarrGroup group, ParameterTable parameters, int members, int frames)
    {
        foreach (var (index, parameter) in parameters.Declared.Index())
        {
            if (parameters.Schedule(index) is { } schedule)
            {
                InTime(group, parameter, schedule.Rows == 1 ? null : members, frames, (member, frame) => parameters.Value(index, member, frame));
                continue;
            }
            var values = new double[members];
            for (var m = 0; m < members; m++)
                values[m] = parameters.Value(index, m);
            group.CreateArray<double>(parameter.Name, ["member"], [members], About(parameter.Meaning, parameter.Unit)).WriteAll(values);
        }
    }

    /// <summary>A parameter (time), or (member, time) if <paramref name="members"/> differ.</summary>
    private static void InTime(ZarrGroup group, Parameter parameter, int? members, int frames, Func<int, int, double> value)
    {
        var about = InTime(About(parameter.Meaning, parameter.Unit));
        about["comment"] = "constant from each frame to the next";
        var row = new double[frames];
        if (members is null)
        {
            group.CreateArray<double>(parameter.Name, ["time"], [frames], about).WriteAll(Filled(0));
            return;
        }
        long[] shape = [members.Value, frames];
        var array = group.CreateArray<double>(parameter.Name, ["member", "time"], shape, about, ChunkGrid.MembersByTime(shape, sizeof(double)));
        for (var m = 0; m < members; m++)
            array.Write([m, 0], [1, frames], Filled(m));

        double[] Filled(int member)
        {
            for (var f = 0; f < frames; f++)
                row[f] = value(member, f);
            return row;
        }
    }

    private static void PerMember(
        ZarrGroup group, RunSpec spec, FieldLayout layout, int members, int frames, int latentSize, int legs, ParameterTable parameters)
    {
        if (spec.Save == SaveRule.Fields && spec.Precision == KeptPrecision.Float64)
            Kept<double>();
        else if (spec.Save == SaveRule.Fields)
            Kept<float>();

        void Kept<T>()
            where T : unmanaged => ChannelArrays<T>.Create(
                group, layout, channel => channel.Name, [("member", members), ("time", frames)],
                channel => OfMembers(InTime(About($"{channel.LongName}; NaN from a member's failure on", channel.Unit)), parameters),
                shape => ChunkGrid.MembersByTime(shape, Unsafe.SizeOf<T>()));

        long[] latents = [members, frames, latentSize];
        group.CreateArray<float>(
            Latents, ["member", "time", "latent"], latents, OfMembers(InTime(About("latent state; NaN from a member's failure on", "1")), parameters),
            ChunkGrid.MembersByTime(latents, sizeof(float)));
        long[] perLeg = [members, legs];
        group.CreateArray<float>(
            Reconstruction, ["member", "leg"], perLeg,
            OfMembers(About(
                "root mean square of Dec(Enc(x)) - x over the leg, each channel's training range being 1; of a model that decodes a density, "
                + "the mean negative log-likelihood per point in nats; NaN on macro legs",
                "1"), parameters),
            ChunkGrid.MembersByTime(perLeg, sizeof(float)));
        group.CreateArray<float>(
            Excess, ["member", "leg"], perLeg,
            OfMembers(About("largest distance of a latent beyond its training range, as a fraction of that range", "1"), parameters),
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
        Add<double>(Mean, "ensemble mean", "time: point member: mean");
        Add<double>(Std, "ensemble standard deviation, unbiased,", "member: standard_deviation");
        Add<float>(Minimum, "ensemble minimum", "member: minimum");
        Add<float>(Maximum, "ensemble maximum", "member: maximum");
        ChannelArrays<float>.Create(
            group, layout, channel => Name(channel, Quantile), [("quantile", EnsembleStatistics.Quantiles.Length), ("time", frames)],
            channel =>
            {
                var about = InTime(About($"{channel.LongName}, ensemble quantile over the members that did not fail", channel.Unit));
                about["comment"] = EnsembleStatistics.QuantileAccuracy;
                about["ancillary_variables"] = $"{Name(channel, Minimum)} {Name(channel, Maximum)}";
                return about;
            },
            shape => ChunkGrid.Along(1, shape, sizeof(float)));

        void Add<T>(string name, string meaning, string method)
            where T : unmanaged =>
            ChannelArrays<T>.Create(
                group, layout, channel => Name(channel, name), [("time", frames)],
                channel =>
                {
                    var about = InTime(About($"{channel.LongName}, {meaning} over the members that did not fail", channel.Unit));
                    about["cell_methods"] = method;
                    return about;
                },
                shape => ChunkGrid.Along(0, shape, sizeof(double)));
    }

    private static JsonObject About(string meaning, string unit) => new() { ["long_name"] = meaning, ["units"] = unit };

    /// <summary>Attributes of a variable along time: the phase is a coordinate of it.</summary>
    private static JsonObject InTime(JsonObject attributes)
    {
        attributes["coordinates"] = "phase";
        return attributes;
    }

    /// <summary>Attributes of a variable of the members: their parameters are coordinates of it.</summary>
    private static JsonObject OfMembers(JsonObject about, ParameterTable parameters)
    {
        string[] constant = [.. parameters.Declared.Where((_, index) => parameters.Schedule(index) is null).Select(p => p.Name)];
        if (constant.Length > 0)
            about["coordinates"] = string.Join(' ', [.. about["coordinates"] is { } others ? [others.ToString()] : Array.Empty<string>(), .. constant]);
        return about;
    }

    private static JsonObject Phases(string meaning) => new()
    {
        ["flag_meanings"] = "warm_up macro micro",
        ["flag_values"] = new JsonArray(0, 1, 2),
        ["long_name"] = meaning,
    };

    private static double[] Sequence(int count, Func<int, double> value) => [.. Enumerable.Range(0, count).Select(value)];
}
