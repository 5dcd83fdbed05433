using System.Diagnostics;
using LedCluster.Models.Devices;

namespace LedCluster.Host.Diagnosis;

/// <summary>Fetches libtorch with the NuGet client of the .NET SDK, into its folder of packages.</summary>
internal static class LibtorchSetup
{
    /// <summary>What the download is, before it begins.</summary>
    public static string Announcement =>
        $"{Libtorch.Package} {Libtorch.PackageVersion}: 128 MB to download, 600 MB on disk, into {Path.Combine(Libtorch.PackageFolder, Libtorch.Package)}";

    /// <summary>Restores the package.</summary>
    /// <exception cref="IOException">The SDK is missing, or the restore failed; the message carries what it said.</exception>
    public static void Fetch()
    {
        var folder = Directory.CreateTempSubdirectory("led-setup-").FullName;
        try
        {
            // A project that refers to nothing: the package is downloaded, and no other.
            var project = Path.Combine(folder, "libtorch.csproj");
            File.WriteAllText(project, $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
                  <ItemGroup><PackageDownload Include="{Libtorch.Package}" Version="[{Libtorch.PackageVersion}]" /></ItemGroup>
                </Project>
                """);
            var (code, output) = Restore(project);
            if (code != 0 || !Directory.Exists(Libtorch.PackageLibraries))
            {
                throw new IOException($"{Libtorch.Package} {Libtorch.PackageVersion} could not be restored: {output.Trim()}\n"
                    + $"Configure a package source that has it, or use an installed libtorch: --libtorch DIR or {Libtorch.Variable}.");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (int Code, string Output) Restore(string project)
    {
        var host = Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet";
        try
        {
            using var process = Process.Start(new ProcessStartInfo(host, ["restore", project, "--packages", Libtorch.PackageFolder, "-v", "quiet", "--nologo"])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new IOException($"The download of libtorch needs the .NET SDK, but '{host}' cannot be run. Install it, or use an installed libtorch: "
                + $"--libtorch DIR or {Libtorch.Variable}.");
        }
    }
}
