using System.Diagnostics;
using System.Runtime.InteropServices;
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

    /// <summary>How long a process may be idle before it is ended.</summary>
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
    public double[] Random(in StepContext context) => Try(new SimulatorRequest("random", context), "drew the initial condition of", null);

    /// <summary>A reference initial condition, [C, axes].</summary>
    /// <param name="index">Position in <see cref="SimulatorDescription.References"/>.</param>
    /// <param name="parameters">Parameters [P].</param>
    /// <exception cref="SimulatorException">The program could not.</exception>
    public double[] Reference(int index, ReadOnlyMemory<double> parameters) =>
        Try(new SimulatorRequest("reference", new StepContext(0, new[] { 0 }, 0, parameters)) { Index = index }, $"gave reference {index} for", null);

    /// <summary>States [M, n] that belong to given fields.</summary>
    /// <param name="context">Seed, members, frame and parameters.</param>
    /// <param name="fields">Fields [M, C, axes].</param>
    /// <exception cref="SimulatorException">The program could not.</exception>
    public double[] Lift(in StepContext context, ReadOnlySpan<double> fields) => Description switch
    {
        { State: StateKind.Fields } => fields.ToArray(),
        { Lift: true } => Try(new SimulatorRequest("lift", context) { Fields = fields }, "began from the fields of", null),
        _ => Start(context, fields),
    };

    /// <summary>States of a simulator that can begin from its own initial conditions alone.</summary>
    private double[] Start(in StepContext context, ReadOnlySpan<double> fields)
    {
        var (own, size) = (context.Frame == 0 && Description.Random ? Random(context) : [], Description.Layout.Size);
        for (var p = 0; p < context.Members.Length && own.Length > 0; p++)
            if (!MemoryMarshal.AsBytes(own.AsSpan(p * size, size)).SequenceEqual(MemoryMarshal.AsBytes(fields.Slice(p * size, size))))
                own = [];
        if (own.Length > 0)
            return Try(new SimulatorRequest("start", context) { IsStart = true }, "began the random family's", null);
        throw new SimulatorException(
            $"The simulator '{string.Join(' ', options.Command)}' cannot begin from the fields of {Listed(context.Members.Span)} at frame "
            + $"{context.Frame}: without a lift, it begins from its own random initial conditions alone. "
            + "Give it a lift, or forecast with --t-micro 0.");
    }

    /// <summary>Advances members; returns their states [M, n] after the last frame, which may be the same array.</summary>
    /// <param name="context">Seed, members, frame and parameters.</param>
    /// <param name="state">States [M, n].</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="receive">Given the fields of each frame, [M, C, axes].</param>
    /// <exception cref="SimulatorException">The program could not.</exception>
    public double[] Advance(in StepContext context, double[] state, int frames, Action<ReadOnlySpan<double>> receive) =>
        Try(new SimulatorRequest("advance", context) { State = state, Frames = frames }, "advanced", receive);

    /// <summary>Diagnostics [M, D] of the members at one frame. As its program may be in the midst of an answer, another process is asked.</summary>
    /// <param name="context">Seed, members, frame and parameters.</param>
    /// <param name="fields">Fields [M, C, axes].</param>
    /// <exception cref="SimulatorException">The program could not.</exception>
    public double[] Diagnose(in StepContext context, ReadOnlySpan<double> fields) =>
        Try(new SimulatorRequest("diagnose", context) { Fields = fields, Numbers = Description.Diagnostics!.Count }, "diagnosed", null);

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

    private double[] Try(SimulatorRequest request, string doing, Action<ReadOnlySpan<double>>? receive)
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
                SimulatorProtocol.Ask(process, known, request, what, options.FrameSeconds);
                result = SimulatorProtocol.Answer(process, known, request, digests, ref given, receive);
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
        throw new SimulatorException($"The simulator '{process.Name}' describes itself differently from when it was first started. Start the run again.");
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

    private static string Listed(ReadOnlySpan<int> members) =>
        (members.Length == 1 ? "member " : "members ") + string.Join(", ", members[..Math.Min(members.Length, 8)].ToArray())
        + (members.Length > 8 ? $", … ({members.Length} in all)" : "");
}
