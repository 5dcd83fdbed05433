namespace LedCluster.Domain.Workers;

/// <summary>The micro solver alone, in pieces that bound the memory.</summary>
public static class MicroSimulation
{
    /// <summary>Frames of a piece at most.</summary>
    private const int FramesAtATime = 200;

    /// <summary>Numbers of a piece at most, if it has more than one frame: 64 MiB.</summary>
    private const int NumbersAtATime = 8 << 20;

    /// <summary>Advances a block of members from their initial fields and hands out its frames in order.</summary>
    /// <param name="solver">The solver.</param>
    /// <param name="fields">Initial fields [M, C·X], handed out as frame 0.</param>
    /// <param name="frames">Last frame.</param>
    /// <param name="context">Members and parameters; frame 0.</param>
    /// <param name="handOut">Given the first frame's index and the piece [frames, M, C·X].</param>
    public static void Run(IMicroSolver solver, double[] fields, int frames, in StepContext context, Action<int, double[]> handOut)
    {
        var state = solver.Lift(fields, LiftRule.Equilibrium, context);
        handOut(0, fields);
        if (frames == 0)
            return;
        var pieces = new Pieces(fields.Length, frames, handOut);
        solver.AdvanceOnSchedule(state, frames, pieces, context);
        pieces.End();
    }

    /// <summary>Collects rows into pieces of whole frames.</summary>
    private sealed class Pieces(int row, int frames, Action<int, double[]> handOut) : IFrameSink
    {
        private readonly int atOnce = Math.Clamp(NumbersAtATime / row, 1, FramesAtATime);
        private double[] piece = [];
        private int first = 1, filled;

        public void Add(ReadOnlySpan<double> fields)
        {
            while (!fields.IsEmpty)
            {
                if (piece.Length == 0)
                    piece = first <= frames ? new double[Math.Min(atOnce, frames + 1 - first) * row] : throw Wrong("more");
                var count = Math.Min(fields.Length, piece.Length - filled);
                fields[..count].CopyTo(piece.AsSpan(filled));
                fields = fields[count..];
                filled += count;
                if (filled < piece.Length)
                    return;
                handOut(first, piece);
                (first, piece, filled) = (first + piece.Length / row, [], 0);
            }
        }

        public void End()
        {
            if (first <= frames)
                throw Wrong("fewer");
        }

        private InvalidOperationException Wrong(string what) => new($"The micro solver handed out {what} than {frames} frames of {row} numbers.");
    }
}
