using System.Text.Json.Nodes;
using LedCluster.Storage.Zarr;

namespace LedCluster.Storage.Tests;

/// <summary>Stores as they were made before each channel had a variable of its own: one variable of fields with an axis of channels.</summary>
internal static class EarlierStore
{
    /// <summary>Makes an empty earlier store that belongs to an empty store of this version.</summary>
    public static void Make(string present, string earlier)
    {
        var layout = ToyRun.Layout;
        using var old = ZarrGroup.Create(earlier, new JsonObject { ["study"] = "toy" });
        using var now = ZarrGroup.Open(present);
        var frames = now.OpenArray<double>("time").Shape[0];
        foreach (var name in (string[])["phase", "leg_phase"])
            Copy<sbyte>(name);
        Copy<int>("leg_first_frame");
        Copy<sbyte>("failed");
        Copy<int>("failed_leg");
        Copy<double>("time");
        old.CreateArray<double>("x", ["x"], [layout.Points], new JsonObject { ["spacing"] = layout.Line.Spacing, ["units"] = layout.Line.Unit })
            .WriteAll([.. Enumerable.Range(0, layout.Points).Select(layout.Line.Position)]);
        old.CreateStrings("channel", "channel", [.. layout.Channels.Select(c => c.Name)], new JsonObject
        {
            ["channel_units"] = new JsonArray([.. layout.Channels.Select(c => JsonValue.Create(c.Unit))]),
            ["limits"] = new JsonArray([.. layout.Channels.Select(c => JsonValue.Create(c.Limit))]),
            ["long_names"] = new JsonArray([.. layout.Channels.Select(c => JsonValue.Create(c.LongName))]),
        });
        long[] perFrame = [frames, layout.Channels.Length, layout.Points];
        old.CreateArray<float>("fields", ["member", "time", "channel", "x"], [ToyRun.Members, .. perFrame], []);
        old.CreateArray<float>("latents", ["member", "time", "latent"], [ToyRun.Members, frames, ToyRun.Latent], []);
        foreach (var name in (string[])["trust_reconstruction", "trust_excess"])
            old.CreateArray<float>(name, ["member", "leg"], [.. now.OpenArray<float>(name).Shape], []);
        foreach (var name in (string[])["mean", "std"])
            old.CreateArray<double>(name, ["time", "channel", "x"], perFrame, []);
        foreach (var name in (string[])["minimum", "maximum"])
            old.CreateArray<float>(name, ["time", "channel", "x"], perFrame, []);
        old.CreateArray<float>("quantiles", ["quantile", "time", "channel", "x"], [5, .. perFrame], []);
        old.Consolidate();

        void Copy<T>(string name)
            where T : unmanaged
        {
            var values = now.OpenArray<T>(name).ReadAll();
            var about = now.AttributesOf(name).DeepClone().AsObject();
            about.Remove("_ARRAY_DIMENSIONS");
            var dimension = name.StartsWith("leg", StringComparison.Ordinal) ? "leg"
                : name.StartsWith("failed", StringComparison.Ordinal) ? "member"
                : "time";
            old.CreateArray<T>(name, [dimension], [values.Length], about).WriteAll(values);
        }
    }
}
