using System.Buffers;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers;

/// <summary>A solver whose full state is an array of numbers, as many for each member, and that fills arrays with a few frames at a time.</summary>
public abstract class FixedSizeSolver : IMicroSolver
{
    /// <summary>Frames that are made before they are handed out, in bytes: near the second-level cache, and no less than one frame.</summary>
    private const int BytesAtOnce = 1 << 20;

    /// <inheritdoc />
    public abstract FieldLayout Layout { get; }

    /// <summary>Numbers per member in the full state.</summary>
    public abstract int StateSize { get; }

    /// <summary>Full state that belongs to given fields.</summary>
    /// <param name="fields">Fields [M, C·X].</param>
    /// <param name="state">Receives the full state [M, state size].</param>
    /// <param name="lift">How to fill what the fields do not determine.</param>
    /// <param name="context">Members, frame, parameters; solvers that depend on none of them ignore it.</param>
    public abstract void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context);

    /// <summary>Advances by whole coarse frames.</summary>
    /// <param name="state">Full state [M, state size]; overwritten with the state after the last frame.</param>
    /// <param name="frames">Number of coarse time steps.</param>
    /// <param name="fields">Receives the fields after each step, [frames, M, C·X].</param>
    /// <param name="context">Members, frame, parameters; solvers that depend on none of them ignore it.</param>
    public abstract void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context);

    /// <inheritdoc />
    public double[] Lift(ReadOnlySpan<double> fields, LiftRule lift, in StepContext context)
    {
        var state = new double[context.Count * (long)StateSize];
        Lift(fields, state, lift, context);
        return state;
    }

    /// <inheritdoc />
    public double[] Advance(double[] state, int frames, IFrameSink sink, in StepContext context)
    {
        var row = context.Count * Layout.Size;
        var atOnce = (int)Math.Clamp(BytesAtOnce / (sizeof(double) * (long)row), 1, frames);
        var pool = ArrayPool<double>.Shared;
        var fields = pool.Rent(checked(atOnce * row));
        for (var done = 0; done < frames; done += atOnce)
        {
            var count = Math.Min(atOnce, frames - done);
            Advance(state, count, fields.AsSpan(0, count * row), context.At(context.Frame + done));
            sink.Add(fields.AsSpan(0, count * row));
        }
        pool.Return(fields);
        return state;
    }
}
