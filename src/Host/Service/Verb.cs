using System.Text.Json.Nodes;
using Spectre.Console;

namespace LedCluster.Host.Service;

/// <summary>
/// One thing that can be asked of a service from afar. Endpoints, client commands and descriptions are all made from it.
/// </summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Route">HTTP route; <c>{name}</c> stands for an argument.</param>
/// <param name="About">What it does, in one line.</param>
internal sealed record Verb(string Name, HttpMethod Method, string Route, string About)
{
    /// <summary>Its arguments.</summary>
    public VerbArgument[] Arguments { get; init; } = [];

    /// <summary>Whether it changes anything; then a token may be required.</summary>
    public bool ChangesState { get; init; }

    /// <summary>Whether it tells what not everybody may read; then a token may be required, too.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>Whether the service's token is needed, where it has one.</summary>
    public bool NeedsToken => ChangesState || IsPrivate;

    /// <summary>HTTP status of its answer.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Does it.</summary>
    public required Func<RunService, VerbCall, JsonObject> Handle { get; init; }

    /// <summary>Shows an answer to a person.</summary>
    public required Action<IAnsiConsole, JsonObject> Show { get; init; }
}
