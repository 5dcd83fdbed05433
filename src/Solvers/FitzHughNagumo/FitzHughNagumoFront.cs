using System.Collections.Immutable;
using LedCluster.Domain.Randomness;

namespace LedCluster.Solvers.FitzHughNagumo;

/// <summary>
/// An initial condition as a front: u(x) = Σ_k a_k cos(kπx/L) + A tanh((x − x₀)/w), v(x) = Σ_k b_k cos(kπx/L), L = 20.
/// All symbols are dimensionless.
/// </summary>
/// <param name="Name">Name of a reference front, or how a random one came about.</param>
/// <param name="Position">Front position x₀.</param>
/// <param name="Width">Front width w.</param>
/// <param name="Amplitude">Front amplitude A.</param>
/// <param name="ActivatorModes">a_k, k = 0..4.</param>
/// <param name="InhibitorModes">b_k, k = 0..6.</param>
public sealed record FitzHughNagumoFront(
    string Name,
    double Position,
    double Width,
    double Amplitude,
    ImmutableArray<double> ActivatorModes,
    ImmutableArray<double> InhibitorModes)
{
    /// <summary>
    /// The six fronts of the LED paper's data as least-squares fits (largest error 5.4e-4 in u, 2.9e-4 in v), in the order
    /// in which the limit cycle passes near them.
    /// </summary>
    public static ImmutableArray<FitzHughNagumoFront> References { get; } =
    [
        new("y00", 5.19668739, 1.44751325, 1.00337476,
            [-0.03187741, 0.03299344, 0.0083255, 0.00184672, 0.00020987],
            [0.05815144, -0.05780288, -0.01402345, -0.00262593, 8.96e-05, 0.00045895, 0.00026455]),
        new("y04", 10.41680091, 1.45828051, 0.99580056,
            [-0.05041244, 0.05028133, -0.00194945, -0.00089956, 0.00026529],
            [0.093013, -0.0971698, -8.932e-05, 0.00374269, -0.00031178, -0.00062716, 7.609e-05]),
        new("y01", 11.00434498, 1.4608408, 0.99564356,
            [-0.04802994, 0.05078954, -0.00313828, -0.00077033, 0.00039793],
            [0.08486608, -0.0976763, 0.00213153, 0.00350006, -0.00078217, -0.00049289, 0.0002079]),
        new("y05", 14.5496594, 1.45346686, 0.99984765,
            [0.05652576, 0.04060266, -0.00673903, 0.00119573, -3.746e-05],
            [-0.09775094, -0.06873344, 0.01382871, -0.00236373, -0.00033577, 0.00054069, -0.00028497]),
        new("y02", 12.71652561, 1.45727954, 0.99749443,
            [0.05981374, 0.04613331, -0.00408833, -0.00061411, 0.00047176],
            [-0.10467452, -0.08138528, 0.01153116, 0.00067947, -0.00141578, 0.00034222, 0.00013924]),
        new("y03", 6.92832111, 1.45725249, 0.99699877,
            [0.01581613, 0.04762405, 0.0052077, 0.00044041, -0.00014812],
            [-0.02317552, -0.09452669, -0.01031001, 0.00070717, 0.00130244, 0.00039852, -0.00011369]),
    ];

    /// <summary>
    /// The random family: a front between two references that follow each other on the cycle (all coefficients
    /// interpolated linearly at a uniform place), then moved by δx ~ U(−½, ½) and with b₀ shifted by U(−0.01, 0.01), which
    /// takes it off the cycle. All of them return to it; with twice these displacements one front in fifty leaves the domain.
    /// </summary>
    /// <param name="seed">Seed of the ensemble.</param>
    /// <param name="member">Index of the member; its front depends on nothing else.</param>
    public static FitzHughNagumoFront Random(ulong seed, int member)
    {
        var random = new Philox(seed, (uint)member, step: 0, stream: 0);
        var segment = random.NextIndex(References.Length);
        var (from, to) = (References[segment], References[(segment + 1) % References.Length]);
        var place = random.NextUniform();
        var (shift, offset) = (random.NextUniform(-0.5, 0.5), random.NextUniform(-0.01, 0.01));
        var inhibitor = Between(from.InhibitorModes, to.InhibitorModes, place);
        return new FitzHughNagumoFront(
            $"between {from.Name} and {to.Name}",
            double.Lerp(from.Position, to.Position, place) + shift,
            double.Lerp(from.Width, to.Width, place),
            double.Lerp(from.Amplitude, to.Amplitude, place),
            Between(from.ActivatorModes, to.ActivatorModes, place),
            inhibitor.SetItem(0, inhibitor[0] + offset));

        static ImmutableArray<double> Between(ImmutableArray<double> from, ImmutableArray<double> to, double place) =>
            [.. from.Zip(to, (a, b) => double.Lerp(a, b, place))];
    }

    /// <summary>The front on a grid.</summary>
    /// <param name="fields">Receives [u, v][point].</param>
    /// <param name="length">Domain length L.</param>
    public void Sample(Span<double> fields, double length = 20)
    {
        var points = fields.Length / 2;
        for (var j = 0; j < points; j++)
        {
            var x = length * j / (points - 1);
            fields[j] = Cosines(ActivatorModes, x / length) + Amplitude * Math.Tanh((x - Position) / Width);
            fields[points + j] = Cosines(InhibitorModes, x / length);
        }
    }

    private static double Cosines(ImmutableArray<double> modes, double place)
    {
        var sum = 0.0;
        for (var k = 0; k < modes.Length; k++)
            sum += modes[k] * Math.Cos(k * Math.PI * place);
        return sum;
    }
}
