using System.Text.Json.Serialization;

namespace LedCluster.Models.Reductions.Mixtures;

/// <summary>Which unbounded variable v of a scaled coordinate s a mixture of Gaussians describes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BoundedVariable>))]
public enum BoundedVariable : byte
{
    /// <summary>v = ln(s/(1 − s)), s between 0 and 1.</summary>
    [JsonStringEnumMemberName("logit")]
    Logit = 0,

    /// <summary>v = ln(eˢ − 1), s above 0, as the LED paper's supplement prints it; what is drawn beyond 1 is cut off.</summary>
    [JsonStringEnumMemberName("softplus")]
    Softplus = 1,

    /// <summary>v = s, without bounds.</summary>
    [JsonStringEnumMemberName("none")]
    None = 2,
}

/// <summary>The variables' formulas in float64.</summary>
internal static class BoundedVariables
{
    /// <summary>Scaled coordinates are kept this far from their bounds.</summary>
    public const double Margin = 1e-6;

    /// <summary>v and ln dv/ds of s.</summary>
    public static (double Value, double LogSlope) Unbounded(this BoundedVariable variable, double s)
    {
        if (variable == BoundedVariable.None)
            return (s, 0);
        s = s < Margin ? Margin : s > 1 - Margin ? 1 - Margin : s; // NaN stays NaN
        return variable == BoundedVariable.Logit ? (Math.Log(s / (1 - s)), -Math.Log(s * (1 - s))) : (s + Math.Log(1 - Math.Exp(-s)), -Math.Log(1 - Math.Exp(-s)));
    }

    /// <summary>s of v, for what is not computed in vectors.</summary>
    public static float Bounded(this BoundedVariable variable, float v) => variable switch
    {
        BoundedVariable.Softplus => v > 1 ? 1 : Math.Min(1, (float)Math.Log(1 + Math.Exp(v))),
        BoundedVariable.None => v,
        _ => throw new ArgumentOutOfRangeException(nameof(variable), variable, "Computed in vectors."),
    };
}
