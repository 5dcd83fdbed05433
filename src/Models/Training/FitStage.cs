namespace LedCluster.Models.Training;

/// <summary>A part that is fitted in one step. Its fit is a function of the data, so that a resumed training just fits again.</summary>
/// <param name="name">What is fitted.</param>
/// <param name="fit">Fits, and returns figures for the record, the first of which is shown as the loss.</param>
internal sealed class FitStage(string name, Func<IReadOnlyDictionary<string, double>> fit) : ITrainingStage
{
    private IReadOnlyDictionary<string, double> figures = new Dictionary<string, double>();

    public string Name => name;

    public int Steps => 1;

    public void Begin()
    {
    }

    public (double Loss, bool GoesOn) Run(int index)
    {
        figures = fit();
        return (figures.Values.First(), false);
    }

    public IReadOnlyDictionary<string, double> End() => figures;

    public double[] Save() => [];

    public void Restore(double[] saved) => fit();
}
