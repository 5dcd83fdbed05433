using LedCluster.Actors;
using LedCluster.Domain.Wire;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
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
    /// <param name="archive">The archive.</param>
    /// <param name="device">Where this node computes latents.</param>
    /// <param name="note">Told what happens on the device.</param>
    /// <exception cref="FormatException">The bytes are not an archive.</exception>
    /// <exception cref="UserError">The run is of another version or of an unknown study, or its model is damaged.</exception>
    public static RunWorkers Workers(byte[] archive, string device, Action<string> note)
    {
        var place = Directory.CreateTempSubdirectory("ledcluster-node-").FullName;
        try
        {
            Unpack(archive, place);
            var directory = UserError.OnBadData(() => RunDirectory.Open(place));
            var spec = directory.Spec;
            if (spec.Version != ProgramVersion.Text)
                throw new UserError($"The run is computed by version {spec.Version}, this node is {ProgramVersion.Text}; their bits may differ. Start nodes of that version.");
            var study = ForecastSetup.StudyOf(directory);
            var (model, manifest) = ForecastSetup.LoadModel(study, Path.Combine(place, ForecastSetup.ModelName));
            if (manifest.Identity != spec.ModelHash)
                throw new UserError($"The run is computed with the model {spec.ModelHash}, but its setup holds {manifest.Identity}.");
            // A run in managed code is computed so on any node; one on a device, on nodes with that device alone.
            var latent = spec.LatentArithmetic is null ? model
                : LatentPlace.Model(spec, model, Path.Combine(place, ForecastSetup.ModelName), ComputeDevice.Parse(device), note);
            return ForecastSetup.Workers(study, spec, model, latent, new ThreadClock());
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
