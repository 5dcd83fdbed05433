using System.Text.Json.Nodes;
using LedCluster.Host.Studies;
using LedCluster.Models.Training;

namespace LedCluster.Host.Reproduction;

/// <summary>Models of one recipe without networks, one per latent dimension.</summary>
/// <param name="Variant">The recipe.</param>
/// <param name="LatentSizes">Values of <c>reduction.latentSize</c>.</param>
internal sealed record FittedFamily(string Variant, int[] LatentSizes)
{
    private const ulong Seed = 1;

    /// <summary>The training of the model of a latent dimension.</summary>
    /// <exception cref="UserError">The recipe cannot be used.</exception>
    public Trainer Trainer(ReproductionRun run, int latentSize) => Recipe.Prepare(run.Study, Variant, Settings(latentSize), Seed).Trainer;

    /// <summary>Fits the model of a latent dimension and returns its directory, among the figure's runs.</summary>
    /// <exception cref="UserError">The recipe cannot be used, or has a part that is trained by gradients.</exception>
    public string Fit(ReproductionRun run, int latentSize)
    {
        var (trainer, options) = Recipe.Prepare(run.Study, Variant, Settings(latentSize), Seed);
        if (RecipeCheck.NeedsNetworks(options))
            throw new UserError($"reproduce.json of study '{run.Study.Name}' wants the recipe '{Variant}' fitted, but that trains a network, which takes minutes. Train it with 'led train' and name the model among the families.");
        var directory = Path.Combine(run.Directory, $"{Variant}-{latentSize}");
        Directory.CreateDirectory(directory);
        var checkpoint = Path.Combine(directory, "training.checkpoint");
        File.Delete(checkpoint); // of a fit that was stopped, perhaps by another recipe: it takes seconds to fit again
        var record = new JsonObject { ["command"] = Recipe.Command(run.Study, Variant, Settings(latentSize), Seed) };
        _ = UserError.OnBadData(() => trainer.Train(checkpoint, directory, record, _ => { }, run.Cancel))
            ?? throw new OperationCanceledException(run.Cancel);
        return directory;
    }

    private static string[] Settings(int latentSize) => [$"reduction.latentSize={latentSize}"];
}
