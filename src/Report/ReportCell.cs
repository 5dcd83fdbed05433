namespace LedCluster.Report;

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
