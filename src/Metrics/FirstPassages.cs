using MathNet.Numerics.LinearAlgebra;

namespace LedCluster.Metrics;

/// <summary>Mean first-passage times between states: counted along trajectories, or of a Markov chain that is estimated from them.</summary>
public static class FirstPassages
{
    /// <summary>
    /// Mean number of frames from a frame in state i until the trajectory is next in state j, over all frames in i after which it is; [i,
    /// j], NaN where there is none. A trajectory must be many passages long, as those that it cuts off do not count.
    /// </summary>
    /// <param name="paths">State of each frame of each trajectory, −1 in none.</param>
    /// <param name="states">Number of states.</param>
    public static double[,] Counted(IEnumerable<int[]> paths, int states)
    {
        var (sums, counts, means) = (new double[states, states], new long[states, states], new double[states, states]);
        foreach (var path in paths)
        {
            var next = new int[states]; // frame at which a state is entered next
            Array.Fill(next, -1);
            for (var f = path.Length - 1; f >= 0; f--)
            {
                if (path[f] < 0)
                    continue;
                next[path[f]] = f;
                for (var j = 0; j < states; j++)
                    if (j != path[f] && next[j] >= 0)
                    {
                        sums[path[f], j] += next[j] - f;
                        counts[path[f], j]++;
                    }
            }
        }
        for (var i = 0; i < states; i++)
            for (var j = 0; j < states; j++)
                means[i, j] = counts[i, j] > 0 ? sums[i, j] / counts[i, j] : double.NaN;
        return means;
    }

    /// <summary>
    /// The same of a Markov chain between cells, whose transition probabilities are the shares of the trajectories' steps: the solution of
    /// (I − Q) τ = 1 with the cells of j absorbing, mean over the cells of i by the number of their frames. Cells from which the most
    /// visited one is not reached, or which are not reached from it, are left out with the steps to and from them: nothing is known of how
    /// such a cell is left. NaN for states without other cells.
    /// </summary>
    /// <param name="paths">Cell of each frame of each trajectory.</param>
    /// <param name="cells">Number of cells.</param>
    /// <param name="state">State of each cell, −1 for none.</param>
    /// <param name="states">Number of states.</param>
    public static double[,] OfChain(IReadOnlyList<int[]> paths, int cells, int[] state, int states)
    {
        var (counts, visits) = (new Dictionary<(int From, int To), int>(), new double[cells]);
        foreach (var path in paths)
            for (var f = 0; f + 1 < path.Length; f++)
                counts[(path[f], path[f + 1])] = counts.GetValueOrDefault((path[f], path[f + 1])) + 1;
        var connected = Connected(counts);
        foreach (var (step, count) in counts.ToArray())
            if (connected.Contains(step.From) && connected.Contains(step.To))
                visits[step.From] += count;
            else
                counts.Remove(step);
        var means = new double[states, states];
        for (var j = 0; j < states; j++)
        {
            int[] open = [.. Enumerable.Range(0, cells).Where(c => visits[c] > 0 && state[c] != j)];
            if (open.Length == connected.Count) // nothing of state j
            {
                for (var i = 0; i < states; i++)
                    means[i, j] = double.NaN;
                continue;
            }
            var index = open.Index().ToDictionary(c => c.Item, c => c.Index);
            var matrix = Matrix<double>.Build.DenseIdentity(open.Length);
            foreach (var ((from, to), count) in counts)
                if (index.TryGetValue(from, out var row) && index.TryGetValue(to, out var column))
                    matrix[row, column] -= count / visits[from];
            var times = matrix.Solve(Vector<double>.Build.Dense(open.Length, 1));
            for (var i = 0; i < states; i++)
            {
                var own = open.Where(c => state[c] == i).ToArray();
                means[i, j] = i == j || own.Length == 0 ? double.NaN : own.Sum(c => visits[c] * times[index[c]]) / own.Sum(c => visits[c]);
            }
        }
        return means;
    }

    /// <summary>Cells that the most left one reaches and that reach it.</summary>
    private static HashSet<int> Connected(Dictionary<(int From, int To), int> counts)
    {
        if (counts.Count == 0)
            return [];
        var first = counts.GroupBy(step => step.Key.From, step => (long)step.Value).MaxBy(group => group.Sum())!.Key;
        var forward = Reached(counts.Keys.ToLookup(step => step.From, step => step.To));
        forward.IntersectWith(Reached(counts.Keys.ToLookup(step => step.To, step => step.From)));
        return forward;

        HashSet<int> Reached(ILookup<int, int> next)
        {
            var (reached, waiting) = (new HashSet<int> { first }, new Queue<int>([first]));
            while (waiting.TryDequeue(out var cell))
                foreach (var other in next[cell])
                    if (reached.Add(other))
                        waiting.Enqueue(other);
            return reached;
        }
    }
}
