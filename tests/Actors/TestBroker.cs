using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LedCluster.Tests;

/// <summary>
/// A RabbitMQ broker of its own on a loopback port, with its own node name, data, logs, cookie and port mapper; gone
/// afterwards.
/// </summary>
public sealed class TestBroker : IDisposable
{
    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server", Controller = "/usr/lib/rabbitmq/bin/rabbitmqctl";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(240);

    private readonly string directory = Directory.CreateTempSubdirectory("ledcluster-broker-").FullName;
    private readonly int port = FreePort(), distribution = FreePort(), mapper = FreePort(), securePort = FreePort();
    private static int ports;

    private readonly Process mapping;
    private readonly string erlang;
    private Process? server;

    /// <summary>Starts a broker on one core.</summary>
    public TestBroker() : this("+S 1:1 +sbwt none")
    {
    }

    /// <summary>Starts a broker.</summary>
    /// <param name="erlang">Options of the Erlang virtual machine.</param>
    /// <param name="certificates">Folder with <c>ca.pem</c>, <c>broker.pem</c> and <c>broker.key</c>: it then also listens for TLS, and asks for a certificate.</param>
    internal TestBroker(string erlang, string? certificates = null)
    {
        this.erlang = erlang;
        if (certificates is not null)
        {
            File.WriteAllText(Path.Combine(directory, "rabbitmq.conf"), $"""
                listeners.ssl.default = 127.0.0.1:{securePort}
                ssl_options.cacertfile = {certificates}/ca.pem
                ssl_options.certfile = {certificates}/broker.pem
                ssl_options.keyfile = {certificates}/broker.key
                ssl_options.verify = verify_peer
                ssl_options.fail_if_no_peer_cert = true
                """);
        }
        if (!File.Exists(Server))
            throw new InvalidOperationException($"{Server} is missing; install it with: apt-get install rabbitmq-server");
        mapping = Process.Start(new ProcessStartInfo("epmd", ["-port", $"{mapper}", "-address", "127.0.0.1"]))!;
        Start();
    }

    /// <summary>Where it listens.</summary>
    public Uri Uri => new($"amqp://127.0.0.1:{port}/");

    /// <summary>Where it listens for TLS, by the name <c>localhost</c>.</summary>
    public Uri SecureUri => new($"amqps://localhost:{securePort}/");

    /// <summary>Process of the broker itself, which the start script leaves running as its child.</summary>
    public int ProcessId => int.Parse(File.ReadAllText(Path.Combine(directory, "pid")));

    /// <summary>Kills the broker, as a crash of its machine would.</summary>
    public void Kill()
    {
        server!.Kill(entireProcessTree: true);
        server.WaitForExit();
        server.Dispose();
        server = null;
    }

    /// <summary>Starts the broker on the data it left behind, and waits until it accepts connections.</summary>
    public void Start()
    {
        server = Process.Start(Prepared(Server))!;
        var lines = new List<string>();
        server.OutputDataReceived += (_, e) => { lock (lines) lines.Add(e.Data ?? ""); };
        server.ErrorDataReceived += (_, e) => { lock (lines) lines.Add(e.Data ?? ""); };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        for (var watch = Stopwatch.StartNew(); !Answers(); server.WaitForExit(50))
        {
            if (watch.Elapsed < Longest && !server.HasExited)
                continue;
            lock (lines)
                throw new InvalidOperationException($"the broker did not start: {string.Join('\n', lines.TakeLast(30))}");
        }
    }

    public void Dispose()
    {
        if (server is not null)
            Kill();
        mapping.Kill();
        mapping.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Runs <c>rabbitmqctl</c> on this broker.</summary>
    public void Control(params string[] arguments)
    {
        using var controller = Process.Start(Prepared(Controller, arguments))!;
        var (output, errors) = (controller.StandardOutput.ReadToEndAsync(), controller.StandardError.ReadToEndAsync());
        controller.WaitForExit();
        if (controller.ExitCode != 0)
            throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)}: {output.Result}{errors.Result}");
    }

    private ProcessStartInfo Prepared(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["HOME"] = directory, // of the cookie
            ["RABBITMQ_NODENAME"] = $"led{port}@localhost",
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODE_PORT"] = $"{port}",
            ["RABBITMQ_DIST_PORT"] = $"{distribution}",
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(directory, "data"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(directory, "log"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(directory, "pid"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(directory, "plugins"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(directory, "rabbitmq"),
            ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(directory, "env.conf"),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = erlang,
            ["ERL_EPMD_PORT"] = $"{mapper}",
        })
            start.Environment[name] = value;
        return start;
    }

    /// <summary>A port that is free at this moment, and that no client is given by chance: below those that systems hand out.</summary>
    private static int FreePort()
    {
        while (true)
        {
            try
            {
                var port = 10_000 + (Environment.ProcessId * 97 + Interlocked.Increment(ref ports)) % 20_000;
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException) // taken
            {
            }
        }
    }

    /// <summary>Whether it speaks AMQP: it answers a greeting with a frame.</summary>
    private bool Answers()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            client.ReceiveTimeout = 1000;
            client.GetStream().Write("AMQP\0\0\u0009\u0001"u8);
            return client.GetStream().ReadByte() == 1;
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return false;
        }
    }
}
