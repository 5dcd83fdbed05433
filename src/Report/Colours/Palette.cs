using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;

namespace LedCluster.Report.Colours;

/// <summary>
/// Named colours as CSS values: a custom property that the page sets for light and dark, with the light value as fallback
/// where an SVG stands alone.
/// </summary>
public static class Palette
{
    /// <summary>Text and axes.</summary>
    public const string Ink = "var(--ink,#1b2430)";

    /// <summary>Secondary text.</summary>
    public const string Muted = "var(--muted,#5b6673)";

    /// <summary>Grid lines.</summary>
    public const string Grid = "var(--grid,#e3e7ec)";

    /// <summary>Reference data, kept in the background.</summary>
    public const string Reference = "var(--reference,#868f9a)";

    private static readonly string[] Cycle =
    [
        "var(--s0,#00796b)", "var(--s1,#a8326f)", "var(--s2,#b07a00)", "var(--s3,#3f5fb5)", "var(--s4,#7a4fb0)", "var(--s5,#5d7a1f)",
    ];

    /// <summary>Colour of the n-th series of a plot; repeats after six.</summary>
    public static string Series(int index) => Cycle[index % Cycle.Length];

    /// <summary>Colour of a phase of the LED cycle, the same in every figure.</summary>
    public static string Of(Phase phase) => phase switch
    {
        Phase.Warmup => "var(--warmup,#b8860b)",
        Phase.Macro => "var(--macro,#2f6fb7)",
        _ => "var(--micro,#cf5a0b)",
    };

    /// <summary>Colour of a kind of work, the same in every figure.</summary>
    public static string Of(Work work) => work switch
    {
        Work.Micro => "var(--micro,#cf5a0b)",
        Work.Latent => "var(--macro,#2f6fb7)",
        Work.Encode => "var(--s0,#00796b)",
        _ => "var(--s4,#7a4fb0)",
    };

    /// <summary>A phase in words, for legends.</summary>
    public static string Name(Phase phase) => phase switch
    {
        Phase.Warmup => "warm-up",
        Phase.Macro => "macro",
        _ => "micro",
    };
}
