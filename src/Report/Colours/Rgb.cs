namespace LedCluster.Report.Colours;

/// <summary>An sRGB colour, 8 bits per component.</summary>
/// <param name="R">Red.</param>
/// <param name="G">Green.</param>
/// <param name="B">Blue.</param>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>Reads a colour written as 0xRRGGBB.</summary>
    public static Rgb FromHex(int hex) => new((byte)(hex >> 16), (byte)(hex >> 8), (byte)hex);

    /// <summary>
    /// Relative luminance Y = 0.2126 R + 0.7152 G + 0.0722 B of the linearised components, 0 (black) to 1 (white)
    /// (IEC 61966-2-1, ITU-R BT.709).
    /// </summary>
    public double Luminance => 0.2126 * Linear(R) + 0.7152 * Linear(G) + 0.0722 * Linear(B);

    /// <summary>The colour in CSS notation, for example <c>#440154</c>.</summary>
    public string Css => $"#{R:x2}{G:x2}{B:x2}";

    /// <summary>One component without the sRGB transfer function, 0 to 1.</summary>
    internal static double Linear(byte component)
    {
        var c = component / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
    }

    /// <summary>One linear component, 0 to 1, with the sRGB transfer function, rounded and clipped to 8 bits.</summary>
    internal static byte Encode(double linear)
    {
        var c = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.Pow(linear, 1 / 2.4) - 0.055;
        return (byte)Math.Round(Math.Clamp(c, 0, 1) * 255);
    }
}
