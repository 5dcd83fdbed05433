using Akka.Actor;
using Hyperion;

namespace LedCluster.Actors.Protocol;

/// <summary>What Hyperion may read, whatever a peer sends: control messages, and references to actors within them.</summary>
internal sealed class ControlTypes : ITypeFilter
{
    private static readonly HashSet<string> Names =
        [.. typeof(IControl).Assembly.GetTypes().Where(t => t is { IsSealed: true } && t.IsAssignableTo(typeof(IControl))).Append(typeof(ActorRefBase.Surrogate)).Select(t => t.FullName!)];

    /// <inheritdoc />
    public bool IsAllowed(string typeName) => Names.Contains(typeName.Split(',')[0].Trim());
}
