namespace LedCluster.Models.Inference;

/// <summary>
/// Lifting of diffusion maps: x = Σ_j c_j s_j over the k samples whose coordinates are nearest to ψ*, with c from
/// min |ψ(x) − ψ*|² + (Σ c − 1)² under −b ≤ c ≤ 1 + b, from c = 1/k on (b = 0 in the LED paper's reference code).
/// </summary>
/// <remarks>
/// Levenberg and Marquardt's method; in each step, coefficients that would leave the bounds are set on them and the others
/// solved for again. With
/// G the samples' products, x·s_i = Σ_j c_j G_ji, so that an iteration takes n·k·(d_z + 1) products whatever the field's size.
/// ∂ψ_m/∂c_j = (2/ε²)(Σ_i p_i φ_mi G_ji − ψ_m Σ_i p_i G_ji) with φ_m = ψ_m(s)/λ_m.
/// </remarks>
internal sealed class DiffusionLift
{
    private const int Iterations = 40;
    private const double Exact = 1e-14, Settled = 1e-6, LeastDamping = 1e-12, LargestDamping = 1e9; // ψ* is known to 1e-7

    private readonly DiffusionKernel kernel;
    private readonly float[] coordinates;
    private readonly double[] extension;
    private readonly int latents, neighbours;
    private readonly double overshoot;
    private readonly Lazy<double[]> gram;

    /// <summary>Prepares to lift; the samples' products are computed when they are first needed.</summary>
    /// <param name="kernel">Samples and kernel.</param>
    /// <param name="coordinates">ψ_k(s_i), [n, d_z].</param>
    /// <param name="extension">φ_k(s_i) = ψ_k(s_i)/λ_k, [d_z, padded n].</param>
    /// <param name="latents">d_z.</param>
    /// <param name="neighbours">k.</param>
    /// <param name="overshoot">b.</param>
    public DiffusionLift(DiffusionKernel kernel, float[] coordinates, double[] extension, int latents, int neighbours, double overshoot)
    {
        (this.kernel, this.coordinates, this.extension, this.latents, this.neighbours, this.overshoot) = (
            kernel, coordinates, extension, latents, neighbours, overshoot);
        gram = new(() =>
        {
            var (rows, x) = (new double[kernel.Count * kernel.Stride], new double[kernel.Size]);
            for (var i = 0; i < kernel.Count; i++)
            {
                for (var p = 0; p < x.Length; p++)
                    x[p] = kernel.Sample(i, p);
                kernel.Products(x, rows.AsSpan(i * kernel.Stride, kernel.Stride));
            }
            return rows;
        });
    }

    /// <summary>Arrays of one lifting, which the next may use again.</summary>
    internal sealed class Work(int neighbours, int latents, int samples)
    {
        /// <summary>The samples, [k].</summary>
        public int[] Nearest { get; } = new int[neighbours];

        /// <summary>c, [k].</summary>
        public double[] Coefficients { get; } = new double[neighbours];

        /// <summary>c after a step that may be taken back, [k].</summary>
        public double[] Trial { get; } = new double[neighbours];

        /// <summary>ψ(x) − ψ* and Σ c − 1, [d_z + 1].</summary>
        public double[] Residual { get; } = new double[latents + 1];

        /// <summary>Its derivatives, [d_z + 1, k].</summary>
        public double[] Jacobian { get; } = new double[(latents + 1) * neighbours];

        /// <summary>H = JᵀJ, [k, k].</summary>
        public double[] Normal { get; } = new double[neighbours * neighbours];

        /// <summary>Cholesky's factor of its free part, [k, k].</summary>
        public double[] Factor { get; } = new double[neighbours * neighbours];

        /// <summary>g = Jᵀr, [k].</summary>
        public double[] Gradient { get; } = new double[neighbours];

        /// <summary>δ, [k].</summary>
        public double[] Step { get; } = new double[neighbours];

        /// <summary>Coefficients that are not held at a bound, by index.</summary>
        public int[] Free { get; } = new int[neighbours];

        /// <summary>δ of the free coefficients, before the bounds.</summary>
        public double[] Solution { get; } = new double[neighbours];

        /// <summary>p over the samples, padded.</summary>
        public double[] Row { get; } = new double[samples];

        /// <summary>p (φ − ψ), padded.</summary>
        public double[] Weighted { get; } = new double[samples];
    }

    /// <summary>Arrays for <see cref="Solve"/>.</summary>
    public Work NewWork() => new(neighbours, latents, kernel.Stride);

    /// <summary>Finds the nearest samples and their coefficients.</summary>
    /// <param name="target">ψ* [d_z].</param>
    /// <param name="work">Receives them.</param>
    public void Solve(ReadOnlySpan<float> target, Work work)
    {
        FindNearest(target, work.Nearest);
        var (k, c) = (neighbours, work.Coefficients);
        Array.Fill(c, 1.0 / k);
        var (cost, damping) = (Cost(c, target, work), 1e-3);
        for (var iteration = 0; iteration < Iterations && cost > Exact; iteration++)
        {
            Linearise(work);
            for (var i = 0; i < k; i++)
            {
                work.Gradient[i] = 0;
                for (var m = 0; m <= latents; m++)
                    work.Gradient[i] += work.Jacobian[m * k + i] * work.Residual[m];
                for (var j = 0; j < k; j++)
                {
                    var sum = 0.0;
                    for (var m = 0; m <= latents; m++)
                        sum += work.Jacobian[m * k + i] * work.Jacobian[m * k + j];
                    work.Normal[i * k + j] = sum;
                }
            }
            var before = cost;
            do
            {
                Descend(damping, work);
                for (var i = 0; i < k; i++)
                    work.Trial[i] = Math.Clamp(c[i] + work.Step[i], -overshoot, 1 + overshoot);
                cost = Cost(work.Trial, target, work);
                damping = Math.Max(LeastDamping, damping * (cost < before ? 0.2 : 5));
            }
            while (!(cost < before) && damping < LargestDamping);
            if (!(cost < before))
                return; // no step helps: c is the minimum as far as it can be told
            work.Trial.CopyTo(c, 0);
            if (before - cost <= Settled * before)
                return;
        }
    }

    /// <summary>The k samples nearest to ψ*, of equals the first, in ascending order of distance.</summary>
    private void FindNearest(ReadOnlySpan<float> target, int[] nearest)
    {
        Span<double> distances = stackalloc double[neighbours];
        var found = 0;
        for (var i = 0; i < kernel.Count; i++)
        {
            var distance = 0.0;
            for (var m = 0; m < latents; m++)
                distance += ((double)coordinates[i * latents + m] - target[m]) * ((double)coordinates[i * latents + m] - target[m]);
            if (found == neighbours && !(distance < distances[^1]))
                continue;
            var place = found < neighbours ? found++ : neighbours - 1;
            for (; place > 0 && distance < distances[place - 1]; place--)
                (distances[place], nearest[place]) = (distances[place - 1], nearest[place - 1]);
            (distances[place], nearest[place]) = (distance, i);
        }
    }

    /// <summary>|ψ(x) − ψ*|² + (Σ c − 1)²; leaves p and the residual in <paramref name="work"/>.</summary>
    private double Cost(ReadOnlySpan<double> c, ReadOnlySpan<float> target, Work work)
    {
        Array.Clear(work.Row);
        var total = 0.0;
        for (var j = 0; j < neighbours; j++)
        {
            DiffusionKernel.Add(c[j], Products(work.Nearest[j]), work.Row);
            total += c[j];
        }
        kernel.Transitions(work.Row);
        work.Residual[latents] = total - 1;
        var cost = (total - 1) * (total - 1);
        for (var m = 0; m < latents; m++)
        {
            var difference = DiffusionKernel.Dot(work.Row, Extension(m)) - target[m];
            work.Residual[m] = difference;
            cost += difference * difference;
        }
        return cost;
    }

    /// <summary>The residual's Jacobian where <see cref="Cost"/> was last computed.</summary>
    private void Linearise(Work work)
    {
        for (var m = 0; m < latents; m++)
        {
            var φ = Extension(m);
            var mean = DiffusionKernel.Dot(work.Row, φ);
            for (var i = 0; i < work.Row.Length; i++)
                work.Weighted[i] = work.Row[i] * (φ[i] - mean);
            for (var j = 0; j < neighbours; j++)
                work.Jacobian[m * neighbours + j] = kernel.Slope * DiffusionKernel.Dot(work.Weighted, Products(work.Nearest[j]));
        }
        work.Jacobian.AsSpan(latents * neighbours).Fill(1);
    }

    /// <summary>
    /// A step δ that lowers ½ δᵀ(H + μI)δ + gᵀδ for −b ≤ c + δ ≤ 1 + b, where μ is the damping in units of H's mean diagonal:
    /// its minimum when no bound is met.
    /// </summary>
    private void Descend(double damping, Work work)
    {
        var (k, c, g, step, free) = (neighbours, work.Coefficients, work.Gradient, work.Step, work.Free);
        var trace = 0.0;
        for (var i = 0; i < k; i++)
            trace += work.Normal[i * k + i];
        var μ = damping * trace / k;
        Array.Clear(step);
        var count = 0;
        for (var i = 0; i < k; i++)
            if (!(c[i] <= -overshoot && g[i] > 0 || c[i] >= 1 + overshoot && g[i] < 0))
                free[count++] = i;
        while (count > 0)
        {
            SolveFree(μ, count, work);
            var kept = 0;
            for (var a = 0; a < count; a++)
            {
                var i = free[a];
                var bounded = Math.Clamp(work.Solution[a], -overshoot - c[i], 1 + overshoot - c[i]);
                step[i] = bounded;
                if (bounded == work.Solution[a])
                    free[kept++] = i;
            }
            if (kept == count)
                return;
            count = kept;
        }
    }

    /// <summary>(H + μI)δ = −g over the free coefficients, the others' steps given, by Cholesky's decomposition.</summary>
    private void SolveFree(double μ, int count, Work work)
    {
        var (k, lower, y, free) = (neighbours, work.Factor, work.Solution, work.Free);
        for (var a = 0; a < count; a++)
            work.Step[free[a]] = 0;
        for (var a = 0; a < count; a++)
        {
            var i = free[a];
            y[a] = -work.Gradient[i];
            for (var j = 0; j < k; j++)
                y[a] -= work.Normal[i * k + j] * work.Step[j];
            for (var b = 0; b <= a; b++)
            {
                var sum = work.Normal[i * k + free[b]] + (a == b ? μ : 0);
                for (var m = 0; m < b; m++)
                    sum -= lower[a * k + m] * lower[b * k + m];
                lower[a * k + b] = a == b ? Math.Sqrt(Math.Max(sum, double.Epsilon)) : sum / lower[b * k + b];
            }
            for (var m = 0; m < a; m++)
                y[a] -= lower[a * k + m] * y[m];
            y[a] /= lower[a * k + a];
        }
        for (var a = count - 1; a >= 0; a--)
        {
            for (var m = a + 1; m < count; m++)
                y[a] -= lower[m * k + a] * y[m];
            y[a] /= lower[a * k + a];
        }
    }

    private ReadOnlySpan<double> Products(int sample) => gram.Value.AsSpan(sample * kernel.Stride, kernel.Stride);

    private ReadOnlySpan<double> Extension(int m) => extension.AsSpan(m * kernel.Stride, kernel.Stride);
}
