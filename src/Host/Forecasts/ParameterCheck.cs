using System.Text.Json.Nodes;
using LedCluster.Domain.Systems;
using LedCluster.Models.Training;
using LedCluster.Report;

namespace LedCluster.Host.Forecasts;

/// <summary>Whether a run's parameters are ones that its model was trained with.</summary>
internal static class ParameterCheck
{
    /// <summary>A warning for a reader of the results; null when all parameters are within those of the training.</summary>
    /// <param name="table">Parameters of the run.</param>
    /// <param name="members">Number of its members.</param>
    /// <param name="frames">Its last frame.</param>
    /// <param name="timeStep">Time between two frames.</param>
    /// <param name="training">The training's record in the model's manifest.</param>
    public static string? Warning(ParameterTable table, int members, int frames, double timeStep, JsonObject training)
    {
        var declared = table.Declared.Index().Where(p => !p.Item.InitialOnly).ToArray();
        if (declared.Length == 0)
            return null;
        var ranges = training[Trainer.ParametersKey] as JsonObject;
        if (ranges is not null && declared.Select(p => p.Item.Name).Where(name => ranges[name] is null).ToArray() is { Length: > 0 } unknown)
        {
            return $"The model was trained on given trajectories with unknown {string.Join(", ", unknown)}, so the values of this run may be outside "
                + "its training range. Give 'led train' --parameters in addition to --data.";
        }
        if (ranges is null && training["recipe"]?["data"] is not JsonObject)
            return "The model does not record the parameters of its training, so the values of this run may be outside their range.";
        string[] beyond = [.. declared.Select(p =>
        {
            var (index, parameter) = p;
            var recipe = ranges is null ? training["recipe"]!["data"]!["parameters"] : null;
            var given = recipe?[parameter.Name]?.GetValue<string>() is { } text ? ParameterValues.Parse(text) : null;
            var (low, high) = ranges is not null ? (ranges[parameter.Name]![0]!.GetValue<double>(), ranges[parameter.Name]![1]!.GetValue<double>())
                : given is not null ? (Math.Min(given.From, given.To), Math.Max(given.From, given.To))
                : parameter.IsDrawn ? (parameter.Minimum, parameter.Maximum) : (parameter.Default, parameter.Default);
            if (parameter.IsClock)
                return Clock(index, parameter, low, high);
            var outside = Enumerable.Range(0, members).Count(m => Values(table, index, m, frames).Any(value => value < low || value > high));
            var known = low.Equals(high) ? NumberText.Significant(low, 3) : $"{NumberText.Significant(low, 3)}..{NumberText.Significant(high, 3)}";
            return outside == 0 ? "" : FormattableString.Invariant($"{parameter.Name} of {outside:N0} of the {members:N0} members, outside {known}");
        }).Where(text => text.Length > 0)];
        return beyond.Length == 0 ? null
            : $"Some parameters are outside the range of the model's training: {string.Join("; ", beyond)}. "
                + "The micro solver uses them, but the model was not trained for them.";

        string Clock(int index, Parameter parameter, double low, double high)
        {
            var period = parameter.Maximum - parameter.Minimum;
            var passed = high - low + timeStep * (training["recipe"]?["data"]?["frames"]?.GetValue<double>() ?? 0);
            var unseen = passed >= period ? 0 : Enumerable.Range(0, members).Count(m => Phase(table.Value(index, m)) + timeStep * frames > passed);
            var known = $"{NumberText.Significant(low, 3)}..{NumberText.Significant(low + passed, 3)}, modulo {NumberText.Significant(period, 3)}";
            return unseen == 0 ? "" : FormattableString.Invariant(
                $"{parameter.Name} of {unseen:N0} of the {members:N0} members, whose times in this run are outside those of the training, {known}");

            double Phase(double value) => value - low - period * Math.Floor((value - low) / period);
        }
    }

    /// <summary>Values of a member's parameter until the last frame: of a schedule, those that lie between all others.</summary>
    private static IEnumerable<double> Values(ParameterTable table, int index, int member, int frames)
    {
        yield return table.Value(index, member);
        if (table.Schedule(index) is not { } schedule)
            yield break;
        var (first, last) = (schedule.Rows == 1 ? 0 : member * schedule.Times.Length, frames * table.TimeStep);
        for (var k = 0; k < schedule.Times.Length && schedule.Times[k] <= last; k++)
            if (schedule.Times[k] >= 0)
                yield return schedule.Values[first + k];
        yield return table.Value(index, member, frames);
    }
}
