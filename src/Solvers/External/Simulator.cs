using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using LedCluster.Domain.Workers;
using static LedCluster.Solvers.External.SimulatorDescription;

namespace LedCluster.Solvers.External;

/// <summary>
/// A simulator in another program: as many processes as there are threads that call at the same time, each asked for one thing at a
/// time. A process that ends in the middle of its work is replaced, and asked again. Safe to use from several threads.
/// </summary>
public sealed class Simulator : IDisposable
{
    /// <summary>Processes that a request is given to before it fails: one may be killed at any time.</summary>
    private const int Attempts = 3;

    /// <summary>A process that nobody has asked anything for so long is ended.</summary>
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(60);

    private readonly SimulatorOptions options;
    private readonly string directory;
    private readonly LinkedList<(SimulatorProcess Process, long Since)> idle = new(); // the one used last at the end
    private readonly HashSet<SimulatorProcess> running = [];
    private readonly Lock describing = new();
    private readonly Timer cleaner;
    private SimulatorDescription? description;
    private bool disposed;

    /// <summary>Prepares a simulator; no process is started before it is needed.</summary>
    /// <param name="options">The program.</param>
    /// <param name="directory">The study's folder.</param>
    /// <param name="known">What the program said about itself when it was started before, if it was.</param>
    /// <exception cref="ArgumentException">The options cannot be used.</exception>
    public Simulator(SimulatorOptions options, string directory, SimulatorDescription? known = null)
    {
        if (options.Faults() is { Count: > 0 } faults)
            throw new ArgumentException(string.Join(" ", faults), nameof(options));
        (this.options, this.directory, description) = (options, directory, known);
        cleaner = new Timer(_ => EndIdle());
    }

    /// <summary>What the program says about itself.</summary>
    /// <exception cref="SimulatorException">It cannot be started, or its description cannot be used.</exception>
    public SimulatorDescription Description
    {
        get
        {
            lock (describing)
            {
                if (description is not null)
                    return description;
                var (process, found) = Start();
                description = found;
                GiveBack(process);
                return found;
            }
        }
    }

    /// <summary>Members of the random family, [M, C, axes].</summary>
    /// <param name="context">Seed, members and parameters.</param>
    /// <exception cref="SimulatorException">The program could not.</exception>
    public double[] Random(in StepContext context) => Try(new Request("random", context), "drew the initial condition of", null);

    /// <summary>A reference initial condition, [C, axes].</summary>
    /// <param name="index">Position in <see cref="SimulatorDescription.References"/>.</param>
    /// <param name="parameters">Parameters [P].</param>
    /// <exception cref="SimulatorException">The program could not.</exception>
    public double[] Reference(int index, ReadOnlyMemory<double> parameters) =>
        Try(new Request("reference", new StepContext(0, new[] { 0 }, 0, parameters)) { Index = index }, $"gave reference {index} for", null);

    /// <summary>States [M, n] that belong to given fields.</summary>
    /// <param name="context">Seed, members, frame and parameters.</param>
    /// <param name="fields">Fields [M, C, axes].</param>
    /// <exception cref="SimulatorException">The program could not.</exception>
    public double[] Lift(in StepContext context, ReadOnlySpan<double> fields) => Description switch
    {
        { State: StateKind.Fields } => fields.ToArray(),
        { Lift: true } => Try(new Request("lift", context) { Fields = fields }, "began from the fields of", null),
        _ => Start(context, fields),
    };

    /// <summary>States of a simulator that can begin from its own initial conditions alone.</summary>
    private double[] Start(in StepContext context, ReadOnlySpan<double> fields)
    {
        var (own, size) = (context.Frame == 0 && Description.Random ? Random(context) : [], Description.Layout.Size);
        for (var p = 0; p < context.Members.Length && own.Length > 0; p++)
            if (!MemoryMarshal.AsBytes(own.AsSpan(p * size, size)).SequenceEqual(MemoryMarshal.AsBytes(fields.Slice(p * size, size))))
                own = [];
        return own.Length > 0 ? Try(new Request("start", context) { IsStart = true }, "began the random family's", null) : throw new SimulatorException(
            $"The simulator '{string.Join(' ', options.Command)}' cannot begin from the fields of {Listed(context.Members.Span)} at frame {context.Frame}: without a lift, it begins from its own random initial conditions alone. Give it a lift, or forecast with --t-micro 0.");
    }

    /// <summary>Advances members; returns their states [M, n] after the last frame, which may be the same array.</summary>
    /// <param name="context">Seed, members, frame and parameters.</param>
    /// <param name="state">States [M, n].</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="receive">Given the fields of each frame, [M, C, axes].</param>
    /// <exception cref="SimulatorException">The program could not.</exception>
    public double[] Advance(in StepContext context, double[] state, int frames, Action<ReadOnlySpan<double>> receive) =>
        Try(new Request("advance", context) { State = state, Frames = frames }, "advanced", receive);

    /// <summary>Diagnostics [M, D] of the members at one frame. As its program may be in the midst of an answer, another process is asked.</summary>
    /// <param name="context">Seed, members, frame and parameters.</param>
    /// <param name="fields">Fields [M, C, axes].</param>
    /// <exception cref="SimulatorException">The program could not.</exception>
    public double[] Diagnose(in StepContext context, ReadOnlySpan<double> fields) =>
        Try(new Request("diagnose", context) { Fields = fields, Numbers = Description.Diagnostics!.Count }, "diagnosed", null);

    /// <summary>Numbers of the processes that run now.</summary>
    internal int[] Processes
    {
        get
        {
            lock (idle)
                return [.. running.Select(process => process.Id)];
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (idle)
        {
            disposed = true;
            cleaner.Dispose();
            foreach (var process in running)
                process.Dispose();
            running.Clear();
            idle.Clear();
        }
    }

    /// <summary>A request.</summary>
    private readonly ref struct Request(string what, StepContext context)
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

    private double[] Try(Request request, string doing, Action<ReadOnlySpan<double>>? receive)
    {
        var known = Description;
        var what = $"{doing} {Listed(request.Context.Members.Span)}{(request.Frames > 0 ? $" from frame {request.Context.Frame}" : "")}";
        var digests = new ulong[request.Frames];
        var given = 0; // frames that were handed out
        for (var attempt = 1; ; attempt++)
        {
            var process = Take();
            double[] result;
            try
            {
                Ask(process, known, request, what);
                result = Answer(process, known, request, digests, ref given, receive);
            }
            catch (Exception error)
            {
                End(process);
                if (error is not SimulatorException { IsLost: true } || attempt == Attempts)
                    throw;
                continue;
            }
            process.BookTime();
            GiveBack(process);
            return result;
        }
    }

    private void Ask(SimulatorProcess process, SimulatorDescription known, Request request, string what)
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
        process.Ask(line.WrittenSpan, what, options.FrameSeconds);
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
    private static double[] Answer(
        SimulatorProcess process, SimulatorDescription known, Request request, ulong[] digests, ref int given, Action<ReadOnlySpan<double>>? receive)
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
                throw process.Wrong("gave other fields than a process before it that was lost on the way, so that its frames cannot be put together. Let them depend on the state, the seed, the member and the frame alone");
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
        throw Property(line, "error") is { ValueKind: JsonValueKind.String } error ? process.Wrong($"failed: {error.GetString()!.TrimEnd('.', '\n')}") : process.Stray(line);
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

    private SimulatorProcess Take()
    {
        lock (idle)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (idle.Last is { } waiting)
            {
                idle.RemoveLast();
                return waiting.Value.Process;
            }
        }
        var (process, found) = Start();
        if (found.Equals(Description))
            return process;
        End(process);
        throw new SimulatorException($"The simulator '{process.Name}' describes itself otherwise than when it was first started. Start the run anew.");
    }

    private void GiveBack(SimulatorProcess process)
    {
        var usable = process.Rest();
        lock (idle)
            if (usable && !disposed)
            {
                idle.AddLast((process, Stopwatch.GetTimestamp()));
                if (idle.Count == 1)
                    cleaner.Change(LongestIdle, LongestIdle);
                return;
            }
        End(process);
    }

    private void EndIdle()
    {
        lock (idle)
        {
            while (idle.First is { } oldest && Stopwatch.GetElapsedTime(oldest.Value.Since) > LongestIdle)
            {
                idle.RemoveFirst();
                End(oldest.Value.Process);
            }
            if (idle.Count == 0 && !disposed)
                cleaner.Change(Timeout.Infinite, Timeout.Infinite);
        }
    }

    private void End(SimulatorProcess process)
    {
        lock (idle)
            running.Remove(process);
        process.Dispose();
    }

    private (SimulatorProcess Process, SimulatorDescription Description) Start()
    {
        for (var attempt = 1; ; attempt++)
            try
            {
                return StartOnce();
            }
            catch (SimulatorException error) when (error.IsLost && attempt < Attempts)
            {
                // another process may do better
            }
    }

    private (SimulatorProcess Process, SimulatorDescription Description) StartOnce()
    {
        var process = new SimulatorProcess(options, directory);
        lock (idle)
            running.Add(process);
        try
        {
            process.Ask("""{"what":"describe","protocol":1}"""u8, "described itself", options.StartSeconds);
            process.Send();
            if (process.Peek() != '{')
                throw process.Stray(process.Ahead);
            try
            {
                return (process, SimulatorDescription.Parse(process.Line()));
            }
            catch (FormatException error)
            {
                throw new SimulatorException($"The simulator '{process.Name}' cannot be used: {error.Message}");
            }
        }
        catch
        {
            End(process);
            throw;
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

    private static string Listed(ReadOnlySpan<int> members) =>
        (members.Length == 1 ? "member " : "members ") + string.Join(", ", members[..Math.Min(members.Length, 8)].ToArray()) + (members.Length > 8 ? $", … ({members.Length} in all)" : "");
}
