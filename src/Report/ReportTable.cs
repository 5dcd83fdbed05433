namespace LedCluster.Report;

/// <summary>A table of results.</summary>
/// <param name="Caption">What the table shows, and over what the values are taken.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The rows, each with one cell per column.</param>
public sealed record ReportTable(
    string Caption, IReadOnlyList<ReportColumn> Columns, IReadOnlyList<IReadOnlyList<ReportCell>> Rows)
{
    /// <summary>Small print under the table, such as sources of reference values; empty for none.</summary>
    public string Note { get; init; } = "";
}

/// <summary>One column of a <see cref="ReportTable"/>.</summary>
/// <param name="Title">Heading.</param>
/// <param name="Unit">Unit, written under the heading; <c>1</c> reads "dimensionless", empty stands for nothing.</param>
/// <param name="IsReference">True for values from elsewhere (a paper, another code), which are set off from our own.</param>
public sealed record ReportColumn(string Title, string Unit = "", bool IsReference = false);

/// <summary>One cell of a <see cref="ReportTable"/>: text, or a number, which is aligned right.</summary>
/// <param name="Text">What is written.</param>
/// <param name="IsNumber">True for a number.</param>
public readonly record struct ReportCell(string Text, bool IsNumber = false)
{
    /// <summary>What the text means, in small print under it; null or empty for nothing.</summary>
    public string? Meaning { get; init; }

    /// <summary>A cell without a value.</summary>
    public static ReportCell None { get; } = new(NumberText.None, true);

    /// <summary>A number with the given significant digits; NaN reads as a dash.</summary>
    public static ReportCell Number(double value, int digits = 4) => new(NumberText.Significant(value, digits), true);

    /// <summary>A number with its uncertainty, m ± s; NaN reads as a dash.</summary>
    public static ReportCell Number(double value, double uncertainty, int digits = 3) => double.IsNaN(value) ? None :
        new($"{NumberText.Significant(value, digits)} ± {NumberText.Significant(uncertainty, 2)}", true);

    /// <summary>Text.</summary>
    public static implicit operator ReportCell(string text) => new(text);

    /// <summary>A number with four significant digits.</summary>
    public static implicit operator ReportCell(double value) => Number(value);

    /// <summary>A number with four significant digits, or a dash.</summary>
    public static implicit operator ReportCell(double? value) => value is { } number ? Number(number) : None;

    /// <summary>A whole number.</summary>
    public static implicit operator ReportCell(int value) => new(NumberText.Fixed(value, 0), true);
}
