using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Files;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Npy;
using LedCluster.Storage.Runs;
using LedCluster.Storage.Zarr;
using LedCluster.Tests;

namespace LedCluster.Storage.Tests;

/// <summary>Readers of arrays and of JSON: damaged input is refused by the documented error, or read as what it says.</summary>
public sealed class FormatFuzzTests
{
    [Fact]
    public void Npy() => new Fuzz(
        Array("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", 48), Array("{'descr': '>i2', 'fortran_order': True, 'shape': (3, 2, 2), }", 24, 3),
        Array("{'descr': '|u1', 'fortran_order': False, 'shape': (70,), }", 70, 2), Array("{'descr': '<f2', 'fortran_order': False, 'shape': (), }", 2))
    {
        Words = ["'<f8'", "'>u8'", "'|i1'", "'descr': '<f4', ", "'shape': (1,), ", "True", "False", "(0,)", "(1, 2)", "12L"],
        Repair = bytes => WithLength(bytes, bytes is [_, _, _, _, _, _, 1, ..] ? 2 : 4),
    }.Try<InvalidDataException>(bytes =>
    {
        var array = NpyFile.Read(new MemoryStream(bytes), "seekable");
        Assert.Equal(array.Shape.Aggregate(1L, (a, b) => a * b), array.Data.Length);
        Assert.Equal(array.Data, NpyFile.Read(new Pipe(bytes), "pipe").Data);
    });

    [Fact]
    public void Npy_from_a_pipe() => new Fuzz(
        Array("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", 48), Array("{'descr': '>i2', 'fortran_order': True, 'shape': (3, 2, 2), }", 24, 3))
    {
        Repair = bytes => WithLength(bytes, bytes is [_, _, _, _, _, _, 1, ..] ? 2 : 4),
    }.Try<InvalidDataException>(bytes => NpyFile.Read(new Pipe(bytes), "pipe"));

    [Fact]
    public void Json() => new Fuzz(
        """{"a":1,"b":[true,null,"\u00fc\n",{"c":-1.5e3}],"d":{}}"""u8.ToArray(), "\uFEFF{ \"study\": \"fhn\", \"members\": 100 }\n"u8.ToArray())
        .Try<JsonException>(bytes =>
        {
            var read = StrictJson.ReadObject(bytes);
            Assert.Equal(read.ToJsonString(), StrictJson.ReadObject(Encoding.UTF8.GetBytes(read.ToJsonString())).ToJsonString());
        });

    [Fact]
    public void Member_sets() =>
        new Fuzz("0-63,70"u8.ToArray(), "5"u8.ToArray(), ""u8.ToArray(), "0,2,4-7,999999"u8.ToArray()) { Words = ["-", ",", "1,2", "0-999999"] }
        .Try<FormatException>(bytes =>
        {
            var text = Encoding.UTF8.GetString(bytes);
            if (text.Length > 200)
                return;
            var set = MemberSet.Parse(text);
            Assert.Equal(set, MemberSet.Parse(set.ToString()));
        }, sizePerInput: 64 << 20);

    private static byte[] Array(string header, int dataBytes, byte format = 1)
    {
        byte[] text = [.. Encoding.ASCII.GetBytes(header), (byte)'\n'];
        byte[] length = format == 1 ? [(byte)text.Length, 0] : [(byte)text.Length, 0, 0, 0];
        return [0x93, .. "NUMPY"u8, format, 0, .. length, .. text, .. Enumerable.Range(0, dataBytes).Select(i => (byte)(37 * i))];
    }

    /// <summary>The header's length as its last closing brace has it.</summary>
    private static byte[] WithLength(byte[] bytes, int width)
    {
        var end = System.Array.LastIndexOf(bytes, (byte)'}');
        if (end < 8 + width)
            return bytes;
        var length = end + 2 - 8 - width;
        bytes[8] = (byte)length;
        bytes[9] = (byte)(length >> 8);
        return bytes;
    }

    private sealed class Pipe(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    }
}

/// <summary>Readers of what a run leaves behind.</summary>
public sealed class RunFuzzTests : IDisposable
{
    private static readonly ToyRun Run = new();

    private readonly TemporaryDirectory temporary = new();

    [Fact]
    public void Specs()
    {
        RunDirectory.Create(temporary["r"], Run.Spec);
        var path = Path.Combine(temporary["r"], "spec.json");
        new Fuzz(File.ReadAllBytes(path), Encoding.UTF8.GetBytes(
            JsonNode.Parse(File.ReadAllText(path))!.ToJsonString())) { Words = ["\"equilibrium\"", "\"latent\"", "\"seed\":1,", "\"dt\":0.1,"] }
            .Try<InvalidDataException>(bytes =>
            {
                File.WriteAllBytes(path, bytes);
                Assert.InRange(RunDirectory.Open(temporary["r"]).Spec.Members, 1, RunSpec.MostMembers);
            });
    }

    [Fact]
    public void Journals()
    {
        using (var journal = Journal.Open(temporary["valid"], Run.Time, out _))
        {
            journal.Append(new RunStarted(3, 7, "embedded, 2 workers"));
            journal.Append(new LegRecorded(
                0, 1, Phase.Macro, 5, 10, new MemberSet([0, 1, 2]), new WorkTimes(), new LegChecksums([new(1, 2, 3), default, default])));
            journal.Append(new MemberFailed(2, 1, "u[3] = NaN"));
            journal.Append(new MembersRetried(new MemberSet([2])));
            journal.Append(new RunFinished(2, 1, [1, 2, 3, 4, 5]));
            journal.Commit();
        }
        new Fuzz(File.ReadAllBytes(temporary["valid"]))
        {
            Words = ["\"macro\"", "\"Macro\"", "\"event\":\"runCancelled\",", "\"0-2\"", "\"0-999999\"", "\"NaN\""],
        }
            .Try<InvalidDataException>(bytes =>
            {
                File.WriteAllBytes(temporary["j"], bytes);
                var content = Journal.Read(temporary["j"]).Of(temporary["j"], 3, 7);
                content.Checksums(3, 7);
                Assert.All(content.Failures, failure => Assert.InRange(failure.Member, 0, 2));
            }, sizePerInput: 64 << 20);
    }

    [Fact]
    public void Checkpoint_logs()
    {
        using (var log = CheckpointLog.Open(temporary["valid"], 5))
        {
            log.Append([0, 1, 2], 1, CohortCodec.Encode(new Cohort(new CohortId(0), [0, 1, 2], 1, 4, 1, [1, 2, 3], [], [], [])));
            log.Append([3], 2, CohortCodec.Encode(new Cohort(new CohortId(3), [3], 2, 4, 1, [1], [], [], [])));
            log.Append([0, 1], 2, CohortCodec.Encode(new Cohort(new CohortId(0), [0, 1, 2], 2, 4, 1, [1, 2, 3], [], [], [])));
            log.Commit();
        }
        new Fuzz(File.ReadAllBytes(temporary["valid"])) { Repair = WithChecksums }.Try<InvalidDataException>(bytes =>
        {
            File.WriteAllBytes(temporary["c"], bytes);
            using var log = CheckpointLog.Open(temporary["c"], 5);
            foreach (var checkpoint in log.Live())
                Assert.Equal(checkpoint.Leg, checkpoint.Cohort.Leg);
            Assert.Equal(log.CutBytes, bytes.Length - new FileInfo(temporary["c"]).Length is var cut && bytes.Length < 8 ? bytes.Length : cut);
        });
    }

    [Fact]
    public void Stores()
    {
        Run.CreateStore(temporary["s"]).Dispose();
        var path = Path.Combine(temporary["s"], ".zmetadata");
        new Fuzz(File.ReadAllBytes(path), Encoding.UTF8.GetBytes(JsonNode.Parse(File.ReadAllText(path))!.ToJsonString()))
        {
            Words = ["\"<f8\"", "\"F\"", "\"latents/.zarray\":", "\"zarr_format\":2,", "[1,2]"],
        }
            .Try<InvalidDataException>(bytes =>
            {
                File.WriteAllBytes(path, bytes);
                try
                {
                    using var store = ForecastStore.Open(temporary["s"]);
                    Assert.Equal(store.Plan.Length, store.ReadTrust(store.Members - 1).Length);
                }
                catch (IOException error) when (error.Message.Contains("ends at byte", StringComparison.Ordinal)) // a longer array than its file
                {
                }
            });
    }

    [Fact]
    public void Epochs_and_queues()
    {
        var directory = RunDirectory.Create(temporary["r"], Run.Spec);
        new Fuzz(Encoding.UTF8.GetBytes("""{"id":"0123456789abcdef0123456789abcdef","epoch":7}""")).Try<InvalidDataException>(bytes =>
        {
            File.WriteAllBytes(directory.EpochPath, bytes);
            Assert.True(RunEpoch.Advance(directory).Epoch > 0);
        });
        new Fuzz("""[{"run":"fhn-1","retryFailed":false},{"run":"fhn-2","retryFailed":true}]"""u8.ToArray(), "[]"u8.ToArray())
            .Try<InvalidDataException>(bytes =>
        {
            File.WriteAllBytes(temporary["queue.json"], bytes);
            using var queue = QueueFile.Open(temporary.Path);
            Assert.All(queue.Entries, entry => Assert.NotNull(entry.Run));
        });
    }

    public void Dispose() => temporary.Dispose();

    /// <summary>The checksums that the frames would have, had they been written so.</summary>
    private static byte[] WithChecksums(byte[] log)
    {
        for (var at = 8; at + 8 <= log.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(log.AsSpan(at));
            if (length > log.Length - at - 8)
                break;
            var crc = uint.MaxValue;
            foreach (var b in log.AsSpan(at + 8, (int)length))
                crc = BitOperations.Crc32C(crc, b);
            BinaryPrimitives.WriteUInt32LittleEndian(log.AsSpan(at + 4), ~crc);
            at += 8 + (int)length;
        }
        return log;
    }
}
