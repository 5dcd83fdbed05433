using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Langevin;

/// <summary>
/// A particle of mass 1 in the potential V at temperature T with friction γ, dv = −∇V dt − γ v dt + √(2γT) dW, by BAOAB (Leimkuhler and
/// Matthews 2013, doi:10.1093/amrx/abs010): half a kick, half a drift, the exact Ornstein-Uhlenbeck step of v, half a drift, half a kick.
/// Order 2 in law; positions in a harmonic well have the exact law. 50 steps of δt = 0.01 a frame.
/// </summary>
/// <remarks>
/// Fields are the position, state is position and velocity [4]. What a field leaves open, the velocity, is drawn from the Maxwell-Boltzmann
/// law.
/// </remarks>
public sealed class MuellerBrownSolver : FixedSizeSolver
{
    private const int Steps = 50;
    private const double δt = 0.01;

    /// <inheritdoc />
    public override FieldLayout Layout { get; } = new(
        [new FieldChannel("x", "first coordinate", "1", 10), new FieldChannel("y", "second coordinate", "1", 10)], [], Steps * δt);

    /// <inheritdoc />
    public override int StateSize => 4;

    /// <inheritdoc />
    public override void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context)
    {
        for (var m = 0; m < context.Count; m++)
        {
            var (random, deviation) = (context.Random(m, context.Frame, DrawPurpose.Lift), Math.Sqrt(MuellerBrownSystem.Temperature(context.ParametersOf(m))));
            fields.Slice(2 * m, 2).CopyTo(state[(4 * m)..]);
            (state[4 * m + 2], state[4 * m + 3]) = (deviation * random.NextNormal(), deviation * random.NextNormal());
        }
    }

    /// <inheritdoc />
    public override void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context)
    {
        for (var m = 0; m < context.Count; m++)
        {
            var own = state.Slice(4 * m, 4);
            var (x, y, vx, vy) = (own[0], own[1], own[2], own[3]);
            var (temperature, friction) = (MuellerBrownSystem.Temperature(context.ParametersOf(m)), MuellerBrownSystem.Friction(context.ParametersOf(m)));
            var kept = Math.Exp(-friction * δt);
            var noise = Math.Sqrt(temperature * (1 - kept * kept));
            var (_, slopeX, slopeY) = MuellerBrownPotential.At(x, y);
            for (var f = 0; f < frames; f++)
            {
                var random = context.Random(m, context.Frame + f + 1, DrawPurpose.Solver);
                for (var s = 0; s < Steps; s++)
                {
                    (vx, vy) = (vx - 0.5 * δt * slopeX, vy - 0.5 * δt * slopeY);
                    (x, y) = (x + 0.5 * δt * vx, y + 0.5 * δt * vy);
                    (vx, vy) = (kept * vx + noise * random.NextNormal(), kept * vy + noise * random.NextNormal());
                    (x, y) = (x + 0.5 * δt * vx, y + 0.5 * δt * vy);
                    (_, slopeX, slopeY) = MuellerBrownPotential.At(x, y);
                    (vx, vy) = (vx - 0.5 * δt * slopeX, vy - 0.5 * δt * slopeY);
                }
                var at = (f * context.Count + m) * 2;
                (fields[at], fields[at + 1]) = (x, y);
            }
            (own[0], own[1], own[2], own[3]) = (x, y, vx, vy);
        }
    }
}
