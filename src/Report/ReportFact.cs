namespace LedCluster.Report;

/// <summary>One thing to know about a run.</summary>
/// <param name="Name">What it is, for example <c>members</c>.</param>
/// <param name="Value">Its value with its unit, as text.</param>
/// <param name="Group">Heading under which it stands; facts of one group stay together, in order of appearance.</param>
public sealed record ReportFact(string Name, string Value, string Group = "Run")
{
    /// <summary>A number with its unit, four significant digits; the unit <c>1</c> is left out.</summary>
    public static ReportFact Number(string name, double value, string unit = "1", string group = "Run") =>
        new(name, unit is "1" or "" ? NumberText.Significant(value) : $"{NumberText.Significant(value)} {unit}", group);
}
