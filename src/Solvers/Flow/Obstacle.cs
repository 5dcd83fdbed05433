namespace LedCluster.Solvers.Flow;

/// <summary>
/// A circle on the staggered grid. A face whose middle is in the circle is solid: its velocity is 0. Forces on the solid faces beside the fluid make it so
/// exactly, together with the pressure: they solve (RPRᵀ)f = −RPu*, P being the projection onto fields without divergence and R the choice of
/// those faces (the immersed boundary projection of Taira &amp; Colonius 2007, doi:10.1016/j.jcp.2007.03.005, with faces in place of Lagrangian points).
/// Friction of a fluid face with a solid neighbour takes the distance θh to the circle itself, ν(0 − u)/(θh), as Gibou et al. 2002, doi:10.1006/jcph.2001.6977.
/// Immutable.
/// </summary>
internal sealed unsafe class Obstacle
{
    /// <summary>Least distance to the wall that friction takes, in cells; smaller ones would need a smaller time step.</summary>
    public const double LeastDistance = 0.25;

    /// <summary>Pivots below it belong to forces without effect, of a constant pressure within the solid.</summary>
    private const double NoPivot = 1e-9;

    private readonly double[] inverse;

    /// <summary>Prepares a circle.</summary>
    /// <param name="box">The box.</param>
    /// <param name="circle">The circle, in the box.</param>
    /// <param name="poisson">Solver of the box.</param>
    /// <exception cref="ArgumentException">The circle is too near to the box's sides, or smaller than two cells.</exception>
    public Obstacle(FlowBox box, Circle circle, PoissonSolver poisson)
    {
        var h = box.Spacing;
        if (circle.Radius < h
            || circle.X < circle.Radius + 3 * h
            || circle.Y < circle.Radius + 3 * h
            || circle.X + circle.Radius + 3 * h > box.Columns * h
            || circle.Y + circle.Radius + 3 * h > box.Rows * h)
        {
            var (cylinder, room) = (
                FormattableString.Invariant($"A cylinder of radius {circle.Radius:G4} at ({circle.X:G4}, {circle.Y:G4})"),
                FormattableString.Invariant($"a box of {box.Columns * h:G4} by {box.Rows * h:G4}"));
            throw new ArgumentException(
                $"{cylinder} does not fit {room}: it must be two cells wide or more, and three cells from each side.", nameof(circle));
        }
        (Circle, Stride) = (circle, box.Columns + 2 * FlowArrays.Margin);
        List<int> u = [], v = [], edgeU = [], edgeV = [];
        List<(int, double)> wallU = [], wallV = [];
        for (var j = 0; j < box.Rows; j++)
            for (var i = 0; i < box.Columns; i++)
            {
                var at = j * Stride + i;
                Sort(i, j + 0.5, SolidU, u, wallU, at);
                Sort(i + 0.5, j, SolidV, v, wallV, at);
                if (SolidU(i, j + 0.5) && !(SolidCell(i - 1, j) && SolidCell(i, j)))
                    edgeU.Add(at);
                if (SolidV(i + 0.5, j) && !(SolidCell(i, j - 1) && SolidCell(i, j)))
                    edgeV.Add(at);
            }
        (U, V, EdgeU, EdgeV, WallU, WallV) = ([.. u], [.. v], [.. edgeU], [.. edgeV], [.. wallU], [.. wallV]);
        var cells = EdgeU.SelectMany(at => (int[])[at, at - 1]).Concat(EdgeV.SelectMany(at => (int[])[at, at - Stride])).ToArray();
        (FirstRow, LastRow) = (cells.Min() / Stride, cells.Max() / Stride);
        inverse = GeneralisedInverse(Capacitance(box, poisson), EdgeU.Length + EdgeV.Length);

        bool Inside(double x, double y) => (x * h - circle.X) * (x * h - circle.X) + (y * h - circle.Y) * (y * h - circle.Y) <= circle.Radius * circle.Radius;
        bool SolidU(double i, double y) => Inside(i, y);
        bool SolidV(double x, double j) => Inside(x, j);
        bool SolidCell(int i, int j) => SolidU(i, j + 0.5) && SolidU(i + 1, j + 0.5) && SolidV(i + 0.5, j) && SolidV(i + 0.5, j + 1);

        void Sort(double x, double y, Func<double, double, bool> solid, List<int> faces, List<(int, double)> wall, int at)
        {
            if (solid(x, y))
            {
                faces.Add(at);
                return;
            }
            var excess = 0.0;
            foreach (var (dx, dy) in ((double, double)[])[(1, 0), (-1, 0), (0, 1), (0, -1)])
                if (solid(x + dx, y + dy))
                    excess += 1 / Math.Max(LeastDistance, Distance(x - circle.X / h, y - circle.Y / h, dx, dy, circle.Radius / h)) - 1;
            if (excess > 0)
                wall.Add((at, excess / (h * h)));
        }
    }

    /// <summary>The circle.</summary>
    public Circle Circle { get; }

    /// <summary>Numbers from row to row in the arrays to which places belong.</summary>
    public int Stride { get; }

    /// <summary>Places of the solid faces, of u and of v.</summary>
    public int[] U { get; }

    /// <inheritdoc cref="U" />
    public int[] V { get; }

    /// <summary>Places of those beside the fluid.</summary>
    public int[] EdgeU { get; }

    /// <inheritdoc cref="EdgeU" />
    public int[] EdgeV { get; }

    /// <summary>Fluid faces beside solid ones, and Σ(1/θ − 1)/h² over these, by which friction is larger than it would be at the distance h.</summary>
    public (int At, double Excess)[] WallU { get; }

    /// <inheritdoc cref="WallU" />
    public (int At, double Excess)[] WallV { get; }

    /// <summary>Rows of cells beside <see cref="EdgeU"/> and <see cref="EdgeV"/>.</summary>
    public int FirstRow { get; }

    /// <inheritdoc cref="FirstRow" />
    public int LastRow { get; }

    /// <summary>Forces that bring the projected velocities on the edge's faces to 0.</summary>
    /// <param name="velocities">Those velocities, of u and then of v.</param>
    /// <param name="forces">Receives the forces times the time step.</param>
    public void Forces(ReadOnlySpan<double> velocities, Span<double> forces)
    {
        for (var row = 0; row < forces.Length; row++)
        {
            var sum = 0.0;
            var own = inverse.AsSpan(row * forces.Length, forces.Length);
            for (var k = 0; k < own.Length; k++)
                sum -= own[k] * velocities[k];
            forces[row] = sum;
        }
    }

    /// <summary>Adds velocities on the edge's faces to divergences.</summary>
    /// <param name="velocities">Velocities, of u and then of v.</param>
    /// <param name="r">Sums of the velocities out of each cell.</param>
    public void AddDivergence(ReadOnlySpan<double> velocities, double* r)
    {
        for (var k = 0; k < velocities.Length; k++)
        {
            var (at, back) = Face(k);
            r[at] -= velocities[k];
            r[at - back] += velocities[k];
        }
    }

    /// <summary>Place of a face of the edge, and how far back the cell before it lies.</summary>
    public (int At, int Back) Face(int k) => k < EdgeU.Length ? (EdgeU[k], 1) : (EdgeV[k - EdgeU.Length], Stride);

    /// <summary>Distance from a point outside a circle about 0 to it, in a direction along the grid that meets it.</summary>
    private static double Distance(double x, double y, double dx, double dy, double radius)
    {
        var along = x * dx + y * dy;
        return -along - Math.Sqrt(along * along - (x * x + y * y - radius * radius));
    }

    /// <summary>RPRᵀ, column by column.</summary>
    private double[] Capacitance(FlowBox box, PoissonSolver poisson)
    {
        var (arrays, buffers, count) = (new FlowArrays(box, 4), new FlowBuffers(box), EdgeU.Length + EdgeV.Length);
        double* r = arrays[0], spectrum = arrays[1], d = arrays[2], ψ = arrays[3];
        var (matrix, unit) = (new double[count * count], new double[count]);
        for (var column = 0; column < count; column++)
        {
            for (var j = 0; j < box.Rows; j++)
                new Span<double>(d + j * Stride, Stride - FlowArrays.Margin).Clear();
            for (var j = FirstRow; j <= LastRow; j++)
                new Span<double>(r + j * Stride, Stride - FlowArrays.Margin).Clear();
            unit.AsSpan().Clear();
            unit[column] = 1;
            AddDivergence(unit, r);
            poisson.Transform(r, spectrum, FirstRow, LastRow, buffers);
            poisson.Add(d, spectrum, FirstRow, LastRow, buffers);
            poisson.Substitute(d, ψ, FirstRow);
            poisson.Back(ψ, r, FirstRow, LastRow, buffers);
            for (var k = 0; k < count; k++)
            {
                var (at, back) = Face(k);
                matrix[k * count + column] = unit[k] - (r[at] - r[at - back]);
            }
        }
        return matrix;
    }

    /// <summary>A matrix G with AGb = b for all b that A can make, of a symmetric, positive semidefinite A, by A = LDLᵀ.</summary>
    private static double[] GeneralisedInverse(double[] a, int n)
    {
        var pivots = new double[n];
        for (var k = 0; k < n; k++)
        {
            pivots[k] = a[k * n + k];
            for (var i = k + 1; i < n; i++)
            {
                var factor = pivots[k] > NoPivot ? a[i * n + k] / pivots[k] : 0;
                for (var j = k + 1; j <= i; j++)
                    a[i * n + j] -= factor * a[j * n + k];
            }
            for (var i = k + 1; i < n; i++)
                a[i * n + k] = pivots[k] > NoPivot ? a[i * n + k] / pivots[k] : 0;
        }
        var (result, x) = (new double[n * n], new double[n]);
        for (var column = 0; column < n; column++)
        {
            for (var i = 0; i < n; i++)
            {
                x[i] = i == column ? 1 : 0;
                for (var k = column; k < i; k++)
                    x[i] -= a[i * n + k] * x[k];
            }
            for (var i = 0; i < n; i++)
                x[i] = pivots[i] > NoPivot ? x[i] / pivots[i] : 0;
            for (var i = n - 1; i >= 0; i--)
                for (var k = i + 1; k < n; k++)
                    x[i] -= a[k * n + i] * x[k];
            for (var i = 0; i < n; i++)
                result[i * n + column] = x[i];
        }
        return result;
    }
}
