using LedCluster.Actors.Protocol;

namespace LedCluster.Actors.Nodes;

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
        Micro is [var a, var b, var c] && Latent is [var x, var y, var z] && Enum.IsDefined((NodeState)State) && Node is { Length: > 0 and <= NodeReport.LongestName }
            ? new NodeReport(Node, (NodeState)State, Device, new RoleLoad(a, b, c), new RoleLoad(x, y, z)) { HostsTrajectories = HostsTrajectories }
            : null;
}

/// <summary>Listener to node: finish the legs in hand and end. Answered with <see cref="NodeTold"/>.</summary>
internal sealed record DrainWanted(string Node) : IControl;
