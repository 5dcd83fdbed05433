using System.Net;

namespace LedCluster.Host.Service;

/// <summary>An address to listen on.</summary>
/// <param name="Address">Address of a network interface.</param>
/// <param name="Port">Port; 0 takes a free one.</param>
internal sealed record ListenAddress(IPAddress Address, int Port)
{
    /// <summary>Whether nobody outside this computer can reach it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Reads an address such as http://127.0.0.1:5080.</summary>
    /// <exception cref="UserError">It cannot be read.</exception>
    public static ListenAddress Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.AbsolutePath != "/" || uri.Query != "")
            throw new UserError($"--listen is '{text}'; give an address such as http://127.0.0.1:5080. For HTTPS put a reverse proxy in front.");
        if (uri.Host == "localhost")
            return new ListenAddress(IPAddress.Loopback, uri.Port);
        return IPAddress.TryParse(uri.DnsSafeHost, out var address) ? new ListenAddress(address, uri.Port) : throw new UserError(
            $"--listen names the host '{uri.Host}'; give the IP address of an interface, localhost, or 0.0.0.0 for all.");
    }
}
