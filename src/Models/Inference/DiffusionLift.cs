namespace LedCluster.Models.Inference;

/// <summary>
/// Lifting of diffusion maps: x = Σ_j c_j s_j over the k samples whose coordinates are nearest to ψ*, with c from
/// min |ψ(x) − ψ*|² + (Σ c − 1)² under 0 ≤ c ≤ 1, from c = 1/k on (the LED paper's reference code).
/// </summary>
/// <remarks>
/// Levenberg and Marquardt's method; each step minimises its quadratic model within the bounds by coordinate descent. With
/// G the samples' products, x·s_i = Σ_j c_j G_ji, so that an iteration takes n·k·(d_z + 1) products whatever the field's size.
/// ∂ψ_m/∂c_j = (2/ε²)(Σ_i p_i φ_mi G_ji − ψ_m Σ_i p_i G_ji) with φ_m = ψ_m(s)/λ_m.
/// </remarks>
internal sealed class DiffusionLift
{
    private const int Iterations = 40, Sweeps = 60;
    private const double Settled = 1e-9, LargestDamping = 1e9;

    private readonly DiffusionKernel kernel;
    private readonly float[] coordinates;
    private readonly double[] extension;
    private readonly int latents, neighbours;
    private readonly Lazy<double[]> gram;

    /// <summary>Prepares to lift; the samples' products are computed when they are first needed.</summary>
    /// <param name="kernel">Samples and kernel.</param>
    /// <param name="coordinates">ψ_k(s_i), [n, d_z].</param>
    /// <param name="extension">φ_k(s_i) = ψ_k(s_i)/λ_k, [d_z, padded n].</param>
    /// <param name="latents">d_z.</param>
    /// <param name="neighbours">k.</param>
    public DiffusionLift(DiffusionKernel kernel, float[] coordinates, double[] extension, int latents, int neighbours)
    {
        (this.kernel, this.coordinates, this.extension, this.latents, this.neighbours) = (kernel, coordinates, extension, latents, neighbours);
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
    /// <param name="Nearest">The samples, [k].</param>
    /// <param name="Coefficients">c, [k].</param>
    /// <param name="Residual">ψ(x) − ψ* and Σ c − 1, [d_z + 1].</param>
    /// <param name="Jacobian">[d_z + 1, k].</param>
    /// <param name="Row">p, padded.</param>
    /// <param name="Weighted">p φ, padded.</param>
    internal sealed record Work(int[] Nearest, double[] Coefficients, double[] Residual, double[] Jacobian, double[] Row, double[] Weighted);

    /// <summary>Arrays for <see cref="Solve"/>.</summary>
    public Work NewWork() => new(
        new int[neighbours], new double[neighbours], new double[latents + 1], new double[(latents + 1) * neighbours], new double[kernel.Stride], new double[kernel.Stride]);

    /// <summary>Finds the nearest samples and their coefficients.</summary>
    /// <param name="target">ψ* [d_z].</param>
    /// <param name="work">Receives them.</param>
    public void Solve(ReadOnlySpan<float> target, Work work)
    {
        FindNearest(target, work.Nearest);
        var (k, c) = (neighbours, work.Coefficients);
        Array.Fill(c, 1.0 / k);
        var (cost, damping) = (Cost(c, target, work), 1e-3);
        var (normal, gradient, step, trial) = (new double[k * k], new double[k], new double[k], new double[k]);
        for (var iteration = 0; iteration < Iterations && cost > 0; iteration++)
        {
            Linearise(work);
            for (var i = 0; i < k; i++)
            {
                gradient[i] = 0;
                for (var m = 0; m <= latents; m++)
                    gradient[i] += work.Jacobian[m * k + i] * work.Residual[m];
                for (var j = 0; j < k; j++)
                {
                    normal[i * k + j] = 0;
                    for (var m = 0; m <= latents; m++)
                        normal[i * k + j] += work.Jacobian[m * k + i] * work.Jacobian[m * k + j];
                }
            }
            var before = cost;
            do
            {
                Descend(normal, gradient, damping, c, step);
                for (var i = 0; i < k; i++)
                    trial[i] = Math.Clamp(c[i] + step[i], 0, 1);
                cost = Cost(trial, target, work);
                damping *= cost < before ? 0.2 : 5;
            }
            while (!(cost < before) && damping < LargestDamping);
            if (!(cost < before))
                return; // no step helps: c is the minimum as far as it can be told
            trial.CopyTo(c, 0);
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

    /// <summary>Minimises ½ δᵀ(H + μI)δ + gᵀδ for 0 ≤ c + δ ≤ 1, where μ is the damping in units of H's mean diagonal.</summary>
    private void Descend(double[] normal, double[] gradient, double damping, double[] c, double[] step)
    {
        var k = neighbours;
        var trace = 0.0;
        for (var i = 0; i < k; i++)
            trace += normal[i * k + i];
        var μ = damping * trace / k;
        Array.Clear(step);
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var moved = 0.0;
            for (var i = 0; i < k; i++)
            {
                var slope = gradient[i];
                for (var j = 0; j < k; j++)
                    slope += j == i ? 0 : normal[i * k + j] * step[j];
                var next = Math.Clamp(-slope / (normal[i * k + i] + μ), -c[i], 1 - c[i]);
                moved = Math.Max(moved, Math.Abs(next - step[i]));
                step[i] = next;
            }
            if (moved < Settled)
                return;
        }
    }

    private ReadOnlySpan<double> Products(int sample) => gram.Value.AsSpan(sample * kernel.Stride, kernel.Stride);

    private ReadOnlySpan<double> Extension(int m) => extension.AsSpan(m * kernel.Stride, kernel.Stride);
}
