using System.Collections.Immutable;
using LedCluster.Domain.Systems;
using LedCluster.Models.Checkpoints;

namespace LedCluster.Models.Training;

/// <summary>Parameters of the trajectories of a training, as a propagator gets them.</summary>
/// <param name="Shape">The propagator with the range of its parameters.</param>
/// <param name="Training">Scaled parameters [P] of each trajectory to train on.</param>
/// <param name="Validation">Scaled parameters [P] of each trajectory to validate on.</param>
internal sealed record TrainingInputs(ConditionedArchitecture Shape, double[][] Training, double[][] Validation)
{
    /// <summary>The inputs of a recipe's propagator.</summary>
    /// <param name="shape">The propagator.</param>
    /// <param name="declared">The system's parameters.</param>
    /// <param name="training">Parameters of the trajectories to train on, by name; null for what is not known.</param>
    /// <param name="validation">Those of the trajectories to validate on.</param>
    /// <exception cref="InvalidDataException">A parameter is unknown, or has a single value.</exception>
    public static TrainingInputs Of(
        ConditionedArchitecture shape, ImmutableArray<Parameter> declared, Func<string, double[]?> training, Func<string, double[]?> validation)
    {
        var columns = shape.Parameters.Select(name =>
        {
            if (declared.All(p => p.Name != name))
                throw new InvalidDataException(
                    $"The recipe's propagator gets the parameter '{name}', which the system does not have; "
                    + $"it has {(declared.Length == 0 ? "none" : string.Join(", ", declared.Select(p => p.Name)))}.");
            if (training(name) is not { } own || validation(name) is not { } other)
                throw new InvalidDataException(
                    $"The recipe's propagator gets the parameter '{name}', whose value is not known for the trajectories of --data. "
                    + $"Give --parameters FILE with a column '{name}' and a row for each of them, or a Zarr group with a variable '{name}' "
                    + "(member).");
            return (Name: name, Own: own, Other: other, Low: own.Min(), High: own.Max());
        }).ToArray();
        if (columns.FirstOrDefault(c => (float)c.Low >= (float)c.High) is { Name: { } name } single)
            throw new InvalidDataException(
                FormattableString.Invariant($"The recipe's propagator gets the parameter '{name}', but {name} is {single.Low:R} ")
                + "in all of the training's trajectories, so that it can learn nothing about it. "
                + $"Give it a range, for example data.parameters {{ \"{name}\": \"1..5\" }}.");
        return new(
            shape with { Minimum = [.. columns.Select(c => c.Low)], Maximum = [.. columns.Select(c => c.High)] }, Rows(c => c.Own), Rows(c => c.Other));

        double[][] Rows(Func<(string Name, double[] Own, double[] Other, double Low, double High), double[]> values) =>
            [.. Enumerable.Range(0, values(columns[0]).Length).Select(m => columns.Select(c => 2 * (values(c)[m] - c.Low) / (c.High - c.Low) - 1).ToArray())];
    }
}
