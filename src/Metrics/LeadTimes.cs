namespace LedCluster.Metrics;

/// <summary>How a forecast parts from the truth, frame by frame and member by member, for one channel.</summary>
/// <param name="frames">Number of frames F at which errors are kept.</param>
/// <param name="members">Number of members M.</param>
public sealed class LeadTimes(int frames, int members)
{
    private readonly float[,] absolute = new float[frames, members], square = new float[frames, members], correlation = new float[frames, members];

    /// <summary>Keeps one frame of a member; different members may be added by different threads.</summary>
    /// <param name="frame">Position among the kept frames.</param>
    /// <param name="member">Position among the members.</param>
    /// <param name="y">True values [n].</param>
    /// <param name="ŷ">Forecast values [n].</param>
    public void Add(int frame, int member, ReadOnlySpan<float> y, ReadOnlySpan<float> ŷ)
    {
        var errors = new FieldErrors();
        errors.Add(y, ŷ);
        absolute[frame, member] = (float)errors.MeanAbsolute;
        square[frame, member] = (float)(errors.Rmse * errors.Rmse);
        correlation[frame, member] = (float)errors.Correlation;
    }

    /// <summary>Absolute error, mean over points, of all members at a frame, ascending; in the channel's unit.</summary>
    public double[] Absolute(int frame) => [.. Enumerable.Range(0, members).Select(m => (double)absolute[frame, m]).Order()];

    /// <summary>Absolute error of each member, mean over points and over the kept frames from <paramref name="first"/> on; in the channel's unit.</summary>
    public double[] MeanAbsolute(int first) =>
        [.. Enumerable.Range(0, members).Select(m => Enumerable.Range(first, frames - first).Average(f => (double)absolute[f, m]))];

    /// <summary>
    /// Spatial correlation of forecast and truth at a frame, mean over the members of which neither field is constant; NaN when there are
    /// none.
    /// </summary>
    public double Correlation(int frame) =>
        Enumerable.Range(0, members).Select(m => (double)correlation[frame, m]).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>
    /// Valid prediction time of each member: how many kept frames pass before the root mean square error first exceeds a
    /// threshold; all of them when it never does.
    /// </summary>
    /// <param name="first">Kept frame at which the prediction starts.</param>
    /// <param name="threshold">Largest error of a valid prediction, in the channel's unit.</param>
    public int[] ValidFrames(int first, double threshold) =>
    [
        .. Enumerable.Range(0, members).Select(m =>
            Enumerable.Range(first, frames - first).TakeWhile(f => square[f, m] <= threshold * threshold).Count()),
    ];
}
