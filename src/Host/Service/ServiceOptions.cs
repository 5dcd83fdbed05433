using System.Net;
using LedCluster.Domain.Runs;
using LedCluster.Host.Cluster;

namespace LedCluster.Host.Service;

/// <summary>How a service is set up.</summary>
internal sealed record ServiceOptions
{
    /// <summary>Where it listens; default http://127.0.0.1:5080.</summary>
    public required ListenAddress Listen { get; init; }

    /// <summary>Directory that holds the runs; default runs.</summary>
    public required string Runs { get; init; }

    /// <summary>The only folder that initial conditions may be read from; null permits none.</summary>
    public required string? InitialConditions { get; init; }

    /// <summary>What a request that changes something must present; null, on loopback only, requires nothing.</summary>
    public required AccessToken? Token { get; init; }

    /// <summary>What carries the cohorts of the runs; default this process.</summary>
    public EngineChoice Engine { get; init; } = EngineChoice.Local;

    /// <summary>How runs are carried out, by all workers.</summary>
    public required ExecutionOptions Execution { get; init; }

    /// <summary>Runs that are carried out at once; default 1.</summary>
    public int AtOnce { get; init; } = 1;

    /// <summary>How each of them is carried out: by its share of the workers, at least one.</summary>
    public ExecutionOptions Share => Execution with { Workers = Math.Max(1, Execution.Workers / AtOnce) };
}

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
