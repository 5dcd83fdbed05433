using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Flow;

/// <summary>
/// Incompressible flow in a box, with or without a cylinder: ∂u/∂t = −∇·(uu) + ν∇²u − ∇p + f, ∇·u = 0, density 1. Staggered grid of Harlow and Welch
/// (u at the right face of each cell, v at the upper one, p at its middle); fluxes of momentum with third-order upwind interpolation, viscous ones
/// of second order; Runge-Kutta of third order (Shu &amp; Osher 1988, doi:10.1016/0021-9991(88)90177-5), each stage projected. One thread at a time.
/// </summary>
/// <remarks>
/// In: u given, v = 0. Out: ∂u/∂t + Ū ∂u/∂x = 0 with the mean inflow Ū, then the same number added to all outflow so that as much leaves as enters;
/// ∂v/∂x = 0. Stable for (|u| + |v|)δt/h ≤ 1.5 and (8 + 2(1/θ − 1))νδt/h² ≤ 2.5 about; θ as in <see cref="Obstacle"/>.
/// </remarks>
internal sealed unsafe partial class ChannelFlow
{
    private const int Ψ = 6, Eliminated = 7, Spectrum = 8, Source = 9, Arrays = 10;

    private readonly FlowBox box;
    private readonly PoissonSolver poisson;
    private readonly FlowArrays arrays;
    private readonly FlowBuffers buffers;
    private readonly int stride, columns, rows;
    private double* u, v, nextU, nextV;
    private readonly double* startU, startV;
    private double[] velocities = [], forces = [];
    private double targetFlux;

    /// <summary>Allocates a flow at rest.</summary>
    public ChannelFlow(FlowBox box, PoissonSolver poisson)
    {
        (this.box, this.poisson, arrays, buffers) = (box, poisson, new FlowArrays(box, Arrays), new FlowBuffers(box));
        (stride, columns, rows) = ((int)arrays.Stride, box.Columns, box.Rows);
        u = arrays[0];
        v = arrays[1];
        nextU = arrays[2];
        nextV = arrays[3];
        startU = arrays[4];
        startV = arrays[5];
    }

    /// <summary>Kinematic viscosity ν.</summary>
    public double Viscosity { get; set; }

    /// <summary>The cylinder; null for none.</summary>
    public Obstacle? Body
    {
        get;
        set
        {
            field = value;
            var faces = value is null ? 0 : value.EdgeU.Length + value.EdgeV.Length;
            (velocities, forces) = (new double[faces], new double[faces]);
        }
    }

    /// <summary>u(i, j) at (ih, (j + ½)h), 0 ≤ i ≤ columns.</summary>
    public double U(int i, int j) => u[j * stride + i];

    /// <summary>v(i, j) at ((i + ½)h, jh), 0 ≤ j ≤ rows.</summary>
    public double V(int i, int j) => v[j * stride + i];

    /// <summary>p(i, j) at the last <see cref="Pressure"/>.</summary>
    public double P(int i, int j) => arrays[Ψ][j * stride + i] * box.Spacing;

    /// <summary>∂u/∂t at the last <see cref="Pressure"/>.</summary>
    public double RateU(int i, int j) => nextU[j * stride + i];

    /// <summary>Takes velocities; solid faces are set to 0, no more.</summary>
    /// <param name="right">u at the right faces of the cells, [rows, columns].</param>
    /// <param name="upper">v at the upper faces, [rows, columns]; those of the last row are walls.</param>
    public void Load(ReadOnlySpan<double> right, ReadOnlySpan<double> upper)
    {
        for (var j = 0; j < rows; j++)
        {
            right.Slice(j * columns, columns).CopyTo(new Span<double>(u + j * stride + 1, columns));
            upper.Slice(j * columns, columns).CopyTo(new Span<double>(v + (j + 1) * stride, columns));
            u[j * stride] = box.IsOpen ? box.Inflow[j] : 0;
            if (!box.IsOpen)
                u[j * stride + columns] = 0;
        }
        new Span<double>(v, columns).Clear();
        new Span<double>(v + rows * stride, columns).Clear();
        Hold(u, v);
    }

    /// <summary>Copies velocities out, as <see cref="Load"/> takes them.</summary>
    public void Store(Span<double> right, Span<double> upper)
    {
        for (var j = 0; j < rows; j++)
        {
            new Span<double>(u + j * stride + 1, columns).CopyTo(right[(j * columns)..]);
            new Span<double>(v + (j + 1) * stride, columns).CopyTo(upper[(j * columns)..]);
        }
    }

    /// <summary>Makes the velocities free of divergence, the nearest that are so.</summary>
    public void Project()
    {
        targetFlux = Inflow;
        Project(u, v);
    }

    /// <summary>A step of time.</summary>
    /// <param name="δt">Time step.</param>
    public void Step(double δt)
    {
        targetFlux = Inflow;
        var size = (rows + 1) * stride * sizeof(double);
        Buffer.MemoryCopy(u, startU, size, size);
        Buffer.MemoryCopy(v, startV, size, size);
        Stage(0, 1, δt);
        Stage(0.75, 0.25, 0.25 * δt);
        Stage(1.0 / 3, 2.0 / 3, 2.0 / 3 * δt);
    }

    /// <summary>Largest magnitude of the divergence.</summary>
    public double LargestDivergence()
    {
        var largest = 0.0;
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
            {
                var at = j * stride + i;
                largest = Math.Max(largest, Math.Abs(u[at + 1] - u[at] + v[at + stride] - v[at]));
            }
        return largest / box.Spacing;
    }

    /// <summary>Vorticity ∂v/∂x − ∂u/∂y at the upper right corners of the cells, [rows, columns].</summary>
    public void Vorticity(Span<double> ω)
    {
        Fill(u, v);
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
            {
                var at = (j + 1) * stride + i + 1;
                ω[j * columns + i] = (v[at] - v[at - 1] - u[at] + u[at - stride]) / box.Spacing;
            }
    }

    private double Inflow => box.IsOpen ? box.Inflow.Sum() : 0;

    private void Stage(double start, double own, double step)
    {
        Fill(u, v);
        Combine(start, own, step);
        Inlet(inflow: true);
        Outlet(start, own, step);
        Hold(nextU, nextV);
        Project(nextU, nextV);
        double* oldU = u, oldV = v;
        u = nextU;
        v = nextV;
        nextU = oldU;
        nextV = oldV;
    }

    /// <summary>∂u/∂t and ∂v/∂t without pressure, also on solid faces.</summary>
    private void Rates()
    {
        Fill(u, v);
        Combine(0, 0, 1);
        Inlet(inflow: false);
        Outlet(0, 0, 1);
    }

    /// <summary>Margins around the velocities.</summary>
    private void Fill(double* u, double* v)
    {
        for (var j = 0; j < rows; j++)
        {
            double* left = u + j * stride, right = left + columns;
            left[-1] = 2 * left[0] - left[1];
            left[-2] = 2 * left[0] - left[2];
            right[1] = 2 * right[0] - right[-1];
            right[2] = 2 * right[0] - right[-2];
        }
        var side = box.IsOpen ? -1 : 1; // v = 0, or ∂v/∂x = 0
        for (var j = 0; j <= rows; j++)
        {
            double* left = v + j * stride, right = left + columns;
            left[-1] = side * left[0];
            left[-2] = side * left[1];
            right[0] = right[-1];
            right[1] = box.IsOpen ? right[-1] : right[-2];
        }
        var sign = box.NoSlip ? -1 : 1;
        for (var ghost = 1; ghost <= 2; ghost++)
            for (var i = -2; i <= columns + 2; i++)
            {
                u[-ghost * stride + i] = sign * u[(ghost - 1) * stride + i];
                u[(rows - 1 + ghost) * stride + i] = sign * u[(rows - ghost) * stride + i];
            }
        for (var i = -2; i <= columns + 1; i++) // v/y vanishes at the wall only where there is no slip
        {
            v[-stride + i] = -sign * v[stride + i];
            v[(rows + 1) * stride + i] = -sign * v[(rows - 1) * stride + i];
        }
    }

    /// <summary>next = start·(velocities at the start) + own·(velocities) + step·(their rates without pressure and cylinder).</summary>
    private void Combine(double start, double own, double step)
    {
        var (h, friction) = (box.Spacing, Viscosity / box.Spacing);
        double* across = buffers.Rows, below = across + buffers.RowStride, above = below + buffers.RowStride;
        Flux(u - stride, stride, v - 1, v, below, columns, friction);
        for (var j = 0; j < rows; j++)
        {
            nint at = j * stride;
            Flux(u + at, 1, u + at, u + at + 1, across, columns, friction);
            Flux(u + at, stride, v + at + stride - 1, v + at + stride, above, columns, friction);
            Update(startU + at, u + at, nextU + at, across - 1, below, above, start, own, -step / h);
            var upper = above;
            above = below;
            below = upper;
        }
        Flux(v, stride, v, v + stride, below, columns, friction);
        for (var j = 1; j < rows; j++)
        {
            nint at = j * stride;
            Flux(v + at - 1, 1, u + at - stride, u + at, across, columns + 1, friction);
            Flux(v + at, stride, v + at, v + at + stride, above, columns, friction);
            Update(startV + at, v + at, nextV + at, across, below, above, start, own, -step / h);
            var upper = above;
            above = below;
            below = upper;
        }
        new Span<double>(nextV, columns).Clear();
        new Span<double>(nextV + rows * stride, columns).Clear();
        if (Body is not { } body)
            return;
        foreach (var (at, excess) in body.WallU)
            nextU[at] -= step * Viscosity * excess * u[at];
        foreach (var (at, excess) in body.WallV)
            nextV[at] -= step * Viscosity * excess * v[at];
    }

    /// <summary>
    /// Fluxes Uq − ν∂q/∂x between q₀ and q₁, for third-order upwind q: U(−q₋ + 7q₀ + 7q₁ − q₂)/12 + |U|(q₂ − 3q₁ + 3q₀ − q₋)/12 − (ν/h)(q₁ − q₀),
    /// U = (a + b)/2.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Flux(double* q, nint next, double* a, double* b, double* flux, int count, double friction)
    {
        Vector512<double> half = Vector512.Create(0.5 / 12), seven = Vector512.Create(7.0), three = Vector512.Create(3.0), ν = Vector512.Create(friction);
        for (nint i = 0; i < count; i += Vector512<double>.Count)
        {
            Vector512<double> q0 = Vector512.Load(q + i), q1 = Vector512.Load(q + i + next);
            Vector512<double> before = Vector512.Load(q + i - next), after = Vector512.Load(q + i + 2 * next);
            var speed = (Vector512.Load(a + i) + Vector512.Load(b + i)) * half;
            var centred = Vector512.FusedMultiplyAdd(seven, q0 + q1, -(before + after));
            var (step, bend) = (q1 - q0, after - before);
            var upwind = Vector512.FusedMultiplyAdd(-three, step, bend);
            var sum = Vector512.FusedMultiplyAdd(speed, centred, Vector512.Abs(speed) * upwind);
            Vector512.FusedMultiplyAdd(-ν, step, sum).Store(flux + i);
        }
    }

    /// <summary>next = start·q⁰ + own·q + factor·(difference of fluxes), over a row; across[i + 1] − across[i] and above − below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Update(double* first, double* q, double* next, double* across, double* below, double* above, double start, double own, double factor)
    {
        Vector512<double> s = Vector512.Create(start), o = Vector512.Create(own), f = Vector512.Create(factor);
        for (nint i = 0; i < columns; i += Vector512<double>.Count)
        {
            var net = Vector512.Load(across + i + 1) - Vector512.Load(across + i) + (Vector512.Load(above + i) - Vector512.Load(below + i));
            var kept = Vector512.FusedMultiplyAdd(o, Vector512.Load(q + i), s * Vector512.Load(first + i));
            Vector512.FusedMultiplyAdd(f, net, kept).Store(next + i);
        }
    }

    private void Inlet(bool inflow)
    {
        for (var j = 0; j < rows; j++)
            nextU[j * stride] = inflow && box.IsOpen ? box.Inflow[j] : 0;
    }

    private void Outlet(double start, double own, double step)
    {
        var speed = step * box.MeanInflow / box.Spacing;
        for (var j = 0; j < rows; j++)
        {
            var at = j * stride + columns;
            nextU[at] = box.IsOpen ? start * startU[at] + own * u[at] - speed * (u[at] - u[at - 1]) : 0;
        }
    }

    /// <summary>Sets solid faces to 0.</summary>
    private void Hold(double* u, double* v)
    {
        if (Body is not { } body)
            return;
        foreach (var at in body.U)
            u[at] = 0;
        foreach (var at in body.V)
            v[at] = 0;
    }

    private void Project(double* u, double* v)
    {
        double* ψ = arrays[Ψ], d = arrays[Eliminated], spectrum = arrays[Spectrum];
        if (box.IsOpen)
            BalanceOutflow(u);
        Divergence(u, v, ψ);
        poisson.Transform(ψ, d, 0, rows - 1, buffers);
        poisson.Eliminate(d);
        if (Body is { } body)
        {
            poisson.Substitute(d, spectrum, body.FirstRow);
            poisson.Back(spectrum, ψ, body.FirstRow, body.LastRow, buffers);
            for (var k = 0; k < velocities.Length; k++)
            {
                var (at, back) = body.Face(k);
                velocities[k] = -(ψ[at] - ψ[at - back]); // beside what is 0 there
            }
            body.Forces(velocities, forces);
            for (var j = body.FirstRow; j <= body.LastRow; j++)
                new Span<double>(ψ + j * stride, columns).Clear();
            body.AddDivergence(forces, ψ);
            poisson.Transform(ψ, arrays[Source], body.FirstRow, body.LastRow, buffers);
            poisson.Add(d, arrays[Source], body.FirstRow, body.LastRow, buffers);
        }
        poisson.Substitute(d, spectrum, 0);
        poisson.Back(spectrum, ψ, 0, rows - 1, buffers);
        Correct(u, v, ψ);
        Hold(u, v);
    }

    /// <summary>Adds the same number to all outflow, so that the net flux through the left side and the right one is as it must be.</summary>
    private void BalanceOutflow(double* u)
    {
        var sum = 0.0;
        for (var j = 0; j < rows; j++)
            sum += u[j * stride + columns];
        var excess = (targetFlux - sum) / rows;
        for (var j = 0; j < rows; j++)
            u[j * stride + columns] += excess;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Divergence(double* u, double* v, double* r)
    {
        for (var j = 0; j < rows; j++)
        {
            double* right = u + j * stride + 1, upper = v + (j + 1) * stride, to = r + j * stride;
            for (nint i = 0; i < columns; i += Vector512<double>.Count)
                (Vector512.Load(right + i) - Vector512.Load(right + i - 1) + (Vector512.Load(upper + i) - Vector512.Load(upper + i - stride))).Store(to + i);
        }
    }

    /// <summary>Subtracts the gradient of ψ within the box.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Correct(double* u, double* v, double* ψ)
    {
        for (var j = 0; j < rows; j++)
        {
            double* row = ψ + j * stride, ownU = u + j * stride, ownV = v + j * stride;
            row[-1] = row[0]; // u at the left side stays
            for (nint i = 0; i < columns; i += Vector512<double>.Count)
            {
                var here = Vector512.Load(row + i);
                (Vector512.Load(ownU + i) - (here - Vector512.Load(row + i - 1))).Store(ownU + i);
                if (j > 0)
                    (Vector512.Load(ownV + i) - (here - Vector512.Load(row + i - stride))).Store(ownV + i);
            }
        }
    }
}
