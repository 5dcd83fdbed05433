using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// Choice of the step by the error of a pair of methods: h ← h · clamp(Safety · e^(−1/(q+1)), Shrink, Grow), where e is the root mean
/// square of error_i/(Absolute + Relative · max(|y_i|, |y₁_i|)), q the lower order of the pair; a step with e above 1 is made again
/// (Hairer, Nørsett &amp; Wanner 1993, doi:10.1007/978-3-540-78862-1, equations II.4.10 to II.4.13).
/// </summary>
public sealed record StepControl
{
    /// <summary>Error allowed per step relative to the unknown: 1e-6, from 0.</summary>
    public double Relative { get; init; } = 1e-6;

    /// <summary>Error allowed per step in the unit of the unknowns: 1e-9, above 0.</summary>
    public double Absolute { get; init; } = 1e-9;

    /// <summary>Part of the step that the error would allow: 0.9, from 0.1 to 1.</summary>
    public double Safety { get; init; } = 0.9;

    /// <summary>Smallest factor from one step to the next: 0.2, from 0.01 to 0.9.</summary>
    public double Shrink { get; init; } = 0.2;

    /// <summary>Largest factor from one step to the next: 5, from 1.1 to 100.</summary>
    public double Grow { get; init; } = 5;

    /// <summary>Largest step: none, above 0. Set it below the length of the shortest pulse that the right-hand side has.</summary>
    public double MaximumStep { get; init; } = double.PositiveInfinity;

    /// <summary>Steps, good or not, after which a member is given up: 10 million, from 1.</summary>
    public int MaximumSteps { get; init; } = 10_000_000;

    /// <summary>These options, if they are sound.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is outside its range.</exception>
    internal StepControl Checked()
    {
        Require(Relative is >= 0 and < 1, nameof(Relative), Relative, "from 0 to 1");
        Require(Absolute > 0 && double.IsFinite(Absolute), nameof(Absolute), Absolute, "above 0");
        Require(Safety is >= 0.1 and <= 1, nameof(Safety), Safety, "from 0.1 to 1");
        Require(Shrink is >= 0.01 and <= 0.9, nameof(Shrink), Shrink, "from 0.01 to 0.9");
        Require(Grow is >= 1.1 and <= 100, nameof(Grow), Grow, "from 1.1 to 100");
        Require(MaximumStep > 0, nameof(MaximumStep), MaximumStep, "above 0");
        Require(MaximumSteps >= 1, nameof(MaximumSteps), MaximumSteps, "at least 1");
        return this;

        static void Require(bool holds, string name, double value, string range)
        {
            if (!holds)
                throw new ArgumentOutOfRangeException(name, value, $"Step control: {name} must be {range}.");
        }
    }

    /// <summary>clamp(Safety · e^(−1/(q+1)), Shrink, Grow); Shrink where e is not a number.</summary>
    /// <param name="square">e².</param>
    /// <param name="order">q.</param>
    internal Vector512<double> Factor(Vector512<double> square, int order)
    {
        var root = 2 * (order + 1);
        var (least, most) = (Power(Safety / Grow, root), Power(Safety / Shrink, root));
        square = Vector512.ConditionalSelect(Vector512.LessThan(square, Vector512.Create(most)), square, Vector512.Create(most)); // also if NaN
        square = Vector512.Max(square, Vector512.Create(least));
        return Vector512.Min(Vector512.Max(Safety * InverseRoot(square, root), Vector512.Create(Shrink)), Vector512.Create(Grow));
    }

    private static double Power(double x, int m)
    {
        var power = x;
        for (var i = 1; i < m; i++)
            power *= x;
        return power;
    }

    /// <summary>x^(−1/m) for normal x above 0, by Newton's iteration, so that the bits are the same on every machine.</summary>
    internal static Vector512<double> InverseRoot(Vector512<double> x, int m)
    {
        // The bits of a number, read as an integer, are nearly its logarithm: a first guess within some per cent.
        const double one = 1023L << 52;
        var bits = Vector512.ConvertToDouble(x.AsInt64());
        var guess = Vector512.FusedMultiplyAdd(bits, Vector512.Create(-1.0 / m), Vector512.Create(one * (1 + 1.0 / m)));
        var y = Vector512.ConvertToInt64(guess).AsDouble();
        for (var iteration = 0; iteration < 4; iteration++)
        {
            var (power, square) = (x, y); // power becomes x y^m
            for (var rest = m; rest > 0; rest >>= 1, square *= square)
                if ((rest & 1) != 0)
                    power *= square;
            y = Vector512.FusedMultiplyAdd(y * (1.0 / m), Vector512<double>.One - power, y);
        }
        return y;
    }
}
