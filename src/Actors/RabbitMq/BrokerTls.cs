using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// Certificates of a connection by TLS. The broker's certificate must be for the name in the address and come from a
/// trusted authority: one of <see cref="AuthorityFile"/>, or of the system's when no file is given.
/// </summary>
public sealed record BrokerTls
{
    /// <summary>PEM file of the authorities that are trusted, and no others; null for those of the system.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>PEM file of the certificate to show to the broker; null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of the certificate's private key; null when the certificate's file holds it.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Password of the private key; null when it is not encrypted.</summary>
    public string? KeyPassword { get; init; }

    /// <summary>Every reason why these options cannot be used; empty when they can.</summary>
    /// <param name="used">Whether the connection is by TLS.</param>
    public IReadOnlyList<string> Faults(bool used)
    {
        if (!used)
        {
            return AuthorityFile is null && CertificateFile is null && KeyFile is null ? []
                : ["Certificates are given, but the broker's address does not start with amqps://, so that nothing would be encrypted."];
        }
        var faults = new List<string>();
        if (KeyFile is not null && CertificateFile is null)
            faults.Add($"The private key '{KeyFile}' is given without its certificate.");
        Try(AuthorityFile, () => Authorities());
        Try(CertificateFile, () => Certificate().Dispose());
        return faults;

        void Try(string? file, Action read)
        {
            try
            {
                if (file is not null)
                    read();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
            {
                faults.Add($"'{file}' cannot be used: {error.Message} Give a PEM file.");
            }
        }
    }

    /// <summary>The client's options.</summary>
    internal SslOption For(string server)
    {
        var ssl = new SslOption { Enabled = true, ServerName = server };
        if (AuthorityFile is not null)
            ssl.CertificateValidationCallback = (_, certificate, _, errors) => certificate is not null && IsTrusted(certificate, errors);
        if (CertificateFile is not null)
            ssl.Certs = [Certificate()];
        return ssl;
    }

    private bool IsTrusted(X509Certificate certificate, SslPolicyErrors errors)
    {
        if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false; // for another name
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Authorities());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var subject = new X509Certificate2(certificate);
        return chain.Build(subject);
    }

    private X509Certificate2Collection Authorities()
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(AuthorityFile!);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("It holds no certificate.");
    }

    private X509Certificate2 Certificate() => KeyPassword is null
        ? X509Certificate2.CreateFromPemFile(CertificateFile!, KeyFile)
        : X509Certificate2.CreateFromEncryptedPemFile(CertificateFile!, KeyPassword, KeyFile);
}
