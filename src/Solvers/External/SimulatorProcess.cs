using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using LedCluster.Domain.Npy;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.External;

/// <summary>
/// A simulator in a process of its own, asked over its standard input and output. For one thread at a time. When it hangs, its
/// process group is killed, and so it is when this object is disposed.
/// </summary>
internal sealed class SimulatorProcess : IDisposable
{
    /// <summary>
    /// The shell limits the memory, and gives the program a process group of its own, so that all of it can be killed and Ctrl-C is not for
    /// it.
    /// </summary>
    private const string Launch = """[ "$0" = 0 ] || ulimit -v "$0" || exit 125; if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; fi; exec "$@" """;

    private const int BufferSize = 1 << 16, LongestLine = 1 << 20, MostStateBytes = 1 << 30;

    private readonly SimulatorOptions options;
    private readonly Process process;
    private readonly Stream input, output;
    private readonly ErrorTail errors;
    private readonly Timer watchdog;
    private readonly byte[] buffer = new byte[BufferSize];
    private readonly ArrayBufferWriter<byte> pending = new(BufferSize);
    private int start, end; // of what has been read into the buffer, and not yet used
    private double allowed, booked;
    private string doing = "was started";
    private volatile bool timedOut;
    private byte[] lastHeader = [];
    private (long[] Shape, NpyElement Element)? lastMeaning;

    /// <summary>Starts the program.</summary>
    /// <param name="options">The program.</param>
    /// <param name="directory">The study's folder.</param>
    /// <exception cref="SimulatorException">It cannot be started.</exception>
    public SimulatorProcess(SimulatorOptions options, string directory)
    {
        this.options = options;
        var info = new ProcessStartInfo("/bin/sh", ["-c", Launch, $"{(options.MemoryMiB ?? 0) * 1024L}", .. options.Command])
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"])
            info.Environment.TryAdd(name, "1"); // there is a process for each micro worker
        foreach (var (name, value) in options.Environment)
            info.Environment[name] = value;
        try
        {
            process = Process.Start(info)!;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            throw new SimulatorException($"The simulator '{Name}' cannot be started in '{directory}': {error.Message}.");
        }
        (input, output) = (process.StandardInput.BaseStream, process.StandardOutput.BaseStream);
        LinuxProcess.Widen(input);
        LinuxProcess.Widen(output);
        errors = new ErrorTail(process.StandardError.BaseStream);
        watchdog = new Timer(_ =>
        {
            timedOut = true;
            KillAll();
        });
    }

    /// <summary>The command line.</summary>
    public string Name => string.Join(' ', options.Command);

    /// <summary>Number of the process.</summary>
    public int Id => process.Id;

    /// <summary>Books the CPU time of the process since the request, or since the last booking, as work for the calling thread.</summary>
    public void BookTime()
    {
        var now = LinuxProcess.CpuSeconds(process.Id);
        if (now >= booked)
            ChildProcessTime.Add(now - booked);
        booked = now;
    }

    /// <summary>Begins a request.</summary>
    /// <param name="line">Its line, without the end.</param>
    /// <param name="what">What the program is about to do, for messages: it … .</param>
    /// <param name="seconds">How long it may be silent.</param>
    public void Ask(ReadOnlySpan<byte> line, string what, double seconds)
    {
        (doing, allowed, timedOut, booked) = (what, seconds, false, LinuxProcess.CpuSeconds(process.Id));
        pending.Clear();
        pending.Write(line);
        pending.Write("\n"u8);
        Wind();
    }

    /// <summary>Adds an array to the request.</summary>
    /// <param name="descr">NumPy's name of the elements.</param>
    /// <param name="shape">Length of each axis.</param>
    /// <param name="elements">The elements, as they lie in memory.</param>
    public void Add(string descr, ReadOnlySpan<long> shape, ReadOnlySpan<byte> elements)
    {
        pending.Write(NpyHeader.Encode(descr, shape));
        if (pending.WrittenCount + elements.Length <= BufferSize)
        {
            pending.Write(elements);
            return;
        }
        Send();
        Write(elements);
    }

    /// <summary>Adds states to the request, one array of bytes [M, N].</summary>
    /// <param name="states">Rows of numbers as <see cref="States"/> returned them, perhaps beside those of other calls: all of one length.</param>
    /// <param name="members">Number of members M.</param>
    public void AddStates(ReadOnlySpan<double> states, int members)
    {
        var n = states.Length / members;
        var length = (int)BitConverter.DoubleToInt64Bits(states[0]);
        if (n == 1 + length / sizeof(double) && length % sizeof(double) == 0 && members == 1)
        {
            Add("|u1", [1, length], MemoryMarshal.AsBytes(states[1..]));
            return;
        }
        var bytes = new byte[(long)members * length];
        for (var m = 0; m < members; m++)
            MemoryMarshal.AsBytes(states.Slice(m * n + 1, n - 1))[..length].CopyTo(bytes.AsSpan(m * length));
        Add("|u1", [members, length], bytes);
    }

    /// <summary>Sends the request.</summary>
    public void Send()
    {
        Write(pending.WrittenSpan);
        pending.Clear();
    }

    /// <summary>The request is answered: the program may be silent as long as it likes.</summary>
    /// <returns>Whether it can be asked again.</returns>
    public bool Rest()
    {
        watchdog.Change(Timeout.Infinite, Timeout.Infinite);
        return !timedOut;
    }

    /// <summary>Reads a line of the answer.</summary>
    public byte[] Line()
    {
        var line = new ArrayBufferWriter<byte>();
        while (true)
        {
            var found = buffer.AsSpan(start, end - start);
            if (found.IndexOf((byte)'\n') is var at and >= 0)
            {
                line.Write(found[..at]);
                start += at + 1;
                return line.WrittenSpan.ToArray();
            }
            line.Write(found);
            start = end;
            if (line.WrittenCount > LongestLine)
                throw Stray(line.WrittenSpan);
            Fill();
        }
    }

    /// <summary>The next byte of the answer, which stays there.</summary>
    public byte Peek()
    {
        if (start == end)
            Fill();
        return buffer[start];
    }

    /// <summary>Reads an array of the answer.</summary>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <param name="values">Receives the elements, as they come if they are of this type, else converted.</param>
    public void Array(string what, ReadOnlySpan<long> shape, Span<double> values)
    {
        var element = Header(what, shape);
        if (element is { Kind: 'f', Size: 8, IsBigEndian: false })
        {
            Read(MemoryMarshal.AsBytes(values));
            Wind();
            return;
        }
        var bytes = ArrayPool<byte>.Shared.Rent(checked(values.Length * element.Size));
        var part = bytes.AsSpan(0, values.Length * element.Size);
        Read(part);
        element.Convert(part, values);
        ArrayPool<byte>.Shared.Return(bytes);
        Wind();
    }

    /// <summary>Reads the states of the answer: one array of bytes [M, N], as rows of numbers as <c>OpaqueState</c> has them.</summary>
    /// <param name="members">Number of members M.</param>
    public double[] States(int members)
    {
        var (shape, element) = Header("the states");
        if (element is not { Kind: 'u', Size: 1 } || shape.Length != 2 || shape[0] != members || shape[1] > MostStateBytes)
            throw Wrong(
                $"sent the states as {element.Name} of shape ({string.Join(", ", shape)}), "
                + $"expected uint8 of shape ({members}, N) with N at most {MostStateBytes}");
        var length = (int)shape[1];
        var n = 1 + (length + sizeof(double) - 1) / sizeof(double);
        var rows = new double[(long)members * n];
        for (var m = 0; m < members; m++)
        {
            var row = rows.AsSpan(m * n, n);
            row[0] = BitConverter.Int64BitsToDouble(length);
            Read(MemoryMarshal.AsBytes(row[1..])[..length]);
        }
        Wind();
        return rows;
    }

    /// <summary>An exception that says what the program answered wrongly.</summary>
    public SimulatorException Wrong(string what) => Failure($"{what}, when it {doing}", lost: false);

    /// <summary>An exception about text on standard output that is no answer.</summary>
    public SimulatorException Stray(ReadOnlySpan<byte> text) => Wrong(
        $"printed '{ErrorTail.Printable(Encoding.UTF8.GetString(text[..Math.Min(text.Length, 80)]).Trim())}' to its standard output, "
        + "which carries the protocol. Print to standard error; the clients of LedCluster see to that");

    /// <summary>What the buffer holds from here on, at most a line, for messages.</summary>
    public ReadOnlySpan<byte> Ahead => buffer.AsSpan(start, end - start);

    /// <inheritdoc />
    public void Dispose()
    {
        watchdog.Dispose();
        KillAll();
        input.Dispose();
        output.Dispose();
        process.Dispose();
    }

    private NpyElement Header(string what, ReadOnlySpan<long> shape)
    {
        var (found, element) = Header(what);
        return shape.SequenceEqual(found) ? element
            : throw Wrong($"sent {what} of shape ({string.Join(", ", found)}), expected ({string.Join(", ", shape.ToArray())})");
    }

    private (long[] Shape, NpyElement Element) Header(string what)
    {
        Span<byte> header = stackalloc byte[1024];
        if (Peek() != 0x93)
            throw Stray(Ahead);
        Read(header[..10]);
        var length = 10 + (header[8] | header[9] << 8);
        if (header[6] != 1 || length > header.Length)
            throw Wrong($"sent {what} with a .npy header of version {header[6]} and {length} bytes, expected version 1 and at most {header.Length}");
        header = header[..length];
        Read(header[10..]);
        if (lastMeaning is { } known && header.SequenceEqual(lastHeader))
            return known;
        try
        {
            var read = NpyHeader.Read(new MemoryStream(header.ToArray()), what);
            if (read.FortranOrder && read.Shape.Length > 1)
                throw Wrong($"sent {what} in Fortran order, expected C order (numpy.ascontiguousarray)");
            (lastHeader, lastMeaning) = (header.ToArray(), (read.Shape, read.Element));
            return (read.Shape, read.Element);
        }
        catch (InvalidDataException error)
        {
            throw Wrong($"sent an array that cannot be read: {error.Message}");
        }
    }

    private void Read(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (start == end && bytes.Length >= BufferSize)
            {
                var direct = Receive(bytes);
                bytes = bytes[direct..];
                continue;
            }
            if (start == end)
                Fill();
            var count = Math.Min(bytes.Length, end - start);
            buffer.AsSpan(start, count).CopyTo(bytes);
            bytes = bytes[count..];
            start += count;
        }
    }

    private void Fill() => (start, end) = (0, Receive(buffer));

    private int Receive(Span<byte> bytes)
    {
        int count;
        try
        {
            count = output.Read(bytes);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            count = 0;
        }
        return count > 0 ? count : throw Lost();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            input.Write(bytes);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            throw Lost();
        }
    }

    private void Wind() => watchdog.Change(TimeSpan.FromSeconds(allowed), Timeout.InfiniteTimeSpan);

    private SimulatorException Lost()
    {
        if (timedOut)
            return Failure(
                $"was silent for {allowed:G4} s, when it {doing}, and was stopped; "
                + $"let it take longer with solver.{(doing.StartsWith("described", StringComparison.Ordinal) ? "start" : "frame")}Seconds",
                lost: false);
        var ended = process.WaitForExit(TimeSpan.FromSeconds(1)); // the pipe may close a little before
        KillAll();
        // An exit of its own would come again; a signal may have come from outside.
        return Failure($"{(ended ? End(process.ExitCode) : "closed its standard output")}, when it {doing}", lost: ended && process.ExitCode > 128);
    }

    private static string End(int code) => code switch
    {
        0 => "ended by itself (exit code 0)",
        125 => "could not be given its memory limit (exit code 125)",
        126 or 127 => $"could not be started (exit code {code})",
        > 128 and < 160 => $"was killed by signal {code - 128}{(code == 137 ? " (by a user, or by the system because memory ran out)" : "")}",
        _ => $"ended with exit code {code}",
    };

    private SimulatorException Failure(string what, bool lost)
    {
        if (lost || timedOut)
            errors.WaitForEnd(TimeSpan.FromSeconds(1)); // what it wrote last may still be on the way
        else
            errors.WaitForPause();
        return new($"The simulator '{Name}' {what}.{errors.Sentence()}", lost);
    }

    private void KillAll()
    {
        try
        {
            if (!LinuxProcess.KillGroup(process.Id) && !process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // it has ended
        }
    }
}

/// <summary>A simulator in another program could not do what it was asked; the message says what happened, and ends with its last error output.</summary>
/// <param name="message">What happened.</param>
/// <param name="lost">Whether the process ended by itself or was killed, so that another one may do better.</param>
public sealed class SimulatorException(string message, bool lost = false) : IOException(message)
{
    /// <summary>Whether the process ended in the middle of its work without a word on the pipe.</summary>
    public bool IsLost => lost;
}
