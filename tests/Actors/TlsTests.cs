using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LedCluster.Actors.Deployment;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>A cluster with certificates that this test makes.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly string place = Directory.CreateTempSubdirectory("ledcluster-tls-").FullName;

    public void Dispose() => Directory.Delete(place, recursive: true);

    [Fact]
    public async Task Processes_with_certificates_of_one_authority_work_together_also_on_large_states_and_others_are_kept_out()
    {
        const int size = 50_000;
        var (ours, theirs) = (Certificates("ours"), Certificates("theirs"));
        Assert.Empty(ours.Faults());
        Assert.NotEmpty((ours with { AuthorityFile = theirs.AuthorityFile }).Faults());
        await using var cluster = new TestCluster { Nodes = 1, Tls = ours };
        await cluster.InitializeAsync();

        await using var stranger = ClusterMembership.OfCoordinator(cluster.Options with { Tls = theirs }, _ => { });
        await using var plain = ClusterMembership.OfCoordinator(cluster.Options with { Tls = null }, _ => { });
        var (plan, recorder, wide, clock) = (LedCycle.Plan(new LedSchedule(2, 3, 2, 12)), new MemoryRecorder(), new WideDynamics(size), new ThreadClock());
        var job = new EngineJob(
            Enumerable.Range(0, 3).Select(m => Cohort.Start([m], [.. Enumerable.Repeat((double)m, size)])), plan,
            new MicroWorker(wide, wide.Model, plan, LiftRule.Equilibrium, keepFields: true, clock),
            new LatentWorker(wide.Model, plan, size, clock, keepFields: true),
            recorder, new ExecutionOptions { Workers = 1 });
        Assert.Equal(3, (await Task.Run(() => cluster.Run(job, TestContext.Current.CancellationToken))).Progress.MembersDone);
        Assert.All(recorder.Paths, path => Assert.Equal(Enumerable.Range(0, 13).Select(t => path.Key + (float)t), path.Value));
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        Assert.Null(await stranger.JoinedAsync(TimeSpan.FromSeconds(3), soon.Token));
        Assert.Null(await plain.JoinedAsync(TimeSpan.FromSeconds(3), soon.Token));
    }

    /// <summary>An authority, and a certificate that it issued, with an encrypted key.</summary>
    private ClusterTls Certificates(string name)
    {
        var (begin, end) = (DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name} authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(begin, end);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).Create(authority, begin, end, [1, 2, 3]);
        var password = name + "-password";
        File.WriteAllText(Path.Combine(place, $"{name}.ca"), authority.ExportCertificatePem());
        File.WriteAllText(Path.Combine(place, $"{name}.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(place, $"{name}.key"), key.ExportEncryptedPkcs8PrivateKeyPem(
            password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        return new ClusterTls
        {
            CertificateFile = Path.Combine(place, $"{name}.crt"), KeyFile = Path.Combine(place, $"{name}.key"), KeyPassword = password,
            AuthorityFile = Path.Combine(place, $"{name}.ca"),
        };
    }
}
