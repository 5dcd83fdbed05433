using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Durability;
using LedCluster.Storage.Zarr;

namespace LedCluster.Storage.Forecasts;

/// <summary>
/// A run's <c>output.zarr</c>: fields and latents of every member, who advanced it when, what its forecast is worth, and
/// the ensemble's statistics. Its bytes depend on what was computed alone, not on the order in which it arrived.
/// </summary>
public sealed partial class ForecastStore : IDisposable
{
    private readonly ZarrGroup group;
    private readonly ChannelArrays<float>? fields, series;
    private readonly ChannelArrays<double>? wideFields;
    private readonly ZarrArray<float> latents, reconstruction, excess;
    private readonly ZarrArray<sbyte> failed;
    private readonly ZarrArray<int> failedLeg;
    private float[] gathered = [];

    private ForecastStore(string path, bool writable)
    {
        Path = path;
        group = ZarrGroup.Open(path, writable);
        try
        {
            Layout = ForecastSchema.ReadLayout(group);
            Plan = ForecastSchema.ReadPlan(group);
            var shape = group.OpenArray<float>(ForecastSchema.Latents).Shape;
            if (shape is not [>= 1 and <= RunSpec.MostMembers, _, >= 1 and <= int.MaxValue])
                throw new InvalidDataException($"'{path}' has latents of shape ({string.Join(", ", shape)}), which no run has.");
            (Members, Frames, LatentSize) = ((int)shape[0], Plan[^1].Last + 1, (int)shape[2]);
            if (group.Has(Layout.Channels[0].Name) && group.IsArrayOf<double>(Layout.Channels[0].Name))
                wideFields = ChannelArrays<double>.Open(group, Layout, channel => channel.Name, ForecastSchema.Fields, Members, Frames);
            else if (group.Has(ForecastSchema.Fields) || group.Has(Layout.Channels[0].Name))
                fields = ChannelArrays<float>.Open(group, Layout, channel => channel.Name, ForecastSchema.Fields, Members, Frames);
            Series = ForecastSchema.ReadSeries(group);
            series = Series is null ? null : ChannelArrays<float>.Open(group, Series, channel => channel.Name, ForecastSchema.Fields, Members, Frames);
            latents = group.OpenArray<float>(ForecastSchema.Latents, Members, Frames, LatentSize);
            reconstruction = group.OpenArray<float>(ForecastSchema.Reconstruction, Members, Plan.Length);
            excess = group.OpenArray<float>(ForecastSchema.Excess, Members, Plan.Length);
            failed = group.OpenArray<sbyte>(ForecastSchema.Failed, Members);
            failedLeg = group.OpenArray<int>(ForecastSchema.FailedLeg, Members);
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    /// <summary>Directory of the store.</summary>
    public string Path { get; }

    /// <summary>Shape and meaning of the fields.</summary>
    public FieldLayout Layout { get; }

    /// <summary>The system's diagnostics as channels without axes; null when it has none.</summary>
    public FieldLayout? Series { get; }

    /// <summary>All legs of the run.</summary>
    public ImmutableArray<Leg> Plan { get; }

    /// <summary>Number of members.</summary>
    public int Members { get; }

    /// <summary>Number of frames.</summary>
    public int Frames { get; }

    /// <summary>Latent dimension d_z.</summary>
    public int LatentSize { get; }

    /// <summary>Whether every member has finished or failed and the statistics are written; told to all readers by an attribute.</summary>
    public bool IsComplete
    {
        get => group.Attributes[ForecastSchema.Complete] is JsonValue value && value.TryGetValue(out int complete) && complete == 1;
        set => group.SetAttribute(ForecastSchema.Complete, value ? 1 : 0);
    }

    /// <summary>Whether the store is an earlier one, with all channels in one variable.</summary>
    public bool IsEarlier => ForecastSchema.IsEarlier(group);

    /// <summary>Whether fields are kept per member.</summary>
    public bool HasFields => fields is not null || wideFields is not null;

    /// <summary>Number format of kept fields.</summary>
    public KeptPrecision Precision => wideFields is null ? KeptPrecision.Float32 : KeptPrecision.Float64;

    /// <summary>Makes a store; it appears under its name only when it is complete and consistent.</summary>
    /// <param name="path">Directory to make.</param>
    /// <param name="spec">What the run computes.</param>
    /// <param name="layout">Layout of the study's fields.</param>
    /// <param name="plan">All legs, as <see cref="LedCycle.Plan"/> lists them.</param>
    /// <param name="latentSize">Latent dimension d_z.</param>
    /// <param name="parameters">Parameters of the members.</param>
    /// <param name="diagnostics">The system's diagnostics.</param>
    /// <param name="provenance">Where the run comes from; null when it is not to be told.</param>
    /// <exception cref="IOException">The store exists already, or the disk is full.</exception>
    public static ForecastStore Create(string path, RunSpec spec, FieldLayout layout, ImmutableArray<Leg> plan, int latentSize, ParameterTable parameters,
        ImmutableArray<Diagnostic> diagnostics = default, Provenance? provenance = null)
    {
        if (Directory.Exists(path))
            throw new IOException($"'{path}' exists already. Resume that run, or choose another run directory.");
        var unfinished = path + Disk.Unfinished;
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        ForecastSchema.Create(unfinished, spec, layout, plan, latentSize, parameters, Diagnostics.Layout(diagnostics, layout), provenance);
        Directory.Move(unfinished, path);
        Disk.SyncDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        return new ForecastStore(path, writable: true);
    }

    /// <summary>Opens a store.</summary>
    /// <param name="path">Directory of the store.</param>
    /// <param name="writable">Whether it will be written to.</param>
    /// <exception cref="InvalidDataException">The directory is not such a store.</exception>
    public static ForecastStore Open(string path, bool writable = false) => new(path, writable);

    /// <summary>Writes what a leg leaves behind, except its failures; writing it again changes nothing.</summary>
    /// <param name="segment">The leg's segment; without fields when the store keeps none.</param>
    /// <returns>Checksums of what was written, per member.</returns>
    /// <exception cref="ArgumentException">The segment does not fit the store.</exception>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    public LegChecksum[] Write(Segment segment)
    {
        var (leg, count) = (segment.Leg, segment.Members.Length);
        Check("latents", segment.Latents.Length, leg.Frames * count * LatentSize, $"[{leg.Frames}, {count}, {LatentSize}]");
        Check("trust", segment.Trust.Length, count, $"[{count}]");
        if (segment.WideFields.Length > 0)
            Check("fields in float64", segment.WideFields.Length, leg.Frames * count * Layout.Size, $"[{leg.Frames}, {count}, {Layout.Size}]");
        if (segment.Fields.Length > 0)
            Check("fields", segment.Fields.Length, leg.Frames * count * Layout.Size, $"[{leg.Frames}, {count}, {Layout.Size}]");
        if (!segment.SeriesNames.SequenceEqual(Series?.Channels.Select(c => c.Name) ?? []))
            throw new ArgumentException(
                $"The segment has the series {string.Join(", ", segment.SeriesNames)}; "
                + $"'{Path}' was made for {string.Join(", ", Series?.Channels.Select(c => c.Name) ?? ["none"])}.");
        if (Series is not null)
            Check("series", segment.Series.Length, leg.Frames * count * Series.Size, $"[{leg.Frames}, {count}, {Series.Size}]");
        var checksums = new LegChecksum[count];
        for (var m = 0; m < count; m++)
        {
            var (member, trust) = (segment.Members[m], segment.Trust[m]);
            var own = Gather(segment.Latents, m, count, leg.Frames, LatentSize);
            latents.Write([member, leg.First, 0], [1, leg.Frames, LatentSize], own);
            reconstruction.Write([member, leg.Index], [1, 1], [trust.Reconstruction]);
            excess.Write([member, leg.Index], [1, 1], [trust.Excess]);
            checksums[m] = new LegChecksum(LegChecksum.Of(own), 0, LegChecksum.Of<float>([trust.Reconstruction, trust.Excess]));
            if (Series is not null)
            {
                own = Gather(segment.Series, m, count, leg.Frames, Series.Size);
                series!.Write([member, leg.First], [1, leg.Frames], own);
                checksums[m] = checksums[m] with { Series = LegChecksum.Of(own) };
            }
            if (segment.WideFields.Length > 0)
            {
                KeptWideFields().Write([member, leg.First], [1, leg.Frames], segment.WideFields.AsSpan(m * Layout.Size), count * Layout.Size);
                var wide = LegChecksum.Of<double>(segment.WideFields.AsSpan(m * Layout.Size), Layout.Size, count * Layout.Size);
                checksums[m] = checksums[m] with { Fields = wide };
            }
            if (segment.Fields.Length == 0)
                continue;
            KeptFields().Write([member, leg.First], [1, leg.Frames], segment.Fields.AsSpan(m * Layout.Size), count * Layout.Size);
            checksums[m] = checksums[m] with { Fields = LegChecksum.Of<float>(segment.Fields.AsSpan(m * Layout.Size), Layout.Size, count * Layout.Size) };
        }
        return checksums;
    }

    /// <summary>Writes consecutive frames of one member.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="firstFrame">First frame.</param>
    /// <param name="values">Fields [frames, C·X].</param>
    public void WriteFields(int member, int firstFrame, ReadOnlySpan<float> values) =>
        KeptFields().Write([member, firstFrame], [1, values.Length / Layout.Size], values);

    /// <summary>Reads consecutive frames of one member.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="firstFrame">First frame.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="values">Receives the fields [frames, C·X], rounded if they are kept in float64; NaN where a member had failed.</param>
    /// <exception cref="InvalidOperationException">The run keeps no fields.</exception>
    public void ReadFields(int member, int firstFrame, int frames, Span<float> values)
    {
        if (wideFields is null)
        {
            KeptFields().Read([member, firstFrame], [1, frames], values);
            return;
        }
        var rented = ArrayPool<double>.Shared.Rent(values.Length);
        ReadFields(member, firstFrame, frames, rented.AsSpan(0, values.Length));
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)rented[i];
        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>Reads consecutive frames of one member of a run that keeps float64.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="firstFrame">First frame.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="values">Receives the fields [frames, C·X]; NaN where a member had failed.</param>
    /// <exception cref="InvalidOperationException">The run keeps no fields in float64.</exception>
    public void ReadFields(int member, int firstFrame, int frames, Span<double> values) =>
        KeptWideFields().Read([member, firstFrame], [1, frames], values);

    /// <summary>Reads consecutive frames of one member's latents.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="firstFrame">First frame.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="values">Receives the latents [frames, d_z]; NaN where a member had failed.</param>
    public void ReadLatents(int member, int firstFrame, int frames, Span<float> values) =>
        latents.Read([member, firstFrame, 0], [1, frames, LatentSize], values);

    /// <summary>What a member's forecast is worth, leg by leg; NaN where it was not run.</summary>
    public Trust[] ReadTrust(int member)
    {
        var (r, e) = (new float[Plan.Length], new float[Plan.Length]);
        reconstruction.Read([member, 0], [1, Plan.Length], r);
        excess.Read([member, 0], [1, Plan.Length], e);
        return [.. r.Zip(e, (x, y) => new Trust(x, y))];
    }

    /// <summary>Reads consecutive frames of one member's diagnostics.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="firstFrame">First frame.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="values">Receives the diagnostics [frames, D]; NaN where a member had failed.</param>
    /// <exception cref="InvalidOperationException">The system has none.</exception>
    public void ReadSeries(int member, int firstFrame, int frames, Span<float> values) =>
        (series ?? throw new InvalidOperationException($"'{Path}' has no diagnostics.")).Read([member, firstFrame], [1, frames], values);

    /// <summary>The checksums of the measures of trust and of the diagnostics of a member's leg.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="leg">The leg.</param>
    /// <param name="trust">Its measures of trust.</param>
    /// <param name="joined">Whether one is of both, as in earlier journals.</param>
    internal (uint Trust, uint? Series) TrustChecksums(int member, Leg leg, Trust trust, bool joined)
    {
        var own = new float[leg.Frames * (Series?.Size ?? 0)];
        if (Series is not null)
            ReadSeries(member, leg.First, leg.Frames, own);
        return joined ? (LegChecksum.Of<float>([trust.Reconstruction, trust.Excess, .. own]), null)
            : (LegChecksum.Of<float>([trust.Reconstruction, trust.Excess]), Series is null ? null : LegChecksum.Of<float>(own));
    }

    /// <summary>The checksum of what is kept of a member's leg.</summary>
    public LegChecksum ReadChecksum(int member, Leg leg)
    {
        var latent = new float[leg.Frames * LatentSize];
        ReadLatents(member, leg.First, leg.Frames, latent);
        var (field, wide) = (new float[fields is null ? 0 : leg.Frames * Layout.Size], new double[wideFields is null ? 0 : leg.Frames * Layout.Size]);
        if (field.Length > 0)
            ReadFields(member, leg.First, leg.Frames, field);
        if (wide.Length > 0)
            ReadFields(member, leg.First, leg.Frames, wide);
        var (trust, diagnostics) = TrustChecksums(member, leg, ReadTrust(member)[leg.Index], joined: false);
        return new LegChecksum(
            LegChecksum.Of<float>(latent), wide.Length > 0 ? LegChecksum.Of<double>(wide) : LegChecksum.Of<float>(field), trust, diagnostics);
    }

    /// <summary>Leg that each member could not finish, or −1, [members].</summary>
    public int[] ReadFailedLegs() => failedLeg.ReadAll();

    /// <summary>Marks a member as failed.</summary>
    public void MarkFailed(MemberFailure failure)
    {
        failed.Write([failure.Member], [1], [1]);
        failedLeg.Write([failure.Member], [1], [failure.Leg]);
    }

    /// <summary>Makes the marks agree with the failures given: all other members count as not failed.</summary>
    public void MarkFailures(IEnumerable<MemberFailure> failures)
    {
        var (flags, legs) = (new sbyte[Members], new int[Members]);
        Array.Fill(legs, -1);
        foreach (var failure in failures)
            (flags[failure.Member], legs[failure.Member]) = (1, failure.Leg);
        failed.WriteAll(flags);
        failedLeg.WriteAll(legs);
    }

    /// <summary>
    /// Sets what is kept of a member to NaN from a leg to the end.
    /// </summary>
    public void Blank(int member, int firstLeg)
    {
        var firstFrame = Plan[firstLeg].First;
        latents.Blank([member, firstFrame, 0], [1, Frames - firstFrame, LatentSize]);
        fields?.Blank([member, firstFrame], [1, Frames - firstFrame]);
        wideFields?.Blank([member, firstFrame], [1, Frames - firstFrame]);
        series?.Blank([member, firstFrame], [1, Frames - firstFrame]);
        reconstruction.Blank([member, firstLeg], [1, Plan.Length - firstLeg]);
        excess.Blank([member, firstLeg], [1, Plan.Length - firstLeg]);
    }

    /// <summary>Hands out fields as kept, or decoded from latents where none are kept.</summary>
    /// <param name="decoder">Decodes latents.</param>
    public FrameSource Source(MemberDecoder decoder)
    {
        var kept = Kept(decoder);
        return (members, firstFrame, frames, block) =>
        {
            if (kept.Decoder is null)
            {
                kept.Read(members, firstFrame, frames, block);
                return;
            }
            var rows = new float[members.Length * frames * kept.Size];
            kept.Read(members, firstFrame, frames, rows);
            for (var m = 0; m < members.Length; m++)
                kept.Decoder.Decode(
                    new[] { members[m] }, firstFrame, rows.AsSpan(m * frames * kept.Size, frames * kept.Size),
                    block.Slice(m * frames * Layout.Size, frames * Layout.Size));
        };
    }

    /// <summary>Returns when everything written so far is on stable storage.</summary>
    public void Sync() => group.Sync();

    /// <inheritdoc />
    public void Dispose() => group.Dispose();

    private KeptFrames Kept(MemberDecoder decoder)
    {
        var size = HasFields ? Layout.Size : LatentSize;
        return new KeptFrames(size, Read, HasFields ? null : decoder);

        void Read(ReadOnlySpan<int> members, int firstFrame, int frames, Span<float> block)
        {
            for (var (m, row) = (0, frames * size); m < members.Length; m++)
                if (HasFields)
                    ReadFields(members[m], firstFrame, frames, block.Slice(m * row, row));
                else
                    ReadLatents(members[m], firstFrame, frames, block.Slice(m * row, row));
        }
    }

    private ChannelArrays<float> KeptFields() => fields ?? throw new InvalidOperationException(
        $"'{Path}' keeps no fields; decode its latents, or run again with --save fields.");

    private ChannelArrays<double> KeptWideFields() => wideFields ?? throw new InvalidOperationException(
        $"'{Path}' keeps no fields in float64. Run again with --precision float64.");

    private void Check(string name, int given, int expected, string shape)
    {
        if (given != expected)
            throw new ArgumentException($"The segment's {name} hold {given:N0} numbers; {expected:N0} are expected for {shape} of '{Path}'.");
    }

    /// <summary>One member's rows of [frames, M, row], contiguous.</summary>
    private ReadOnlySpan<float> Gather(ReadOnlySpan<float> values, int member, int members, int frames, int row)
    {
        if (members == 1)
            return values;
        if (gathered.Length < frames * row)
            gathered = new float[frames * row];
        for (var f = 0; f < frames; f++)
            values.Slice((f * members + member) * row, row).CopyTo(gathered.AsSpan(f * row));
        return gathered.AsSpan(0, frames * row);
    }
}
