using LedCluster.Domain.Fields;

namespace LedCluster.Domain.Metrics;

/// <summary>
/// Long-time statistics of a forecast beside those of the truth, for one channel of a periodic domain: the density of (u_x, u_xx)
/// and the spatial power spectrum (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, figure 3). The members are parted into
/// two halves, even and odd, and densities of different halves are compared: they are independent and of one size, so that a
/// perfect model is as far from the truth as the truth is from itself.
/// </summary>
public sealed class Climate
{
    private readonly PeriodicDerivatives derivatives;
    private readonly PlaneDensity[] truth, forecast;
    private readonly double[] values, slopes, curvatures;

    /// <summary>Begins an account.</summary>
    /// <param name="layout">The grid; periodic.</param>
    /// <param name="bins">Cells per axis of the densities.</param>
    /// <param name="slope">Range of u_x.</param>
    /// <param name="curvature">Range of u_xx.</param>
    public Climate(FieldLayout layout, int bins, (double Low, double High) slope, (double Low, double High) curvature)
    {
        derivatives = new PeriodicDerivatives(layout.Points, layout.Spacing);
        (truth, forecast) = (Halves(), Halves());
        (TrueSpectrum, ForecastSpectrum) = (new PowerSpectrum(layout.Points), new PowerSpectrum(layout.Points));
        (values, slopes, curvatures) = (new double[layout.Points], new double[layout.Points], new double[layout.Points]);

        PlaneDensity[] Halves() => [new PlaneDensity(bins, slope, curvature), new PlaneDensity(bins, slope, curvature)];
    }

    /// <summary>Power of the truth's modes.</summary>
    public PowerSpectrum TrueSpectrum { get; }

    /// <summary>Power of the forecast's modes.</summary>
    public PowerSpectrum ForecastSpectrum { get; }

    /// <summary>Density of the truth, all members.</summary>
    public PlaneDensity TrueDensity => Whole(truth);

    /// <summary>Density of the forecast, all members.</summary>
    public PlaneDensity ForecastDensity => Whole(forecast);

    /// <summary>L1 distance between one half of the truth and the other; NaN for a single member.</summary>
    public double SelfNoise => truth[0].DistanceTo(truth[1]);

    /// <summary>L1 distance between one half of the forecast and the other half of the truth, mean over both ways; NaN for a single member.</summary>
    public double DensityDistance => (forecast[0].DistanceTo(truth[1]) + forecast[1].DistanceTo(truth[0])) / 2;

    /// <summary>Sturges' rule, ⌈1 + log₂ n⌉ bins per axis for n values.</summary>
    public static int SturgesBins(long n) => (int)Math.Ceiling(1 + Math.Log2(n));

    /// <summary>Adds one frame of a member.</summary>
    /// <param name="member">Index of the member, which says to which half it belongs.</param>
    /// <param name="y">True values [n].</param>
    /// <param name="ŷ">Forecast values [n].</param>
    public void Add(int member, ReadOnlySpan<double> y, ReadOnlySpan<float> ŷ)
    {
        Count(y, truth[member % 2], TrueSpectrum);
        for (var j = 0; j < values.Length; j++)
            values[j] = ŷ[j];
        Count(values, forecast[member % 2], ForecastSpectrum);
    }

    /// <summary>Adds another account with the same cells.</summary>
    public void Add(Climate other)
    {
        for (var half = 0; half < 2; half++)
        {
            truth[half].Add(other.truth[half]);
            forecast[half].Add(other.forecast[half]);
        }
        TrueSpectrum.Add(other.TrueSpectrum);
        ForecastSpectrum.Add(other.ForecastSpectrum);
    }

    private void Count(ReadOnlySpan<double> field, PlaneDensity density, PowerSpectrum spectrum)
    {
        derivatives.Differentiate(field, slopes, curvatures);
        density.Add(slopes, curvatures);
        spectrum.Add(field);
    }

    private static PlaneDensity Whole(PlaneDensity[] halves)
    {
        var whole = new PlaneDensity(halves[0].Bins, halves[0].Horizontal, halves[0].Vertical);
        whole.Add(halves[0]);
        whole.Add(halves[1]);
        return whole;
    }
}
