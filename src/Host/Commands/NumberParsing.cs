using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace LedCluster.Host.Commands;

/// <summary>
/// How numbers behind options and arguments are read: as in JSON, with a decimal point and without thousands separators,
/// whatever the machine's language. The library's own parsers take 30,5 for 305.
/// </summary>
internal static class NumberParsing
{
    private const NumberStyles Whole = NumberStyles.AllowLeadingSign;
    private const NumberStyles Real = Whole | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Gives every option and argument of a command and of those below it that takes a number this way of reading it.</summary>
    public static void Apply(Command command)
    {
        foreach (var option in command.Options)
            Apply(option);
        foreach (var argument in command.Arguments)
            Apply(argument);
        foreach (var below in command.Subcommands)
            Apply(below);
    }

    /// <summary>Reads a number.</summary>
    /// <param name="text">The number as JSON would have it, for example <c>30.5</c>.</param>
    /// <param name="number">The number; finite, and whole unless it is a double.</param>
    public static bool TryParse<T>(string text, out T number)
        where T : struct, INumber<T> =>
        T.TryParse(text, typeof(T) == typeof(double) ? Real : Whole, CultureInfo.InvariantCulture, out number) && T.IsFinite(number);

    private static void Apply(Symbol symbol)
    {
        switch (symbol)
        {
            case Option<int> option: option.CustomParser = Read<int>; break;
            case Option<int?> option: option.CustomParser = ReadOptional<int>; break;
            case Option<ulong> option: option.CustomParser = Read<ulong>; break;
            case Option<double> option: option.CustomParser = Read<double>; break;
            case Option<double?> option: option.CustomParser = ReadOptional<double>; break;
            case Option<decimal?> option: option.CustomParser = ReadOptional<decimal>; break;
            case Argument<int> argument: argument.CustomParser = Read<int>; break;
            case Argument<decimal?> argument: argument.CustomParser = ReadOptional<decimal>; break;
        }
    }

    private static T? ReadOptional<T>(ArgumentResult result)
        where T : struct, INumber<T> => Read<T>(result);

    private static T Read<T>(ArgumentResult result)
        where T : struct, INumber<T>
    {
        if (TryParse<T>(result.Tokens[0].Value, out var number))
            return number;
        var name = result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
        result.AddError($"{name} is '{result.Tokens[0].Value}'; give " + (typeof(T) == typeof(double)
            ? "a number with a decimal point and without thousands separators, for example 30.5."
            : $"a whole number{(typeof(T) == typeof(ulong) ? " from 0" : "")} without thousands separators, for example 1000."));
        return number;
    }
}
