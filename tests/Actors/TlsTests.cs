using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LedCluster.Actors.RabbitMq;
using LedCluster.Tests;

namespace LedCluster.Actors.Tests;

/// <summary>A broker with certificates made for the test.</summary>
public sealed class TlsTests : IClassFixture<TlsTests.SecureBroker>
{
    private const string KeyPassword = "topsecret";
    private readonly SecureBroker place;
    private readonly List<string> log = [];

    public TlsTests(SecureBroker place) => this.place = place;

    [Fact(Timeout = 300_000)]
    public async Task A_node_with_a_certificate_of_the_brokers_authority_is_let_in()
    {
        using var drain = new CancellationTokenSource();
        await Node(place.Broker.SecureUri, Trusting("ca.pem"), drain, stopWhenIn: true);
        Assert.Contains(log, line => line.Contains("waits for work at amqps://localhost"));
        Assert.DoesNotContain(KeyPassword, string.Concat(log));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_broker_of_another_authority_is_not_trusted()
    {
        var error = await Assert.ThrowsAsync<IOException>(() => Node(place.Broker.SecureUri, Trusting("other.pem"), new CancellationTokenSource()));
        Assert.Contains("No trusted connection to the broker amqps://localhost", error.Message);
        Assert.DoesNotContain(KeyPassword, error.ToString());
    }

    [Fact(Timeout = 300_000)]
    public async Task A_certificate_for_another_name_is_not_trusted()
    {
        var other = new UriBuilder(place.Broker.SecureUri) { Host = "127.0.0.1" }.Uri;
        Assert.Contains("No trusted connection", (await Assert.ThrowsAsync<IOException>(() => Node(other, Trusting("ca.pem"), new CancellationTokenSource()))).Message);
    }

    [Fact]
    public void What_cannot_be_used_is_told_before_connecting()
    {
        var (plain, secure) = (new Uri("amqp://localhost/"), new Uri("amqps://localhost/"));
        Assert.Contains("nothing would be encrypted", Assert.Single(new BrokerOptions { Uri = plain, Tls = Trusting("ca.pem") }.Faults()));
        Assert.Empty(new BrokerOptions { Uri = secure, Tls = Trusting("ca.pem") }.Faults());
        Assert.Contains("missing.pem", Assert.Single(new BrokerOptions { Uri = secure, Tls = new BrokerTls { AuthorityFile = "missing.pem" } }.Faults()));
        var fault = Assert.Single(new BrokerOptions { Uri = secure, Tls = Trusting("ca.pem") with { KeyPassword = "wrong" } }.Faults());
        Assert.Contains("node.pem", fault);
        Assert.DoesNotContain("wrong", fault);
    }

    private BrokerTls Trusting(string authority) => new()
    {
        AuthorityFile = Path.Combine(place.Certificates, authority),
        CertificateFile = Path.Combine(place.Certificates, "node.pem"),
        KeyFile = Path.Combine(place.Certificates, "node.key"),
        KeyPassword = KeyPassword,
    };

    private Task Node(Uri address, BrokerTls tls, CancellationTokenSource drain, bool stopWhenIn = false) => new RabbitMqNode(
        new BrokerOptions { Uri = address, Tls = tls }, new NodeOptions { Name = "node", MicroWorkers = 1 }, _ => throw new InvalidOperationException("no run is expected"),
        line =>
        {
            lock (log)
                log.Add(line);
            if (stopWhenIn)
                drain.Cancel();
        }).RunAsync(drain.Token);

    /// <summary>A broker that listens for TLS, its authority, another authority, and a node's certificate.</summary>
    public sealed class SecureBroker : IDisposable
    {
        public SecureBroker()
        {
            using var authority = Authority("ca.pem");
            using var other = Authority("other.pem");
            Issue(authority, "broker", password: null);
            Issue(authority, "node", KeyPassword);
            Broker = new TestBroker("+S 1:1 +sbwt none", Certificates);
        }

        public string Certificates { get; } = Directory.CreateTempSubdirectory("ledcluster-tls-").FullName;

        public TestBroker Broker { get; }

        public void Dispose()
        {
            Broker.Dispose();
            Directory.Delete(Certificates, recursive: true);
        }

        private X509Certificate2 Authority(string file)
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest($"CN=test {file}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
            var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            File.WriteAllText(Path.Combine(Certificates, file), certificate.ExportCertificatePem());
            return certificate;
        }

        private void Issue(X509Certificate2 authority, string name, string? password)
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
            File.WriteAllText(Path.Combine(Certificates, $"{name}.pem"), certificate.ExportCertificatePem());
            File.WriteAllText(Path.Combine(Certificates, $"{name}.key"), password is null ? key.ExportPkcs8PrivateKeyPem()
                : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        }
    }
}
