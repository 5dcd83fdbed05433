using System.Text.Json.Serialization;
using LedCluster.Models.Inference;

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
        return variable == BoundedVariable.Logit ? (Math.Log(s / (1 - s)), -Math.Log(s * (1 - s)))
            : (s + Math.Log(1 - Math.Exp(-s)), -Math.Log(1 - Math.Exp(-s)));
    }

    /// <summary>s of each v.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="v">Numbers v, a multiple of 16, replaced.</param>
    public static unsafe void Bounded(this BoundedVariable variable, Span<float> v)
    {
        if (variable == BoundedVariable.None)
            return;
        foreach (ref var x in v)
            x = variable == BoundedVariable.Logit ? 0.5f * x : x > 1 ? 1 : Math.Min(1, (float)Math.Log(1 + Math.Exp(x)));
        if (variable == BoundedVariable.Logit)
            fixed (float* x = v)
                SimdMath.HalfTanh(x, v.Length); // 1/(1 + e^−v) = ½ + ½ tanh(v/2)
    }
}
