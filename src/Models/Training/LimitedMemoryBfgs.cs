namespace LedCluster.Models.Training;

/// <summary>
/// L-BFGS with backtracking (Nocedal and Wright 2006, Numerical Optimization, algorithms 7.4 and 3.1), in float64. MathNet's
/// minimiser runs to the end in one call; this one takes one step at a time, so that training can be watched, saved and
/// resumed.
/// </summary>
/// <param name="objective">Value and gradient at a point.</param>
/// <param name="memory">Pairs of steps and gradient differences that are kept.</param>
internal sealed class LimitedMemoryBfgs(Func<double[], (double Value, double[] Gradient)> objective, int memory)
{
    private const double Armijo = 1e-4, SmallestStep = 1e-10;

    private readonly List<(double[] Step, double[] Change)> pairs = [];
    private double[] point = [], gradient = [];

    /// <summary>Value at the current point.</summary>
    public double Value { get; private set; }

    /// <summary>Times the objective was computed.</summary>
    public int Evaluations { get; private set; }

    /// <summary>The current point.</summary>
    public double[] Point => point;

    /// <summary>Starts at a point.</summary>
    public void Start(double[] at)
    {
        pairs.Clear();
        (point, (Value, gradient)) = (at, objective(at));
        Evaluations = 1;
    }

    /// <summary>Goes one step downhill.</summary>
    /// <returns>False when no step improves the value any more.</returns>
    public bool Step()
    {
        var direction = Direction();
        var slope = Dot(gradient, direction);
        if (slope >= 0)
        {
            pairs.Clear();
            direction = Direction();
            slope = Dot(gradient, direction);
        }
        for (var length = 1.0; length >= SmallestStep;)
        {
            var candidate = Along(point, direction, length);
            var (value, next) = objective(candidate);
            Evaluations++;
            if (value <= Value + Armijo * length * slope)
            {
                Remember(candidate, next);
                (point, gradient, Value) = (candidate, next, value);
                return true;
            }
            // The minimum of the parabola through both values and the slope, within [0.1, 0.5] of the last length.
            var parabola = -slope * length / (2 * (value - Value - slope * length));
            length *= double.IsFinite(value) ? Math.Clamp(parabola, 0.1, 0.5) : 0.1;
        }
        if (pairs.Count == 0)
            return false;
        pairs.Clear(); // the model of the curvature has gone stale; try again from steepest descent
        return true;
    }

    /// <summary>Everything that the next steps depend on.</summary>
    public double[] Save() => [Evaluations, Value, pairs.Count, .. point, .. gradient, .. pairs.SelectMany(p => p.Step.Concat(p.Change))];

    /// <summary>Undoes <see cref="Save"/>.</summary>
    /// <param name="saved">What was saved.</param>
    /// <param name="length">Length of a point.</param>
    public void Restore(double[] saved, int length)
    {
        (Evaluations, Value) = ((int)saved[0], saved[1]);
        var rest = saved[3..].Chunk(length).ToArray();
        (point, gradient) = (rest[0], rest[1]);
        pairs.Clear();
        for (var i = 0; i < (int)saved[2]; i++)
            pairs.Add((rest[2 + 2 * i], rest[3 + 2 * i]));
    }

    /// <summary>The two-loop recursion for −H∇f.</summary>
    private double[] Direction()
    {
        var q = (double[])gradient.Clone();
        var weights = new double[pairs.Count];
        for (var i = pairs.Count - 1; i >= 0; i--)
        {
            weights[i] = Dot(pairs[i].Step, q) / Dot(pairs[i].Step, pairs[i].Change);
            Add(q, pairs[i].Change, -weights[i]);
        }
        var scale = pairs.Count > 0
            ? Dot(pairs[^1].Step, pairs[^1].Change) / Dot(pairs[^1].Change, pairs[^1].Change)
            : Math.Min(1, 0.01 / Math.Sqrt(Dot(q, q)));
        for (var k = 0; k < q.Length; k++)
            q[k] *= scale;
        for (var i = 0; i < pairs.Count; i++)
            Add(q, pairs[i].Step, weights[i] - Dot(pairs[i].Change, q) / Dot(pairs[i].Step, pairs[i].Change));
        return Array.ConvertAll(q, x => -x);
    }

    private void Remember(double[] candidate, double[] next)
    {
        var (step, change) = (Along(candidate, point, -1), Along(next, gradient, -1));
        if (Dot(step, change) <= 1e-12 * Math.Sqrt(Dot(step, step) * Dot(change, change)))
            return; // no positive curvature: the pair would spoil the model
        pairs.Add((step, change));
        if (pairs.Count > memory)
            pairs.RemoveAt(0);
    }

    private static double Dot(double[] a, double[] b) => System.Numerics.Tensors.TensorPrimitives.Dot<double>(a, b);

    private static void Add(double[] sum, double[] x, double factor) =>
        System.Numerics.Tensors.TensorPrimitives.MultiplyAdd<double>(x, factor, sum, sum);

    private static double[] Along(double[] from, double[] direction, double length)
    {
        var to = (double[])from.Clone();
        Add(to, direction, length);
        return to;
    }
}
