namespace LedCluster.Metrics;

/// <summary>
/// The three error measures of the PACS report (Cattaneo, Dotti &amp; Fedrizzi, Politecnico di Milano 2022, section 5) of one trajectory, in
/// the fields' unit: of a snapshot, √Σ_c Σ_x Δ²; of a point ("particle"), √Σ_c Σ_t Δ²; of the model, √Σ_t snapshot². They are sums, so
/// that they grow with the numbers of frames and points. Where the report leaves it open, channels are combined by the root of the sum.
/// </summary>
/// <param name="Snapshot">Error of each frame, [F].</param>
/// <param name="Point">Error of each point, [X].</param>
public sealed record SnapshotErrors(double[] Snapshot, double[] Point)
{
    /// <summary>Error of the model.</summary>
    public double Model => Math.Sqrt(Snapshot.Sum(e => e * e));

    /// <summary>Errors of a forecast.</summary>
    /// <param name="truth">[F, C, X].</param>
    /// <param name="forecast">[F, C, X].</param>
    /// <param name="channels">Channels C.</param>
    /// <param name="points">Points X per channel.</param>
    public static SnapshotErrors Of(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast, int channels, int points)
    {
        var size = channels * points;
        if (truth.Length != forecast.Length || truth.Length % size != 0)
            throw new ArgumentException(
                $"Truth and forecast have {truth.Length} and {forecast.Length} numbers; both must hold whole frames of {channels} × {points}.",
                nameof(forecast));
        var (snapshot, point) = (new double[truth.Length / size], new double[points]);
        for (var i = 0; i < truth.Length; i++)
        {
            var square = (forecast[i] - truth[i]) * (forecast[i] - truth[i]);
            snapshot[i / size] += square;
            point[i % points] += square;
        }
        return new([.. snapshot.Select(Math.Sqrt)], [.. point.Select(Math.Sqrt)]);
    }
}
