using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LedCluster.Host.Tests;

/// <summary>What a collector receives.</summary>
public sealed class TelemetryTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public void Metrics_and_traces_reach_the_collector_that_the_environment_names()
    {
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        var received = new ConcurrentBag<string>();
        _ = Task.Run(() => Collect(collector, received));
        var outcome = Led.Shell(
            $"OTEL_EXPORTER_OTLP_ENDPOINT=http://{collector.LocalEndpoint} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf "
            + $"$LED forecast fhn --members 3 --t-final 10 --t-warm 4 --t-macro 2 --t-micro 1 --model {place.Model} --run {place.Fresh()}");
        Assert.True(outcome.Code == 0, outcome.Errors);
        Assert.Contains(received, r => r.StartsWith("POST /v1/metrics", StringComparison.Ordinal)
            && ((string[])["led.member_legs", "led.batch.members", "led.queue.wait", "led.work.cpu"]).All(name => r.Contains(name, StringComparison.Ordinal)));
        Assert.Contains(received, r => r.StartsWith("POST /v1/traces", StringComparison.Ordinal) && r.Contains("latent batch", StringComparison.Ordinal));
    }

    /// <summary>Answers every request with 200 and keeps its head and body, one connection after the other.</summary>
    private static void Collect(TcpListener listener, ConcurrentBag<string> received)
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
