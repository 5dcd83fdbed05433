using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LedCluster.Domain.Wire;

namespace LedCluster.Domain.Systems;

/// <summary>How a schedule goes on between two of its times.</summary>
public enum ScheduleInterpolation : byte
{
    /// <summary>In a straight line.</summary>
    Linear = 0,

    /// <summary>With the value of the time before, which jumps at the next.</summary>
    Previous = 1,
}

/// <summary>
/// Values of a parameter that changes in time, for all members or for each: given at some times, with straight lines or steps between them, and
/// constant before the first and after the last. What advances members sees the value of the frame at which they stand, constant until the next.
/// </summary>
/// <param name="Times">Times, ascending, in the layout's unit; K of them, at least 1.</param>
/// <param name="Values">Values [members, K]; one row for all members, or a row for each.</param>
/// <param name="Interpolation">How it goes on between them.</param>
public sealed record ParameterSchedule(ImmutableArray<double> Times, ImmutableArray<double> Values, ScheduleInterpolation Interpolation)
{
    /// <summary>Values that a schedule can have.</summary>
    public const int MostValues = 1_000_000;

    /// <summary>A frame that close before a time, in frames, is at it: 3 × 0.1 is not 0.3.</summary>
    private const double Closeness = 1e-6;

    /// <summary>Rows of values: 1 for all members, else the number of members.</summary>
    public int Rows => Values.Length / Times.Length;

    /// <summary>The value of a member at a frame.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="frame">Absolute frame.</param>
    /// <param name="timeStep">Time between two frames.</param>
    public double At(int member, int frame, double timeStep)
    {
        var time = (frame + Closeness) * timeStep;
        var k = Times.BinarySearch(time);
        k = k < 0 ? ~k - 1 : k; // the last time that is not after it
        var values = Values.AsSpan((Rows == 1 ? 0 : member) * Times.Length, Times.Length);
        if (k < 0)
            return values[0];
        if (k == Times.Length - 1 || Interpolation == ScheduleInterpolation.Previous)
            return values[k];
        var part = Math.Clamp((frame * timeStep - Times[k]) / (Times[k + 1] - Times[k]), 0, 1);
        return values[k] + (values[k + 1] - values[k]) * part;
    }

    /// <summary>
    /// What of the values is not a whole number, as a clause that follows the parameter's name: one of them, or those between two that a straight
    /// line joins; null when the schedule is whole at all times.
    /// </summary>
    public string? Fraction
    {
        get
        {
            for (var i = 0; i < Values.Length; i++)
            {
                var k = i % Times.Length;
                var whose = Rows == 1 ? "" : FormattableString.Invariant($" of member {i / Times.Length}");
                if (!double.IsInteger(Values[i]))
                    return FormattableString.Invariant($"is {Values[i]:R} at time {Times[k]:R}{whose}");
                if (k > 0 && Interpolation == ScheduleInterpolation.Linear && !Values[i].Equals(Values[i - 1]))
                    return FormattableString.Invariant(
                        $"goes in a straight line from {Values[i - 1]:R} to {Values[i]:R}{whose}, through values between them ")
                        + "(interpolation \"previous\", or :previous after a file, has steps instead)";
            }
            return null;
        }
    }

    /// <summary>The schedule of the first members.</summary>
    public ParameterSchedule First(int members) => Rows == 1 ? this : this with { Values = Values[..(members * Times.Length)] };

    /// <summary>The schedule as <see cref="Parse"/> reads it.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder("{\"time\":");
            List(Times.AsSpan());
            text.Append(",\"value\":");
            if (Rows == 1)
                List(Values.AsSpan());
            for (var row = 0; row < Rows && Rows > 1; row++)
            {
                text.Append(row == 0 ? '[' : ',');
                List(Values.AsSpan(row * Times.Length, Times.Length));
            }
            text.Append(Rows > 1 ? "]" : "");
            return text.Append(Interpolation == ScheduleInterpolation.Previous ? ",\"interpolation\":\"previous\"}" : "}").ToString();

            void List(ReadOnlySpan<double> numbers)
            {
                for (var i = 0; i < numbers.Length; i++)
                    text.Append(i == 0 ? '[' : ',').Append(numbers[i].ToString("R", CultureInfo.InvariantCulture));
                text.Append(']');
            }
        }
    }

    /// <summary>
    /// Reads <c>{"time": [0, 50], "value": [1, 3], "interpolation": "linear"}</c>; <c>value</c> may hold a list for each member, and
    /// <c>interpolation</c> may be left out.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is not a schedule; the message says why, as a clause.</exception>
    public static ParameterSchedule Parse(string text)
    {
        const string form = "a schedule is {\"time\": [0, 50], \"value\": [1, 3]}, with a list of values for each member if they differ, "
            + "and \"interpolation\": \"linear\" or \"previous\"";
        try
        {
            using var document = JsonText.Parse(Encoding.UTF8.GetBytes(text));
            var (root, interpolation) = (document.RootElement, ScheduleInterpolation.Linear);
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("time", out var times) || !root.TryGetProperty("value", out var values))
                throw new FormatException(form);
            foreach (var property in root.EnumerateObject())
                if (property.Name is not ("time" or "value" or "interpolation"))
                    throw new FormatException($"it has '{property.Name}'; {form}");
            if (root.TryGetProperty("interpolation", out var named))
                interpolation = named.ValueKind == JsonValueKind.String && named.GetString() is "linear" or "previous"
                    ? named.GetString() == "previous" ? ScheduleInterpolation.Previous : ScheduleInterpolation.Linear : throw new FormatException(form);
            var perMember = values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0 && values[0].ValueKind == JsonValueKind.Array;
            if (perMember && values.GetArrayLength() == 1)
                throw new FormatException("its value has a list for one member; give the list itself, for all members");
            return Of(Numbers(times), perMember ? [.. values.EnumerateArray().Select(Numbers)] : [Numbers(values)], interpolation);

            static double[] Numbers(JsonElement list) => list.ValueKind == JsonValueKind.Array
                && list.EnumerateArray().All(n => n.ValueKind == JsonValueKind.Number)
                ? [.. list.EnumerateArray().Select(n => n.GetDouble())] : throw new FormatException(form);
        }
        catch (JsonException error)
        {
            throw new FormatException($"it is not JSON ({error.Message.TrimEnd('.')}); {form}", error);
        }
    }

    /// <summary>Makes a schedule.</summary>
    /// <param name="times">Times.</param>
    /// <param name="rows">Values at these times, for all members or for each.</param>
    /// <param name="interpolation">How it goes on between them.</param>
    /// <exception cref="FormatException">It is not a schedule; the message says why, as a clause.</exception>
    public static ParameterSchedule Of(double[] times, double[][] rows, ScheduleInterpolation interpolation)
    {
        if (times.Length == 0 || rows.Length == 0)
            throw new FormatException("it has no times or no values; give at least one");
        if (rows.Sum(row => (long)row.Length) > MostValues)
            throw new FormatException(
                $"it has {rows.Sum(row => (long)row.Length):N0} values, more than {MostValues:N0}; "
                + "give fewer times, and let straight lines join them");
        for (var k = 0; k < times.Length; k++)
            if (!double.IsFinite(times[k]) || k > 0 && times[k] <= times[k - 1])
            {
                var before = k > 0 ? FormattableString.Invariant($", after {times[k - 1]:R}") : "";
                throw new FormatException(FormattableString.Invariant($"its time {k} is {times[k]:R}{before}; times must be finite and ascending"));
            }
        for (var row = 0; row < rows.Length; row++)
            if (rows[row].Length != times.Length)
                throw new FormatException(
                    $"it has {rows[row].Length} values{(rows.Length > 1 ? $" of member {row}" : "")} for {times.Length} times; "
                    + "give a value for each time");
        return new([.. times], [.. rows.SelectMany(row => row)], interpolation);
    }
}

/// <summary>The parameters of a run that change in time.</summary>
/// <param name="changing">Their positions among the system's parameters, and their schedules.</param>
/// <param name="timeStep">Time between two frames.</param>
public sealed class ParameterSchedules(ImmutableArray<(int Index, ParameterSchedule Schedule)> changing, double timeStep)
{
    /// <summary>Parameters [M, P] at a frame.</summary>
    /// <param name="members">Indices of the members, [M].</param>
    /// <param name="frame">Absolute frame.</param>
    /// <param name="parameters">Parameters [M, P] at any frame.</param>
    public double[] At(ReadOnlySpan<int> members, int frame, ReadOnlySpan<double> parameters)
    {
        var (values, count) = (parameters.ToArray(), parameters.Length / Math.Max(1, members.Length));
        foreach (var (index, schedule) in changing)
            for (var m = 0; m < members.Length; m++)
                values[m * count + index] = schedule.At(members[m], frame, timeStep);
        return values;
    }

    /// <summary>How many frames, from one on, have its parameters for all of some members; at most so many.</summary>
    /// <param name="members">Indices of the members.</param>
    /// <param name="frame">Absolute frame.</param>
    /// <param name="most">Frames to look at, at least 1.</param>
    public int Constant(ReadOnlySpan<int> members, int frame, int most)
    {
        var count = 1;
        for (; count < most; count++)
            foreach (var (_, schedule) in changing)
                foreach (var member in members)
                    if (!schedule.At(member, frame + count, timeStep).Equals(schedule.At(member, frame, timeStep)))
                        return count;
        return count;
    }
}
