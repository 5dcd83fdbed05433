using LedCluster.Actors.Protocol;

namespace LedCluster.Actors.Nodes;

/// <summary>What a node says of itself.</summary>
public enum NodeState
{
    /// <summary>Takes orders.</summary>
    Ready,

    /// <summary>Finishes the legs in hand and takes no more.</summary>
    Draining,

    /// <summary>Has finished, and is about to end.</summary>
    Drained,
}

/// <summary>What a node does in one role.</summary>
/// <param name="Workers">Threads of the role; 0 when the node does not have it.</param>
/// <param name="InFlight">Legs in hand: at work, or waiting for a thread.</param>
/// <param name="LegsDone">Legs of cohorts that were run since the node started.</param>
public readonly record struct RoleLoad(long Workers, long InFlight, long LegsDone);

/// <summary>A node's sign of life, told about once a second and whenever its state changes.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="State">What it says of itself.</param>
/// <param name="Device">Where its macro legs run, for example <c>cpu</c>.</param>
/// <param name="Micro">Its warm-up and micro legs.</param>
/// <param name="Latent">Its macro legs.</param>
public sealed record NodeReport(string Node, NodeState State, string Device, RoleLoad Micro, RoleLoad Latent)
{
    /// <summary>Longest name of a node, in bytes of UTF-8.</summary>
    public const int LongestName = 200;

    /// <summary>Whether it hosts trajectories.</summary>
    public bool HostsTrajectories { get; init; }
}

/// <summary>A node as others see it.</summary>
/// <param name="Report">The last it told.</param>
/// <param name="Heard">When, by the hearer's clock.</param>
/// <param name="IsSilent">Whether more should have been heard since: it is lost, or cut off.</param>
public sealed record SeenNode(NodeReport Report, DateTimeOffset Heard, bool IsSilent);

/// <summary>Listener to all processes: how are you? About once a second; only nodes answer.</summary>
internal sealed record ReportWanted : IControl;

/// <summary>Node to listener: its report.</summary>
internal sealed record NodeTold(string Node, int State, string Device, bool HostsTrajectories, long[] Micro, long[] Latent) : IControl
{
    /// <summary>A report as a message.</summary>
    public static NodeTold Of(NodeReport report) => new(
        report.Node, (int)report.State, report.Device, report.HostsTrajectories,
        [report.Micro.Workers, report.Micro.InFlight, report.Micro.LegsDone], [report.Latent.Workers, report.Latent.InFlight, report.Latent.LegsDone]);

    /// <summary>The report; null when it cannot be one.</summary>
    public NodeReport? Report() =>
        Micro is [var a, var b, var c] && Latent is [var x, var y, var z] && Enum.IsDefined((NodeState)State)
            && Node is { Length: > 0 and <= NodeReport.LongestName }
            ? new NodeReport(Node, (NodeState)State, Device, new RoleLoad(a, b, c), new RoleLoad(x, y, z)) { HostsTrajectories = HostsTrajectories }
            : null;
}

/// <summary>Listener to node: finish the legs in hand and end. Answered with <see cref="NodeTold"/>.</summary>
internal sealed record DrainWanted(string Node) : IControl;
