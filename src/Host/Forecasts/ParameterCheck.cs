using System.Text.Json.Nodes;
using LedCluster.Domain.Systems;

namespace LedCluster.Host.Forecasts;

/// <summary>Whether a run's parameters are ones that its model was trained with.</summary>
internal static class ParameterCheck
{
    /// <summary>A warning for a reader of the results; null when all parameters are within those of the training.</summary>
    /// <param name="table">Parameters of the run.</param>
    /// <param name="members">Number of its members.</param>
    /// <param name="training">The training's record in the model's manifest.</param>
    public static string? Warning(ParameterTable table, int members, JsonObject training)
    {
        if (table.Declared.Length == 0)
            return null;
        if (training["recipe"]?["data"] is not JsonObject data)
            return "The model does not tell with which parameters it was trained; whether it knows those of this run is not known.";
        string[] beyond = [.. table.Declared.Select((parameter, index) =>
        {
            var given = data["parameters"]?[parameter.Name]?.GetValue<string>() is { } text ? ParameterValues.Parse(text) : null;
            var (low, high) = given is not null ? (Math.Min(given.From, given.To), Math.Max(given.From, given.To))
                : parameter.IsDrawn ? (parameter.Minimum, parameter.Maximum) : (parameter.Default, parameter.Default);
            var outside = Enumerable.Range(0, members).Count(m => table.Value(index, m) is var value && (value < low || value > high));
            return outside == 0 ? "" : FormattableString.Invariant($"{parameter.Name} of {outside:N0} of the {members:N0} members, beyond {(low.Equals(high) ? $"{low:R}" : $"{low:R}..{high:R}")}");
        }).Where(text => text.Length > 0)];
        return beyond.Length == 0 ? null
            : $"Some parameters are beyond those that the model was trained with: {string.Join("; ", beyond)}. The micro solver follows them, the model does not know them.";
    }
}
