using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using LedCluster.Domain.Workers;
using static LedCluster.Solvers.External.SimulatorDescription;

namespace LedCluster.Solvers.External;

/// <summary>The requests that a simulator's process is given, and the answers that it gives: docs/your-own-simulator.md.</summary>
internal static class SimulatorProtocol
{
    /// <summary>Sends a request.</summary>
    /// <param name="process">Who is asked.</param>
    /// <param name="known">What the simulator says about itself.</param>
    /// <param name="request">The request.</param>
    /// <param name="doing">What the program is about to do, for messages: it … .</param>
    /// <param name="seconds">How long it may be silent.</param>
    public static void Ask(SimulatorProcess process, SimulatorDescription known, SimulatorRequest request, string doing, double seconds)
    {
        var (context, members) = (request.Context, request.Context.Members.Length);
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("what"u8, request.What);
            json.WriteStartArray("members"u8);
            foreach (var member in context.Members.Span)
                json.WriteNumberValue(member);
            json.WriteEndArray();
            json.WriteNumber("frame"u8, context.Frame);
            json.WriteNumber("frames"u8, request.Frames);
            json.WriteNumber("seed"u8, context.Seed);
            if (request.Index is { } index)
                json.WriteNumber("index"u8, index);
            json.WriteEndObject();
        }
        process.Ask(line.WrittenSpan, doing, seconds);
        if (known.Parameters.Count > 0)
            process.Add("<f8", [members, known.Parameters.Count], MemoryMarshal.AsBytes(Parameters(known, context)));
        if (request.Fields.Length > 0)
            process.Add("<f8", Shape(known, members), MemoryMarshal.AsBytes(request.Fields));
        if (request.State is { } state)
            if (known.State == StateKind.Fields)
                process.Add("<f8", Shape(known, members), MemoryMarshal.AsBytes(state.AsSpan()));
            else
                process.AddStates(state, members);
        process.Send();
    }

    /// <summary>Reads the answer: the frames, the result, and the word that it is complete.</summary>
    /// <param name="process">Who answers.</param>
    /// <param name="known">What the simulator says about itself.</param>
    /// <param name="request">What it was asked.</param>
    /// <param name="digests">Digests of the frames, as far as an earlier process gave them.</param>
    /// <param name="given">Frames that were handed out.</param>
    /// <param name="receive">Given the fields of each frame that was not handed out before.</param>
    public static double[] Answer(
        SimulatorProcess process, SimulatorDescription known, SimulatorRequest request, ulong[] digests, ref int given,
        Action<ReadOnlySpan<double>>? receive)
    {
        var members = request.Context.Members.Length;
        var shape = Shape(known, members);
        var isState = request.Frames > 0 || request.Fields.Length > 0 || request.IsStart;
        var size = members * known.Layout.Size;
        if (request.Numbers > 0)
        {
            var numbers = new double[members * request.Numbers];
            Error(process);
            process.Array("the diagnostics", [members, request.Numbers], numbers);
            Done(process);
            return numbers;
        }
        if (!isState)
        {
            var fields = new double[size];
            Error(process);
            process.Array("the fields", shape, fields);
            Done(process);
            return fields;
        }
        var buffer = request.Frames > 0 ? ArrayPool<double>.Shared.Rent(size) : [];
        var frame = buffer.AsSpan(0, request.Frames > 0 ? size : 0);
        for (var f = 0; f < request.Frames; f++)
        {
            Error(process);
            process.Array($"frame {f + 1} of {request.Frames}", shape, frame);
            var digest = Digest(frame);
            if (f >= given)
            {
                (digests[f], given) = (digest, f + 1);
                process.BookTime(); // who takes the frame may read the clock
                receive!(frame);
            }
            else if (digest != digests[f])
                throw process.Wrong(
                    "gave different fields from an earlier process that was lost on the way, so that their frames cannot be joined. "
                    + "Let them depend on the state, the seed, the member and the frame alone");
        }
        Error(process);
        var opaque = known.State == StateKind.Opaque ? process.States(members) : null;
        Done(process);
        if (opaque is null)
            frame.CopyTo(request.State); // no sooner, so that another process can be asked the same
        if (request.Frames > 0)
            ArrayPool<double>.Shared.Return(buffer);
        return opaque ?? request.State!;
    }

    /// <summary>Reads the word that the answer is complete.</summary>
    private static void Done(SimulatorProcess process)
    {
        Error(process);
        var line = process.Line();
        if (!line.AsSpan().SequenceEqual("{\"done\": true}"u8) && Property(line, "done") is not { ValueKind: JsonValueKind.True })
            throw process.Stray(line);
    }

    /// <summary>Throws if the program answers that it could not.</summary>
    private static void Error(SimulatorProcess process)
    {
        if (process.Peek() == 0x93)
            return;
        if (process.Ahead[0] != '{')
            throw process.Stray(process.Ahead);
        if (process.Ahead.StartsWith("{\"done\""u8))
            return;
        var line = process.Line();
        throw Property(line, "error") is { ValueKind: JsonValueKind.String } error
            ? process.Wrong($"failed: {error.GetString()!.TrimEnd('.', '\n')}")
            : process.Stray(line);
    }

    private static JsonElement? Property(byte[] line, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value) ? value.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The parameters of a call; the defaults where it has none.</summary>
    private static ReadOnlySpan<double> Parameters(SimulatorDescription known, in StepContext context)
    {
        if (context.Parameters.Length > 0)
            return context.Parameters.Span;
        var (defaults, count) = (new double[context.Members.Length * known.Parameters.Count], known.Parameters.Count);
        for (var i = 0; i < defaults.Length; i++)
            defaults[i] = known.Parameters[i % count].Default;
        return defaults;
    }

    private static long[] Shape(SimulatorDescription known, int members) => [members, known.Channels.Count, .. known.Axes.Select(a => (long)a.Points)];

    /// <summary>A number that tells frames apart, of their bits.</summary>
    private static ulong Digest(ReadOnlySpan<double> frame)
    {
        const ulong Odd = 0x9E3779B97F4A7C15;
        var bits = MemoryMarshal.Cast<double, ulong>(frame);
        var (a, b, c, d, i) = (1ul, 2ul, 3ul, 4ul, 0);
        for (; i + 4 <= bits.Length; i += 4)
            (a, b, c, d) = ((a ^ bits[i]) * Odd, (b ^ bits[i + 1]) * Odd, (c ^ bits[i + 2]) * Odd, (d ^ bits[i + 3]) * Odd);
        for (; i < bits.Length; i++)
            a = (a ^ bits[i]) * Odd;
        return ((((a * Odd) ^ b) * Odd ^ c) * Odd ^ d) * Odd;
    }
}

/// <summary>What a simulator is asked to do.</summary>
/// <param name="what">Its name in the protocol.</param>
/// <param name="context">Seed, members, frame and parameters.</param>
internal readonly ref struct SimulatorRequest(string what, StepContext context)
{
    public string What => what;
    public StepContext Context => context;
    public ReadOnlySpan<double> Fields { get; init; }
    public double[]? State { get; init; }
    public bool IsStart { get; init; }
    public int Frames { get; init; }
    public int? Index { get; init; }
    public int Numbers { get; init; }
}
