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

/// <summary>An argument of a verb.</summary>
/// <param name="Name">Name on the command line without dashes, for example <c>t-final</c>.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="About">What it means, with its default and range.</param>
internal sealed record VerbArgument(string Name, ArgumentKind Kind, string About)
{
    /// <summary>Whether it is part of the route, for example <c>/runs/{run}</c>; then it is required.</summary>
    public bool InRoute { get; init; }

    /// <summary>Whether the verb cannot do without it.</summary>
    public bool Required { get; init; }

    /// <summary>The only texts allowed, if there are such.</summary>
    public string[] Choices { get; init; } = [];

    /// <summary>Name in JSON, for example <c>tFinal</c>.</summary>
    public string JsonName { get; } = string.Concat(Name.Split('-').Select((part, i) => i == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));
}

/// <summary>What a verb's argument holds.</summary>
internal enum ArgumentKind : byte
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>Yes or no.</summary>
    Flag,

    /// <summary>Numbers as [members][channels][points]; the client reads them from a .npy file.</summary>
    Fields,
}
