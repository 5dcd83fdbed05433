namespace LedCluster.Host.Service;

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
