using System.Text.Json.Serialization;

namespace LedCluster.Models.Training;

/// <summary>Options of parts that are fitted in one step instead of by gradients.</summary>
public sealed record FitOptions
{
    /// <summary>Frames of each trajectory that warm a reservoir before they count.</summary>
    public int Washout { get; init; } = 100;

    /// <summary>
    /// Principal components are those of every n-th frame of each trajectory: their cost grows with the cube of the number of frames, where
    /// frames are fewer than numbers in one.
    /// </summary>
    public int Every { get; init; } = 1;

    /// <summary>Whether principal components are rounded to float16, 11 bits, and written so, for half the size.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HalfPrecision { get; init; }

    /// <summary>Ridge η of a reservoir's readout, added to the diagonal of Σ φφᵀ over all samples.</summary>
    public double Ridge { get; init; } = 1e-5;

    /// <summary>Coefficients of SINDy below this are dropped; in units of the scaled latents, per coarse frame.</summary>
    public double Threshold { get; init; } = 1e-4;

    /// <summary>Ridge of SINDy's regressions but the last, added to the diagonal of Σ θθᵀ over all samples.</summary>
    public double SparseRidge { get; init; } = 0.05;

    /// <summary>
    /// Ridge of SINDy's last regression and of polynomial rates, per sample: it keeps the coefficients from balancing each other where
    /// there are no data.
    /// </summary>
    public double LastRidge { get; init; } = 1e-10;

    /// <summary>Points per frame to which latents are interpolated by a cubic spline before SINDy differentiates them.</summary>
    public int Interpolation { get; init; } = 5;

    /// <summary>Points, drawn from all frames and points, that the rates of a coarse PDE are fitted to; a Gaussian process has its own number.</summary>
    public int Samples { get; init; } = 10_000;

    /// <summary>
    /// Time over which the rate of change is taken before and after a frame, by the solver with frames that close; null for the frames' own distance. It
    /// must divide Δt.
    /// </summary>
    public double? RateStep { get; init; }

    /// <summary>Times that the loss of a coarse PDE's networks, or of the MLP behind principal components, may be computed by L-BFGS.</summary>
    public int Evaluations { get; init; } = 2000;
}
