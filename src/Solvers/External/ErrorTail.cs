using System.Text;

namespace LedCluster.Solvers.External;

/// <summary>Reads what a process writes to its error output, and keeps the end of it. Safe to use from several threads.</summary>
internal sealed class ErrorTail
{
    private const int Size = 4096;

    private readonly byte[] tail = new byte[Size];
    private readonly Task reading;
    private long written, told; // bytes that were read, and how many of them when a message last had them
    private bool ended;

    /// <summary>Begins to read.</summary>
    /// <param name="stream">The error output.</param>
    public ErrorTail(Stream stream) => reading = ReadAsync(stream);

    /// <summary>Waits until all is read, at most so long.</summary>
    public void WaitForEnd(TimeSpan longest) => reading.Wait(longest);

    /// <summary>Waits until what the process wrote before its answer has been read: until 20 ms pass without more, or 500 ms without any.</summary>
    public void WaitForPause()
    {
        lock (tail)
        {
            var deadline = Environment.TickCount64 + 500;
            while (written == told && !ended && deadline - Environment.TickCount64 is var left and > 0)
                Monitor.Wait(tail, (int)left);
            while (!ended && Monitor.Wait(tail, 20) && Environment.TickCount64 < deadline)
            {
            }
        }
    }

    /// <summary>The last lines, as the end of a message.</summary>
    public string Sentence()
    {
        lock (tail)
        {
            told = written;
            var count = (int)Math.Min(written, Size);
            var first = (int)(written % Size);
            var bytes = written <= Size ? tail[..count] : [.. tail[first..], .. tail[..first]];
            var text = Printable(Encoding.UTF8.GetString(bytes)).Trim();
            return text.Length == 0 ? " Its error output is empty." : $" Its error output ends with:\n{text}";
        }
    }

    /// <summary>Text with spaces for characters that would control a terminal.</summary>
    public static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? ' ' : c));

    private async Task ReadAsync(Stream stream)
    {
        var part = new byte[Size];
        try
        {
            while (await stream.ReadAsync(part).ConfigureAwait(false) is var count and > 0)
                lock (tail)
                {
                    for (var i = 0; i < count; i++)
                        tail[written++ % Size] = part[i];
                    Monitor.PulseAll(tail);
                }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // nothing more can be read: what has been read is the tail
        }
        lock (tail)
        {
            ended = true;
            Monitor.PulseAll(tail);
        }
    }
}
