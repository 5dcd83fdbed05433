using System.Text.Json;
using LedCluster.Storage.Durability;
using LedCluster.Storage.Files;

namespace LedCluster.Storage.Runs;

/// <summary>
/// Who a run is on a cluster, and which of its coordinators counts: <c>epoch.json</c>. Every coordinator counts the epoch
/// up before it sends anything, so that what belongs to an earlier one is recognised and dropped.
/// </summary>
/// <param name="Id">Identity of the run on a cluster, 32 hexadecimal digits; drawn once.</param>
/// <param name="Epoch">Number of coordinators so far, the current one included.</param>
public sealed record RunEpoch(string Id, int Epoch)
{
    private static readonly JsonSerializerOptions Json = StrictJson.Options();

    /// <summary>Counts the epoch up, durably. To be called by the holder of the run's lock only.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read.</exception>
    public static RunEpoch Advance(RunDirectory directory)
    {
        var path = directory.EpochPath;
        try
        {
            var last = File.Exists(path)
                ? StrictJson.ReadFile<RunEpoch>(path, Json)
                : new RunEpoch(Guid.NewGuid().ToString("N"), 0);
            if (last.Epoch is < 0 or int.MaxValue)
                throw new JsonException($"The epoch is {last.Epoch}.");
            var next = last with { Epoch = last.Epoch + 1 };
            Disk.WriteAtomically(path, JsonSerializer.SerializeToUtf8Bytes(next, Json));
            return next;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                $"'{path}' cannot be read: {error.Message} Delete it when no other coordinator of this run can be alive; "
                + "the run then gets a new identity.",
                error);
        }
    }
}
