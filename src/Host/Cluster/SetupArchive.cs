using LedCluster.Actors;
using LedCluster.Domain.Wire;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Models.Checkpoints;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Cluster;

/// <summary>
/// What a node on another machine needs of a run directory, as one message: the tag <c>LCU1</c>, then the bytes of
/// <c>spec.json</c>, of the model's manifest and of its weights, each preceded by their length.
/// </summary>
internal static class SetupArchive
{
    private const string Tag = "LCU1", SpecName = "spec.json";

    private static readonly string[] Names =
        [SpecName, Path.Combine(ForecastSetup.ModelName, ModelFile.ManifestName), Path.Combine(ForecastSetup.ModelName, ModelFile.WeightsName)];

    /// <summary>Packs what is needed of a run directory.</summary>
    public static byte[] Pack(string directory)
    {
        using var writer = new ByteWriter(Tag);
        foreach (var name in Names)
            writer.Array<byte>(File.ReadAllBytes(Path.Combine(directory, name)));
        return writer.ToArray();
    }

    /// <summary>Builds the workers of a run.</summary>
    /// <exception cref="FormatException">The bytes are not an archive.</exception>
    /// <exception cref="UserError">The run is of another version or of an unknown study, or its model is damaged.</exception>
    public static RunWorkers Workers(byte[] archive)
    {
        var place = Directory.CreateTempSubdirectory("ledcluster-node-").FullName;
        try
        {
            Unpack(archive, place);
            var spec = RunDirectory.Open(place).Spec;
            if (spec.Version != ProgramVersion.Text)
                throw new UserError($"The run is computed by version {spec.Version}, this node is {ProgramVersion.Text}; their bits may differ. Start nodes of that version.");
            var study = StudyCatalog.Find(spec.Study);
            var (model, manifest) = ForecastSetup.LoadModel(study, Path.Combine(place, ForecastSetup.ModelName));
            return manifest.Identity == spec.ModelHash ? ForecastSetup.Workers(study, spec, model, new ThreadClock()) : throw new UserError(
                $"The run is computed with the model {spec.ModelHash}, but its setup holds {manifest.Identity}.");
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private static void Unpack(byte[] archive, string place)
    {
        var reader = new ByteReader(archive, Tag, "a run's setup");
        foreach (var name in Names)
        {
            var path = Path.Combine(place, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, reader.Bytes());
        }
        reader.End();
    }
}
