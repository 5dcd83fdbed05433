using System.Diagnostics;
using System.Text.RegularExpressions;
using LedCluster.Host.Commands;
using YamlDotNet.RepresentationModel;

namespace LedCluster.Host.Tests;

/// <summary>What can be checked of deploy/ without the systems it is for.</summary>
public sealed partial class DeploymentTests
{
    private static readonly string Deploy = Path.Combine(Led.Root, "deploy"), Base = Path.Combine(Deploy, "kubernetes", "base"),
        Gpu = Path.Combine(Deploy, "kubernetes", "gpu");

    [Fact]
    public void Kustomizations_list_files_that_exist_and_every_file_and_patches_meet_what_they_change()
    {
        foreach (var folder in (string[])[Base, Gpu])
        {
            var root = (YamlMappingNode)Documents(Path.Combine(folder, "kustomization.yaml")).Single();
            var listed = Texts(root, "resources").Concat(
                root.Children.TryGetValue("patches", out var patches) ? ((YamlSequenceNode)patches).Select(p => Text(p, "path")) : []).ToArray();
            Assert.All(listed, name => Assert.True(Path.Exists(Path.Combine(folder, name)), $"{folder} lists {name}, which does not exist"));
            Assert.Equal(
                Directory.GetFiles(folder).Select(Path.GetFileName).Where(f => f != "kustomization.yaml").Order(),
                listed.Where(l => l.EndsWith(".yaml", StringComparison.Ordinal)).Order());
        }
        var patch = Documents(Path.Combine(Gpu, "latent.yaml")).Single();
        var patched = Resources().Single(r => Text(r, "kind") == Text(patch, "kind") && Name(r) == Name(patch));
        Assert.Equal(Containers(patched).Select(c => Text(c, "name")), Containers(patch).Select(c => Text(c, "name")));
        Assert.Equal("1", Text(Containers(patch).Single(), "resources", "limits", "nvidia.com/gpu"));
    }

    [Fact]
    public void Selectors_meet_pods_and_what_pods_refer_to_is_there()
    {
        var resources = Resources();
        var pods = resources.Where(r => Text(r, "kind") is "Deployment" or "StatefulSet").ToArray();
        Assert.Equal(["latent", "micro", "serve"], pods.Select(Name).Order());
        Assert.All(pods, pod => Assert.Equal(Text(pod, "spec", "selector", "matchLabels", "app"), Text(pod, "spec", "template", "metadata", "labels", "app")));
        foreach (var service in resources.Where(r => Text(r, "kind") == "Service"))
        {
            var pod = Assert.Single(pods, p => Text(p, "spec", "selector", "matchLabels", "app") == Text(service, "spec", "selector", "app"));
            Assert.Contains(
                Text(List(service, "spec", "ports").Single(), "port"),
                List(Containers(pod).Single(), "ports").Select(p => Text(p, "containerPort")));
        }
        var claims = resources.Where(r => Text(r, "kind") == "PersistentVolumeClaim").Select(Name);
        foreach (var pod in pods)
        {
            var volumes = (Find(pod, "spec", "template", "spec", "volumes") is { } v ? (YamlSequenceNode)v : []).Concat(
                Find(pod, "spec", "volumeClaimTemplates") is { } t ? ((YamlSequenceNode)t).Select(c => Find(c, "metadata")!) : []).ToArray();
            Assert.All(volumes.Select(volume => Find(volume, "persistentVolumeClaim", "claimName")).OfType<YamlScalarNode>(), claim =>
                Assert.Contains(claim.Value, claims));
            Assert.Equal(List(Containers(pod).Single(), "volumeMounts").Select(m => Text(m, "name")).Order(), volumes.Select(m => Text(m, "name")).Order());
        }
    }

    [Fact]
    public void Containers_stop_gracefully_run_unprivileged_and_take_secrets_from_a_secret()
    {
        foreach (var pod in Resources().Where(r => Text(r, "kind") == "Deployment"))
        {
            var (spec, container) = (Find(pod, "spec", "template", "spec")!, Containers(pod).Single());
            Assert.True(int.Parse(Text(spec, "terminationGracePeriodSeconds"), System.Globalization.CultureInfo.InvariantCulture) >= 60);
            Assert.Equal(("true", "false"), (Text(spec, "securityContext", "runAsNonRoot"), Text(container, "securityContext", "allowPrivilegeEscalation")));
            Assert.Contains(List(spec, "volumes"), v => Find(v, "secret", "secretName") is YamlScalarNode { Value: "led-tls" });
            Assert.Contains("--tls-ca", Texts(container, "args"));
            if (Name(pod) == "serve")
                Assert.Contains(List(container, "env"), e => Text(e, "name") == "LEDCLUSTER_TOKEN" && Text(e, "valueFrom", "secretKeyRef", "key") == "token");
            if (Name(pod) == "serve")
                Assert.Equal(
                    ("/health/live", "/health/ready"),
                    (Text(container, "livenessProbe", "httpGet", "path"), Text(container, "readinessProbe", "httpGet", "path")));
        }
        Assert.Matches(new Regex("^USER 10001$", RegexOptions.Multiline), File.ReadAllText(Path.Combine(Deploy, "Dockerfile")));
        Assert.All(
            Directory.EnumerateFiles(Deploy, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("README.md", StringComparison.Ordinal)),
            file => Assert.DoesNotMatch(@"(?i)(?<!account)(PASSWORD|TOKEN|PASS):?\s*[=:]\s*[""']?[a-z0-9]", File.ReadAllText(file)));
    }

    [Fact]
    public void Every_led_command_line_of_deploy_and_of_the_operators_page_is_one_that_the_program_understands()
    {
        var lines = CommandLines().ToArray();
        Assert.True(lines.Length >= 20, $"only {lines.Length} command lines were found");
        Assert.Equal(["explain", "forecast", "node", "remote", "resume", "serve"], lines.Select(l => l.Arguments[0]).Distinct().Order());
        var root = LedCommand.Create();
        Assert.All(lines, line =>
        {
            var errors = root.Parse(line.Arguments).Errors;
            Assert.True(errors.Count == 0, $"{line.File}: led {string.Join(' ', line.Arguments)}: {string.Join(' ', errors.Select(e => e.Message))}");
        });
    }

    [Fact]
    public void Scripts_pass_shellcheck()
    {
        var outcome = Shell("shellcheck", Path.Combine(Deploy, "slurm", "led.sbatch"), Path.Combine(Led.Root, "led"), Path.Combine(Led.Root, "test.sh"));
        Assert.True(outcome.Code == 0, outcome.Text);
    }

    [Fact]
    public void Units_pass_the_check_of_systemd()
    {
        using var place = new Workplace();
        var units = Directory.GetFiles(Path.Combine(Deploy, "systemd")).Select(unit =>
        {
            var copy = place[Path.GetFileName(unit).Replace("@", "@micro", StringComparison.Ordinal)];
            File.WriteAllText(copy, File.ReadAllText(unit).Replace("/opt/led/led ", "/bin/true ", StringComparison.Ordinal)); // which must exist
            return copy;
        }).ToArray();
        Assert.Equal(2, units.Length);
        var outcome = Shell("systemd-analyze", ["verify", .. units]);
        Assert.True(outcome.Code == 0 && !outcome.Text.Contains("led-", StringComparison.Ordinal), outcome.Text);
    }

    /// <summary>Arguments of <c>led</c>, wherever they stand; variables of a shell are filled in.</summary>
    private static IEnumerable<(string File, string[] Arguments)> CommandLines()
    {
        foreach (var service in ((YamlMappingNode)Find(Documents(Path.Combine(Deploy, "compose.yaml")).Single(), "services")!).Children.Values)
        {
            if (Find(service, "command") is not null)
                yield return ("compose.yaml", [.. Texts(service, "command")]);
            if (Find(service, "healthcheck") is not null)
                yield return ("compose.yaml", [.. Texts(service, "healthcheck", "test").Skip(2)]);
        }
        foreach (var container in Resources().Append(Documents(Path.Combine(Gpu, "latent.yaml")).Single())
            .Where(r => Text(r, "kind") == "Deployment")
            .SelectMany(Containers))
            yield return ("kubernetes", [.. Texts(container, "args")]);
        foreach (var file in Directory.GetFiles(Path.Combine(Deploy, "systemd")).Append(Path.Combine(Deploy, "slurm", "led.sbatch"))
            .Append(Path.Combine(Led.Root, "docs", "operating.md")).Append(Path.Combine(Deploy, "README.md")))
        {
            foreach (Match line in CommandLine().Matches(File.ReadAllText(file).Replace("\\\n", " ", StringComparison.Ordinal)))
            {
                var text = Variable().Replace(line.Groups[1].Value.Replace("\"$@\"", "fhn", StringComparison.Ordinal), "1");
                yield return (Path.GetFileName(file), text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => a.Trim('"', '\'')).ToArray());
            }
        }
    }

    /// <summary><c>led</c> at the start of a line, after a prompt, <c>srun</c> or <c>ExecStart=</c>, up to a comment, <c>&amp;</c> or a pipe.</summary>
    [GeneratedRegex("""^(?:\S+\$ |ExecStart=/opt/led/|srun .*)?"?\$?led"? ((?:node|serve|remote|forecast|resume|explain) [^#&|\n]*)""", RegexOptions.Multiline)]
    private static partial Regex CommandLine();

    [GeneratedRegex(@"""?\$\{?\w+\}?""?")]
    private static partial Regex Variable();

    private static YamlNode[] Resources() =>
        [.. Directory.GetFiles(Base).Where(f => !f.EndsWith("kustomization.yaml", StringComparison.Ordinal)).SelectMany(Documents)];

    private static IEnumerable<YamlNode> Documents(string path)
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(path);
        stream.Load(reader);
        return stream.Documents.Select(d => d.RootNode);
    }

    private static IEnumerable<YamlNode> Containers(YamlNode resource) => List(resource, "spec", "template", "spec", "containers");

    private static string Name(YamlNode resource) => Text(resource, "metadata", "name");

    private static YamlNode? Find(YamlNode? node, params string[] path) =>
        path.Aggregate(node, (at, name) => at is YamlMappingNode map && map.Children.TryGetValue(name, out var next) ? next : null);

    private static YamlSequenceNode List(YamlNode node, params string[] path) => Assert.IsType<YamlSequenceNode>(Find(node, path));

    private static IEnumerable<string> Texts(YamlNode node, params string[] path) => List(node, path).Select(t => ((YamlScalarNode)t).Value!);

    private static string Text(YamlNode node, params string[] path) => Assert.IsType<YamlScalarNode>(Find(node, path)).Value!;

    private static (int Code, string Text) Shell(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var outcome = Led.Finish(process, arguments);
        return (outcome.Code, outcome.Output + outcome.Errors);
    }
}
