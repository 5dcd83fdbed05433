using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Protocol;

/// <summary>
/// A leg of a trajectory that is to be run. Little-endian on the wire: the tag <c>LCT1</c>, the run as text, then as 32-bit
/// integers epoch, serial, cohort id, leg index, phase, first frame, frames and members, then the cohort in its own binary
/// form, preceded by its length; length 0 where the coordinator keeps it.
/// </summary>
/// <param name="Run">The run it belongs to.</param>
/// <param name="Epoch">Which coordinator of the run wants it: each start or resumption counts one up.</param>
/// <param name="Serial">Running number of the trajectory within the epoch: a cohort that was split or taken up again gets a new one.</param>
/// <param name="Id">The cohort.</param>
/// <param name="Leg">Its next leg.</param>
/// <param name="Members">Number of its members.</param>
/// <param name="Cohort">
/// Its state: latents and hidden state. Null when it is too large for a message, as initial conditions or a fine state are:
/// then the worker fetches it from the coordinator.
/// </param>
internal sealed record LegTask(RunId Run, int Epoch, int Serial, CohortId Id, Leg Leg, int Members, Cohort? Cohort) : ICarriesArrays
{
    private const string Tag = "LCT1";

    /// <summary>Whether a latent propagator runs it, rather than a micro solver.</summary>
    public bool IsLatent => Leg.Phase == Phase.Macro;

    /// <summary>Bytes that it takes at most.</summary>
    public long Size => 128 + (Cohort is null ? 0 : CohortCodec.Size(Cohort));

    /// <summary>Writes the task as a part of a message.</summary>
    public static ByteWriter Write(ByteWriter writer, LegTask task)
    {
        writer.Tag(Tag).Text(task.Run.Value, RunId.Longest).Int(task.Epoch).Int(task.Serial).Int(task.Id.Value)
            .Int(task.Leg.Index).Int((int)task.Leg.Phase).Int(task.Leg.First).Int(task.Leg.Frames).Int(task.Members);
        return task.Cohort is null ? writer.Int(0) : writer.Block(task.Cohort, CohortCodec.Write);
    }

    /// <summary>Decodes a task.</summary>
    /// <exception cref="FormatException">The bytes are not a whole task of a known form.</exception>
    public static LegTask Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes, Tag, "a leg's task");
        var (run, epoch, serial, id) = (new RunId(reader.Text(RunId.Longest)), reader.Int(), reader.Int(), new CohortId(reader.Int()));
        var (index, phase, first, frames, members) = (reader.Int(), reader.Int(), reader.Int(), reader.Int(), reader.Int());
        var cohort = reader.Bytes() is { Length: > 0 } block ? CohortCodec.Decode(block) : null;
        reader.End();
        if (epoch < 1 || serial < 1 || index < 0 || phase is < 0 or > (int)Phase.Micro || frames < 1 || members < 1)
            throw new FormatException(
                $"A leg's task has epoch {epoch}, serial {serial}, leg {index}, phase {phase}, {frames} frames and {members} members, "
                + "which is impossible.");
        if (cohort is not null && (cohort.Id != id || cohort.Leg != index || cohort.Members.Length != members))
            throw new FormatException(
                $"A leg's task is for leg {index} of {id} with {members} members, but brings {cohort.Id} at leg {cohort.Leg} with "
                + $"{cohort.Members.Length}.");
        return new LegTask(run, epoch, serial, id, new Leg(index, (Phase)phase, first, frames), members, cohort);
    }
}
