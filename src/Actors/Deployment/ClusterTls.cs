using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LedCluster.Actors.Deployment;

/// <summary>
/// Certificates of a cluster: every process shows one, and takes only peers whose certificate an authority of the cluster's own
/// has issued, whichever side opens the connection.
/// </summary>
public sealed record ClusterTls
{
    /// <summary>PEM file of this process's certificate.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>PEM file of its private key.</summary>
    public required string KeyFile { get; init; }

    /// <summary>Password of the private key; null when it has none.</summary>
    public string? KeyPassword { get; init; }

    /// <summary>PEM file of the authorities whose certificates are taken.</summary>
    public required string AuthorityFile { get; init; }

    /// <summary>Every reason why these files cannot be used; empty when they can.</summary>
    public IReadOnlyList<string> Faults()
    {
        try
        {
            using var own = Certificate();
            return Accepts(own) ? [] : [
                $"The certificate in '{CertificateFile}' was not issued by an authority in '{AuthorityFile}', or is not valid now; "
                + "the other processes would refuse it."];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return [$"The certificates cannot be used: {error.Message}"];
        }
    }

    /// <summary>This process's certificate with its key.</summary>
    internal X509Certificate2 Certificate()
    {
        using var read = KeyPassword is null
            ? X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile)
            : X509Certificate2.CreateFromEncryptedPemFile(CertificateFile, KeyPassword, KeyFile);
        return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null); // a form that every TLS library takes
    }

    /// <summary>Whether a peer's certificate is one of this cluster's, and valid now.</summary>
    internal bool Accepts(X509Certificate2? peer)
    {
        if (peer is null)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(AuthorityFile);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // authorities of a cluster's own publish no lists
        return chain.Build(peer);
    }

    /// <summary>Encrypts a connection that this process opened.</summary>
    internal async Task<Stream> ClientAsync(Stream stream, X509Certificate2 own, CancellationToken cancel)
    {
        var secure = new SslStream(stream, leaveInnerStreamOpen: false, (_, peer, _, _) => Accepts(peer as X509Certificate2));
        var options = new SslClientAuthenticationOptions { TargetHost = "ledcluster", ClientCertificates = [own] };
        await secure.AuthenticateAsClientAsync(options, cancel).ConfigureAwait(false);
        return secure;
    }

    /// <summary>Encrypts a connection that a peer opened.</summary>
    internal async Task<Stream> ServerAsync(Stream stream, X509Certificate2 own, CancellationToken cancel)
    {
        var secure = new SslStream(stream, leaveInnerStreamOpen: false, (_, peer, _, _) => Accepts(peer as X509Certificate2));
        var options = new SslServerAuthenticationOptions { ServerCertificate = own, ClientCertificateRequired = true };
        await secure.AuthenticateAsServerAsync(options, cancel).ConfigureAwait(false);
        return secure;
    }
}
