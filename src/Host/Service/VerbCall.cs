using System.Text.Json;
using LedCluster.Domain.Wire;
using LedCluster.Host.Commands;

namespace LedCluster.Host.Service;

/// <summary>A verb with the arguments of one request. Faults are collected, so that all can be reported together.</summary>
internal sealed class VerbCall
{
    private readonly Dictionary<string, object> values = [];
    private readonly List<string> faults = [];

    /// <summary>Reads a request.</summary>
    /// <param name="verb">What is asked.</param>
    /// <param name="route">Arguments from the route.</param>
    /// <param name="body">The others, a JSON object; undefined when there is none.</param>
    public VerbCall(Verb verb, IReadOnlyDictionary<string, string> route, JsonElement body)
    {
        foreach (var argument in verb.Arguments.Where(a => a.InRoute))
        {
            if (argument.Kind != ArgumentKind.Integer)
                values[argument.Name] = route[argument.JsonName];
            else if (NumberParsing.TryParse<decimal>(route[argument.JsonName], out var number))
                Keep(argument, JsonSerializer.SerializeToElement(number));
            else
                faults.Add($"{argument.Name} is '{route[argument.JsonName]}'; give a whole number.");
        }
        if (body.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Object))
            faults.Add($"The body is a JSON {body.ValueKind.ToString().ToLowerInvariant()}; give an object, for example {{}}.");
        var known = verb.Arguments.Where(a => !a.InRoute).ToDictionary(a => a.JsonName);
        foreach (var property in body.ValueKind == JsonValueKind.Object ? body.EnumerateObject() : default)
        {
            if (known.TryGetValue(property.Name, out var argument))
                Keep(argument, property.Value);
            else
                faults.Add(Unknown(verb, property.Name, [.. known.Keys]));
        }
        bool IsFaulty(VerbArgument a) => faults.Any(f => f.StartsWith($"{a.JsonName} is ", StringComparison.Ordinal));
        foreach (var argument in known.Values.Where(a => a.Required && !values.ContainsKey(a.Name) && !IsFaulty(a)).ToArray())
            faults.Add($"'{argument.JsonName}' is missing: {argument.About}");
    }

    /// <summary>What is wrong with the arguments.</summary>
    public IReadOnlyList<string> Faults => faults;

    /// <summary>A text; empty when it was not given.</summary>
    public string Text(string name) => values.GetValueOrDefault(name) as string ?? "";

    /// <summary>A whole number, or null.</summary>
    public int? Integer(string name) => values.TryGetValue(name, out var value) ? (int)Math.Clamp((decimal)value, int.MinValue, int.MaxValue) : null;

    /// <summary>A whole number that may be large, or null.</summary>
    public ulong? Seed(string name) => values.TryGetValue(name, out var value) ? (ulong)(decimal)value : null;

    /// <summary>A number, or null.</summary>
    public double? Number(string name) => values.TryGetValue(name, out var value) ? (double)value : null;

    /// <summary>Yes or no; no when it was not given.</summary>
    public bool Flag(string name) => values.TryGetValue(name, out var value) && (bool)value;

    /// <summary>A nested array, or undefined.</summary>
    public JsonElement Fields(string name) => values.TryGetValue(name, out var value) ? (JsonElement)value : default;

    /// <summary>A text as one of an enumeration's values, or null.</summary>
    public T? Choice<T>(string name) where T : struct, Enum => Text(name) is { Length: > 0 } text ? Enum.Parse<T>(text, ignoreCase: true) : null;

    /// <summary>Ends the call when something is wrong with its arguments.</summary>
    /// <exception cref="UserError">One line per fault.</exception>
    public void Check()
    {
        if (faults.Count > 0)
            throw new UserError(string.Join("\n", faults));
    }

    private void Keep(VerbArgument argument, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return;
        object? kept = (argument.Kind, value.ValueKind) switch
        {
            (ArgumentKind.Text, JsonValueKind.String) when argument.Choices is [] || argument.Choices.Contains(value.GetString()) => value.GetString(),
            (ArgumentKind.Integer, JsonValueKind.Number) when value.TryGetDecimal(out var number) && decimal.IsInteger(number)
                && number is >= int.MinValue and <= ulong.MaxValue => number,
            (ArgumentKind.Number, JsonValueKind.Number) => value.GetDouble(),
            (ArgumentKind.Flag, JsonValueKind.True or JsonValueKind.False) => value.GetBoolean(),
            (ArgumentKind.Fields, JsonValueKind.Array) => value,
            _ => null,
        };
        if (kept is not null)
            values[argument.Name] = kept;
        else
        {
            var hint = value.ValueKind == JsonValueKind.String ? NearestName.Hint(value.GetString()!, argument.Choices) : "";
            faults.Add($"{argument.JsonName} is {Shortened(value.GetRawText())}; give {Expected(argument)}.{hint}");
        }
    }

    private static string Expected(VerbArgument argument) => argument.Kind switch
    {
        ArgumentKind.Text when argument.Choices is [_, ..] choices => string.Join(" or ", choices.Select(c => $"\"{c}\"")),
        ArgumentKind.Text => "a text",
        ArgumentKind.Integer => "a whole number",
        ArgumentKind.Number => "a number",
        ArgumentKind.Flag => "true or false",
        _ => "an array of numbers, [members][channels][points]",
    };

    private static string Unknown(Verb verb, string name, string[] known)
    {
        return $"'{verb.Name}' has no argument '{Shortened(name)}'; it has {(known is [] ? "none" : string.Join(", ", known))}.{NearestName.Hint(name, known)}";
    }

    private static string Shortened(string text) => text.Length <= 60 ? text : $"{text[..57]}...";
}
