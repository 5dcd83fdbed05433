namespace LedCluster.Solvers.Flow;

/// <content>The pressure, and the force on the cylinder.</content>
internal sealed unsafe partial class ChannelFlow
{
    /// <summary>Force of the fluid on the cylinder per length, at the last <see cref="Pressure"/> or <see cref="GivenPressure"/>.</summary>
    public (double X, double Y) Force { get; private set; }

    /// <summary>The pressure that belongs to the velocities, with the mean 0, and the force that it and friction exert.</summary>
    public void Pressure()
    {
        targetFlux = 0; // of rates: the inflow is constant
        Rates();
        var force = Momentum(nextU, nextV);
        Hold(nextU, nextV);
        Project(nextU, nextV);
        var ψ = arrays[Ψ];
        var mean = 0.0;
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
                mean += ψ[j * stride + i];
        mean /= rows * columns;
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
                ψ[j * stride + i] -= mean;
        Force = Add(force, PressureForce(ψ, stride, 1));
    }

    /// <summary>The force that velocities and a given pressure exert.</summary>
    /// <param name="pressure">p at the middles of the cells, [rows, columns].</param>
    public void GivenPressure(ReadOnlySpan<double> pressure)
    {
        Rates();
        fixed (double* p = pressure)
            Force = Add(Momentum(nextU, nextV), PressureForce(p, columns, 1 / box.Spacing));
    }

    private static (double, double) Add((double X, double Y) a, (double X, double Y) b) => (a.X + b.X, a.Y + b.Y);

    /// <summary>What the rates without pressure give to the cylinder: those on solid faces, and friction beyond that at the distance h.</summary>
    private (double X, double Y) Momentum(double* rateU, double* rateV)
    {
        if (Body is not { } body)
            return (0, 0);
        var (x, y) = (0.0, 0.0);
        foreach (var at in body.U)
            x += rateU[at];
        foreach (var at in body.V)
            y += rateV[at];
        foreach (var (at, excess) in body.WallU)
            x += Viscosity * excess * u[at];
        foreach (var (at, excess) in body.WallV)
            y += Viscosity * excess * v[at];
        var area = box.Spacing * box.Spacing;
        return (x * area, y * area);
    }

    private (double X, double Y) PressureForce(double* p, int pressureStride, double factor)
    {
        if (Body is not { } body)
            return (0, 0);
        var (x, y) = (0.0, 0.0);
        foreach (var at in body.U)
            x -= p[Place(at)] - p[Place(at) - 1];
        foreach (var at in body.V)
            y -= p[Place(at)] - p[Place(at) - pressureStride];
        factor *= box.Spacing * box.Spacing;
        return (x * factor, y * factor);

        int Place(int at) => at / stride * pressureStride + at % stride;
    }
}
