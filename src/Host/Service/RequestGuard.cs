using System.Net;
using Microsoft.AspNetCore.Http;

namespace LedCluster.Host.Service;

/// <summary>Decides who may ask for what.</summary>
/// <param name="token">What a request that changes something must present; null, on loopback only, requires nothing.</param>
internal sealed class RequestGuard(AccessToken? token)
{
    private const string Scheme = "Bearer ";

    /// <summary>Refuses a request that may not be made.</summary>
    /// <exception cref="ServiceError">It is refused.</exception>
    public void Check(HttpRequest request, bool changesState)
    {
        if (token is null)
            CheckLocal(request, changesState);
        else if (changesState)
            CheckToken(request, token);
    }

    private static void CheckToken(HttpRequest request, AccessToken token)
    {
        var header = request.Headers.Authorization.ToString();
        if (header == "")
        {
            throw new ServiceError(401, "This request needs the service's token. Send it as 'Authorization: Bearer ...'; "
                + $"'led remote' takes it from --token-file or {AccessToken.Variable}.");
        }
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || !token.Matches(header[Scheme.Length..].Trim()))
            throw new ServiceError(401, "The token is wrong.");
    }

    /// <summary>
    /// Without a token, whoever can reach the loopback interface is trusted, but not the web pages in their browser: those
    /// name their origin, or reach us under a name that is not ours.
    /// </summary>
    private static void CheckLocal(HttpRequest request, bool changesState)
    {
        var host = request.Host.Host.Trim('[', ']');
        if (host != "localhost" && !(IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)))
        {
            throw new ServiceError(403, $"This service listens on loopback without a token and was addressed as '{host}'. "
                + "Use 127.0.0.1 or localhost, or give the service a token.");
        }
        if (changesState && request.Headers.Origin.ToString() is { Length: > 0 } origin && origin != $"{request.Scheme}://{request.Host}")
            throw new ServiceError(403, "This service has no token and takes no requests from other web pages. Give it a token with --token-file.");
    }
}
