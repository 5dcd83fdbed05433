namespace LedCluster.Host.Service;

/// <summary>All verbs of the remote administration. HTTP endpoints, <c>led remote</c> and the OpenAPI document are made from it.</summary>
internal static class Palette
{
    private static readonly VerbArgument Run = new("run", ArgumentKind.Text, "Name of the run; 'list' shows them.") { InRoute = true };

    private static readonly VerbArgument Priority = new(
        "priority", ArgumentKind.Integer,
        $"Runs of higher priority start first, {-QueuedRun.HighestPriority} to {QueuedRun.HighestPriority}; default 0. Active runs are not interrupted.");

    /// <summary>The verbs.</summary>
    public static IReadOnlyList<Verb> All { get; } =
    [
        new("submit", HttpMethod.Post, "/runs", "Put a forecast in the queue.")
        {
            Arguments = [.. Submission.Arguments, Priority], ChangesState = true, Status = 202,
            Handle = (service, call) => service.Submit(call), Show = AnswerText.Run,
        },
        new("list", HttpMethod.Get, "/runs", "List the runs.")
        {
            Handle = (service, call) => service.List(call), Show = AnswerText.Runs,
        },
        new("status", HttpMethod.Get, "/runs/{run}", "Show the progress of a run: members per phase, rate, cost, failures.")
        {
            Arguments = [Run],
            Handle = (service, call) => service.Status(call), Show = AnswerText.Status,
        },
        new("explain", HttpMethod.Get, "/runs/{run}/members/{member}", "Show the state of a member of a run and the reason.")
        {
            Arguments = [Run, new("member", ArgumentKind.Integer, "Index of the member, from 0.") { InRoute = true }],
            Handle = (service, call) => service.Explain(call), Show = AnswerText.Member,
        },
        new("cancel", HttpMethod.Post, "/runs/{run}/cancel", "Stop a run within one leg; it can be resumed.")
        {
            Arguments = [Run], ChangesState = true, Status = 202,
            Handle = (service, call) => service.Cancel(call), Show = AnswerText.Run,
        },
        new("resume", HttpMethod.Post, "/runs/{run}/resume", "Put a stopped run back in the queue.")
        {
            Arguments = [Run, new("retry-failed", ArgumentKind.Flag, "Try members that failed again; default false."), Priority],
            ChangesState = true,
            Status = 202,
            Handle = (service, call) => service.Resume(call), Show = AnswerText.Run,
        },
        new("files", HttpMethod.Get, "/runs/{run}/files", "List the files of a run; each is at /runs/RUN/files/PATH.")
        {
            Arguments = [Run], IsPrivate = true,
            Handle = (service, call) => service.Files(call), Show = AnswerText.Files,
        },
        new("delete", HttpMethod.Delete, "/runs/{run}", "Delete a run that is neither queued nor running, with all its files.")
        {
            Arguments = [Run], ChangesState = true,
            Handle = (service, call) => service.Delete(call), Show = AnswerText.Deleted,
        },
        new("nodes", HttpMethod.Get, "/nodes", "List the nodes with role, device, last heartbeat, cohorts in flight and legs done.")
        {
            Handle = (service, call) => service.Nodes(call), Show = AnswerText.Nodes,
        },
        new("drain", HttpMethod.Post, "/nodes/{node}/drain", "Let a node finish its legs and take no more; a cluster's node then ends.")
        {
            Arguments = [new("node", ArgumentKind.Text, "Name of the node; 'nodes' shows them.") { InRoute = true }], ChangesState = true, Status = 202,
            Handle = (service, call) => service.Drain(call), Show = AnswerText.Node,
        },
    ];
}
