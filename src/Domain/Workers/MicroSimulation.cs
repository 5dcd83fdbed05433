namespace LedCluster.Domain.Workers;

/// <summary>The micro solver alone, in pieces that bound the memory.</summary>
public static class MicroSimulation
{
    /// <summary>Frames advanced at a time.</summary>
    private const int FramesAtATime = 200;

    /// <summary>Advances a block of members from their initial fields and hands out its frames in order.</summary>
    /// <param name="solver">The solver.</param>
    /// <param name="fields">Initial fields [M, C·X], handed out as frame 0.</param>
    /// <param name="frames">Last frame.</param>
    /// <param name="handOut">Given the first frame's index and the piece [frames, M, C·X].</param>
    public static void Run(IMicroSolver solver, double[] fields, int frames, Action<int, double[]> handOut)
    {
        var fine = new double[fields.Length / solver.Layout.Size * solver.FineSize];
        solver.Lift(fields, fine, LiftRule.Equilibrium);
        handOut(0, fields);
        for (var first = 1; first <= frames; first += FramesAtATime)
        {
            var piece = new double[Math.Min(FramesAtATime, frames + 1 - first) * fields.Length];
            solver.Advance(fine, piece.Length / fields.Length, piece);
            handOut(first, piece);
        }
    }
}
