using LedCluster.Actors;
using LedCluster.Domain.Wire;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Cluster;

/// <summary>
/// What a node on another machine needs of a run directory, as one message: the tag <c>LCU1</c>, then the bytes of
/// <c>spec.json</c>, of the model's manifest and of its weights, each preceded by their length. Of a run whose solver is another
/// program, the tag <c>LCU2</c>, the same, and then the number of files of its study, and of each its name, whether it can be executed, and its bytes.
/// </summary>
internal static class SetupArchive
{
    private const string Tag = "LCU1", TagWithStudy = "LCU2", SpecName = "spec.json";
    private const int LongestName = 1024;

    private static readonly string[] Names =
        [SpecName, Path.Combine(ForecastSetup.ModelName, ModelFile.ManifestName), Path.Combine(ForecastSetup.ModelName, ModelFile.WeightsName)];

    /// <summary>Packs what is needed of a run directory.</summary>
    public static byte[] Pack(string directory)
    {
        string[] study = [.. ExternalStudy.Files(directory)];
        using var writer = new ByteWriter(study.Length == 0 ? Tag : TagWithStudy);
        foreach (var name in Names)
            writer.Array<byte>(File.ReadAllBytes(Path.Combine(directory, name)));
        if (study.Length > 0)
            writer.Int(study.Length);
        foreach (var name in study)
            writer.Text(name, LongestName).Int(Executable(Path.Combine(directory, name)) ? 1 : 0).Array<byte>(File.ReadAllBytes(Path.Combine(directory, name)));
        return writer.ToArray();
    }

    /// <summary>Builds the workers of a run.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="device">Where this node computes latents.</param>
    /// <param name="note">Told what happens on the device.</param>
    /// <param name="runsPrograms">Whether this node runs programs that come with a run.</param>
    /// <exception cref="FormatException">The bytes are not an archive.</exception>
    /// <exception cref="UserError">The run is of another version or of an unknown study, or its model is damaged.</exception>
    public static RunWorkers Workers(byte[] archive, string device, Action<string> note, bool runsPrograms = false)
    {
        var place = Directory.CreateTempSubdirectory("ledcluster-node-").FullName;
        var isUsed = false;
        try
        {
            Unpack(archive, place);
            var directory = UserError.OnBadData(() => RunDirectory.Open(place));
            var spec = directory.Spec;
            if (spec.Version != ProgramVersion.Text)
            {
                throw new UserError($"The run is computed by version {spec.Version}, but this node is {ProgramVersion.Text}; the bits may differ. "
                    + "Start nodes of that version.");
            }
            if (!runsPrograms && ExternalStudy.NamesProgram(spec.Solver)) // before anything can start it
            {
                throw new UserError("the run has an external simulator, and this node does not run external programs. Start the node with --external-programs "
                    + "if everyone who can join the cluster may run programs here.");
            }
            var study = ForecastSetup.StudyOf(directory);
            var (model, manifest) = ForecastSetup.LoadModel(study, Path.Combine(place, ForecastSetup.ModelName));
            if (manifest.Identity != spec.ModelHash)
                throw new UserError($"The run is computed with the model {spec.ModelHash}, but its setup has {manifest.Identity}.");
            // A run in managed code is computed so on any node, or by kernels with the same bits; one on a device of libtorch, on nodes with that device alone.
            var own = ComputeDevice.Parse(device);
            var latent = spec.LatentArithmetic is null && own is not { IsKernel: true } ? model
                : LatentPlace.Model(spec, model, Path.Combine(place, ForecastSetup.ModelName), own, note);
            isUsed = study.Solver is not null; // else nothing is read there any more
            return ForecastSetup.Workers(study, spec, model, latent, new ThreadClock());
        }
        finally
        {
            if (isUsed) // the program runs there as long as the node does
                AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(place, recursive: true);
            else
                Directory.Delete(place, recursive: true);
        }
    }

    private static bool Executable(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != 0;

    private static void Unpack(byte[] archive, string place)
    {
        var hasStudy = archive.AsSpan().StartsWith("LCU2"u8);
        var reader = new ByteReader(archive, hasStudy ? TagWithStudy : Tag, "a run's setup");
        foreach (var name in Names)
            Write(name, reader.Bytes());
        for (var files = hasStudy ? reader.Int() : 0; files > 0; files--)
        {
            var (name, executable) = (reader.Text(LongestName), reader.Int());
            if (GivenPath.Within(Path.Combine(place, ExternalStudy.FolderName), Path.Combine(place, name)) is null)
                throw new FormatException($"A run's setup has the file '{name}', which is outside its study.");
            var path = Write(name, reader.Bytes());
            if (executable == 1 && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.UserExecute);
        }
        reader.End();

        string Write(string name, ReadOnlySpan<byte> bytes)
        {
            var path = Path.Combine(place, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
            return path;
        }
    }
}
