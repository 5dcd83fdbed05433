using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LedCluster.Host.Tests;

/// <summary>An OpenTelemetry collector that keeps whatever it is sent.</summary>
public sealed class Collector : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<string> received = [];

    public Collector()
    {
        listener.Start();
        _ = Task.Run(Collect);
    }

    /// <summary>Assignments for a shell that make a program send here.</summary>
    public string Environment => $"OTEL_EXPORTER_OTLP_ENDPOINT=http://{listener.LocalEndpoint} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf";

    /// <summary>Asserts that some request starts with a text and holds others.</summary>
    public void AssertReceived(string start, params string[] parts) =>
        Assert.Contains(received, r => r.StartsWith(start, StringComparison.Ordinal) && parts.All(part => r.Contains(part, StringComparison.Ordinal)));

    /// <inheritdoc />
    public void Dispose() => listener.Dispose();

    /// <summary>Answers every request with 200 and keeps its head and body, one connection after the other.</summary>
    private void Collect()
    {
        while (true)
        {
            using var client = listener.AcceptTcpClient();
            using var stream = client.GetStream();
            var (buffer, text) = (new byte[1 << 16], "");
            for (int count; !IsWhole(text) && (count = stream.Read(buffer)) > 0;)
                text += Encoding.Latin1.GetString(buffer, 0, count);
            received.Add(text);
            stream.Write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8);
        }
    }

    private static bool IsWhole(string text)
    {
        var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var length = text.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return head >= 0 && text.Length - head - 4 >= (length is null ? 0 : int.Parse(length.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
    }
}
