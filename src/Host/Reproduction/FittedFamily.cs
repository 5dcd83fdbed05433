using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LedCluster.Host.Studies;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Training;

namespace LedCluster.Host.Reproduction;

/// <summary>Models of one recipe in which nothing is trained by gradients, one per latent dimension.</summary>
/// <param name="Variant">The recipe.</param>
/// <param name="LatentSizes">Values of <c>reduction.latentSize</c>.</param>
internal sealed record FittedFamily(string Variant, int[] LatentSizes)
{
    private const ulong Seed = 1;

    /// <summary>The models, with what their trainings will use.</summary>
    /// <exception cref="UserError">The recipe cannot be used.</exception>
    public IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        LatentSizes.Select(size => ($"{Variant}-{size}", Prepared(run, size).Trainer.RandomMembers));

    /// <summary>Fits the model of a latent dimension and returns its directory, among the figure's runs.</summary>
    /// <exception cref="UserError">The recipe cannot be used, or has a part that is trained by gradients.</exception>
    public string Fit(ReproductionRun run, int latentSize)
    {
        var (trainer, options) = Prepared(run, latentSize);
        if (RecipeCheck.TrainsByGradients(options))
            throw new UserError(
                $"reproduce.json of study '{run.Study.Name}' wants the recipe '{Variant}' fitted, but that trains a network by gradients, which "
                + "takes minutes. Train it with 'led train' and name the model among the families.");
        var directory = Path.Combine(run.Directory, $"{Variant}-{latentSize}");
        Directory.CreateDirectory(directory);
        var checkpoint = Path.Combine(directory, "training.checkpoint");
        File.Delete(checkpoint); // of a fit that was stopped, perhaps by another recipe: it takes seconds to fit again
        var record = new JsonObject { ["command"] = Recipe.Command(run.Study, Variant, Settings(latentSize), Seed) };
        _ = UserError.OnBadData(() => trainer.Train(checkpoint, directory, record, _ => { }, run.Cancel))
            ?? throw new OperationCanceledException(run.Cancel);
        return directory;
    }

    private (Trainer Trainer, TrainingOptions Options) Prepared(ReproductionRun run, int latentSize) =>
        Recipe.Prepare(run.Study, Variant, Settings(latentSize), Seed);

    private static string[] Settings(int latentSize) => [$"reduction.latentSize={latentSize}"];
}
