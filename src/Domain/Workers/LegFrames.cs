using System.Numerics;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;

namespace LedCluster.Domain.Workers;

/// <summary>The frames of a micro leg: each is encoded, decoded, compared and checked as it comes, and kept only if the run keeps fields.</summary>
/// <param name="layout">Layout of the fields.</param>
/// <param name="model">Encoder and decoder.</param>
/// <param name="leg">The leg.</param>
/// <param name="context">The members; the leg's first frame.</param>
/// <param name="kept">Number format of kept fields; null where none are kept.</param>
/// <param name="diagnostics">The system's diagnostics, if it has any.</param>
/// <param name="meter">Books the time since the last reading on the micro solver whenever frames come.</param>
internal sealed class LegFrames(
    FieldLayout layout, EffectiveModel model, Leg leg, StepContext context, KeptPrecision? kept, Diagnostics? diagnostics, WorkMeter meter)
    : IFrameSink
{
    /// <summary>Fields that are encoded and decoded at once, in bytes of float32: they stay in the second-level cache.</summary>
    private const int BytesAtOnce = 1 << 18;

    private readonly double[] misfits = new double[context.Count];
    private readonly float[] excess = new float[context.Count];
    private readonly long rows = (long)leg.Frames * context.Count;
    private float[] decoded = [];
    private long row;

    /// <summary>Latents [frames, M, d_z].</summary>
    public float[] Latents { get; } = new float[(long)leg.Frames * context.Count * model.Reduction.LatentSize];

    /// <summary>Fields [frames, M, C·X] if they are kept in float32.</summary>
    public float[] Fields { get; } = kept == KeptPrecision.Float32 ? FieldBuffers.Rent<float>(checked(leg.Frames * context.Count * layout.Size)) : [];

    /// <summary>Fields [frames, M, C·X] if they are kept in float64.</summary>
    public double[] WideFields { get; } = kept == KeptPrecision.Float64 ? FieldBuffers.Rent<double>(checked(leg.Frames * context.Count * layout.Size)) : [];

    /// <summary>Diagnostics [frames, M, D].</summary>
    public float[] Series { get; } = new float[(long)leg.Frames * context.Count * (diagnostics?.Names.Length ?? 0)];

    /// <summary>The first fault of each member, or null, [M].</summary>
    public string?[] Faults { get; } = new string?[context.Count];

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">More frames come than the leg has, or a part of a row.</exception>
    public void Add(ReadOnlySpan<double> fields)
    {
        meter.Book(Work.Micro);
        var (size, d) = (layout.Size, model.Reduction.LatentSize);
        if (fields.Length % size != 0 || fields.Length / size > rows - row)
            throw new InvalidOperationException(
                $"The micro solver handed out {fields.Length} numbers after {row} of {rows} rows of {size} numbers: "
                + "it must hand out whole rows, and no more than it was asked for.");
        while (!fields.IsEmpty)
        {
            var count = DecodedRows.Next(row, fields.Length / size, size, context, out var own, BytesAtOnce);
            var piece = fields[..(count * size)];
            var latents = Latents.AsSpan((int)row * d, count * d);
            model.Reduction.Encode(piece, latents);
            meter.Book(Work.Encode);
            Judge(piece, latents, own, count);
            meter.Book(Work.Decode);
            if (diagnostics is not null)
                diagnostics.Compute(piece, latents, Series.AsSpan((int)row * diagnostics.Names.Length, count * diagnostics.Names.Length), own);
            Check(piece, count);
            meter.Start();
            row += count;
            fields = fields[(count * size)..];
        }
    }

    /// <summary>Asserts that all frames have come.</summary>
    /// <exception cref="InvalidOperationException">Some have not.</exception>
    public void End()
    {
        if (row < rows)
            throw new InvalidOperationException($"The micro solver handed out {row} of {rows} rows of fields.");
    }

    /// <summary>What the model's forecast is worth, [M].</summary>
    public Trust[] Trust() => [.. misfits.Select((sum, m) => (Mean: sum * context.Count / rows, Excess: excess[m]))
        .Select(of => new Trust((float)(model.Reduction.HasLikelihood ? of.Mean : Math.Sqrt(of.Mean)), of.Excess))];

    private void Judge(ReadOnlySpan<double> fields, ReadOnlySpan<float> latents, in StepContext own, int count)
    {
        var (size, d) = (layout.Size, model.Reduction.LatentSize);
        if (!model.Reduction.HasLikelihood)
        {
            if (decoded.Length < count * size)
                decoded = new float[count * size];
            model.Reduction.Decode(latents, decoded.AsSpan(0, count * size), own);
        }
        for (var r = 0; r < count; r++)
        {
            var m = (int)((row + r) % context.Count);
            var field = fields.Slice(r * size, size);
            misfits[m] += model.Reduction.HasLikelihood ? model.Reduction.NegativeLogLikelihood(field, latents.Slice(r * d, d))
                : model.Reduction.MeanSquaredError(field, decoded.AsSpan(r * size, size));
            excess[m] = MathF.Max(excess[m], model.Excess(latents.Slice(r * d, d)));
        }
    }

    private void Check(ReadOnlySpan<double> fields, int count)
    {
        var size = layout.Size;
        for (var r = 0; r < count; r++)
        {
            var (frame, m) = Math.DivRem(row + r, context.Count);
            Faults[m] ??= layout.Fault(fields.Slice(r * size, size)) is { } fault ? $"frame {leg.First + frame}: {fault}" : null;
        }
        if (kept == KeptPrecision.Float64)
            fields.CopyTo(WideFields.AsSpan((int)row * size));
        if (kept != KeptPrecision.Float32)
            return;
        var narrow = Fields.AsSpan((int)row * size, count * size);
        var at = 0;
        for (var lanes = Vector<double>.Count; at <= narrow.Length - 2 * lanes; at += 2 * lanes)
            Vector.Narrow(new Vector<double>(fields[at..]), new Vector<double>(fields[(at + lanes)..])).CopyTo(narrow[at..]);
        for (; at < narrow.Length; at++)
            narrow[at] = (float)fields[at];
    }
}
