namespace LedCluster.Report.Colours;

/// <summary>
/// A scale of <see cref="Levels"/> colours through published control colours, interpolated linearly in OKLab (Ottosson 2020,
/// https://bottosson.github.io/posts/oklab), in which equal steps look equal.
/// </summary>
public sealed class ColourMap
{
    /// <summary>Number of colours in a map; one more index is left for "no value" in an 8-bit image.</summary>
    public const int Levels = 255;

    private readonly Rgb[] table = new Rgb[Levels];

    private ColourMap(string name, params int[] control)
    {
        Name = name;
        var lab = control.Select(hex => ToLab(Rgb.FromHex(hex))).ToArray();
        for (var i = 0; i < Levels; i++)
        {
            var position = (double)i / (Levels - 1) * (control.Length - 1);
            var k = Math.Min((int)position, control.Length - 2);
            var f = position - k;
            table[i] = FromLab(
                (1 - f) * lab[k].L + f * lab[k + 1].L,
                (1 - f) * lab[k].A + f * lab[k + 1].A,
                (1 - f) * lab[k].B + f * lab[k + 1].B);
        }
    }

    /// <summary>Sequential map for fields, dark to light: ten colours of viridis (van der Walt and Smith 2015, CC0).</summary>
    public static ColourMap Viridis { get; } = new(
        "viridis", 0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725);

    /// <summary>
    /// Diverging map for signed errors, blue over near-white to red: the eleven colours of RdBu, reversed (colorbrewer2.org,
    /// Brewer and Harrower, Apache-2.0).
    /// </summary>
    public static ColourMap BlueRed { get; } = new(
        "blue-red", 0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7, 0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b, 0x67001f);

    /// <summary>Name of the map.</summary>
    public string Name { get; }

    /// <summary>The colours from the low to the high end.</summary>
    public IReadOnlyList<Rgb> Colours => table;

    /// <summary>Index of the colour at a fraction of the scale; fractions outside 0…1 are clipped, which NaN must not reach.</summary>
    public static int Index(double fraction) => (int)Math.Round(Math.Clamp(fraction, 0, 1) * (Levels - 1));

    private static (double L, double A, double B) ToLab(Rgb c)
    {
        double r = Rgb.Linear(c.R), g = Rgb.Linear(c.G), b = Rgb.Linear(c.B);
        var l = Math.Cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
        var m = Math.Cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
        var s = Math.Cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
        return (
            0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s);
    }

    private static Rgb FromLab(double lightness, double a, double b)
    {
        var l = Math.Pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
        var m = Math.Pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
        var s = Math.Pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
        return new(
            Rgb.Encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            Rgb.Encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            Rgb.Encode(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
    }
}

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
