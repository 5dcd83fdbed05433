using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

/// <summary>A <c>led serve</c> on a free loopback port, as a process of its own.</summary>
public sealed class LedService : IDisposable
{
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(180);

    private readonly Process process;
    private readonly HttpClient http = new();
    private readonly Task<string> errors;

    public LedService(string runs, params string[] arguments)
    {
        Runs = runs;
        process = Led.Start(["serve", "--listen", "http://127.0.0.1:0", "--runs", runs, "--workers", "2", "--cohort-size", "4", .. arguments]);
        errors = process.StandardError.ReadToEndAsync();
        var line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"the service did not start: {errors.Result}");
        Assert.StartsWith("listening on ", line);
        Url = line["listening on ".Length..line.IndexOf(',')];
    }

    /// <summary>Its address.</summary>
    public string Url { get; }

    /// <summary>The directory of its runs.</summary>
    public string Runs { get; }

    /// <summary>Sends a request.</summary>
    public (HttpStatusCode Status, string Type, string Text) Send(
        string method, string path, string? body = null, string? token = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Url + path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = http.Send(request);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", reader.ReadToEnd());
    }

    /// <summary>Asks through the client for an answer that must come.</summary>
    public JsonNode Remote(params string[] arguments) => Led.Json(["remote", Url, .. arguments]);

    /// <summary>Where a run stands.</summary>
    public JsonNode Status(string run) => JsonNode.Parse(Send("GET", $"/runs/{run}").Text)!;

    /// <summary>Waits until a run's status is as it should be.</summary>
    public JsonNode WaitFor(string run, string what, Func<JsonNode, bool> condition)
    {
        for (var waited = Stopwatch.StartNew(); ; process.WaitForExit(10))
        {
            var status = Status(run);
            if (condition(status))
                return status;
            Assert.False(process.HasExited, "the service ended");
            Assert.True(waited.Elapsed < Longest, $"run {run} was not {what} within {Longest.TotalSeconds} s: {status.ToJsonString()}");
        }
    }

    /// <summary>Waits for a state.</summary>
    public JsonNode WaitFor(string run, string state) => WaitFor(run, state, status => (string)status["state"]! == state);

    /// <summary>Waits until the nodes that it lists are as they should be.</summary>
    public JsonArray WaitForNodes(string what, Func<JsonArray, bool> condition)
    {
        for (var waited = Stopwatch.StartNew(); ; process.WaitForExit(10))
        {
            var nodes = JsonNode.Parse(Send("GET", "/nodes").Text)!["nodes"]!.AsArray();
            if (condition(nodes))
                return nodes;
            Assert.False(process.HasExited, "the service ended");
            Assert.True(waited.Elapsed < Longest, $"{what}: not within {Longest.TotalSeconds} s, but {nodes.ToJsonString()}");
        }
    }

    /// <summary>Kills it, as a crash would.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    public Led.Outcome Terminate()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            kill.WaitForExit();
        Assert.True(process.WaitForExit(Longest), "the service did not end");
        return new Led.Outcome(process.ExitCode, process.StandardOutput.ReadToEnd(), errors.Result);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
        http.Dispose();
    }
}
