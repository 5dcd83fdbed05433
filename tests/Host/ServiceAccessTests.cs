using System.Net;
using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

/// <summary>Who may ask a service for what.</summary>
public sealed class ServiceAccessTests(Workplace place) : IClassFixture<Workplace>
{
    private const string Token = "0123456789abcdef0123456789abcdef", Tiny = """{"study":"fhn","members":2,"tFinal":10,"tWarm":4,"tMacro":2,"tMicro":1}""";

    [Fact]
    public void With_a_token_changes_need_it_and_it_is_never_shown()
    {
        var (file, wrong) = (place.Fresh(".txt"), place.Fresh(".txt"));
        File.WriteAllText(file, Token + "\n");
        File.WriteAllText(wrong, Token.ToUpperInvariant());
        using var service = new LedService(place.Fresh(), "--token-file", file);
        Assert.Equal(HttpStatusCode.Unauthorized, service.Send("POST", "/runs", Tiny).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, service.Send("POST", "/runs", Tiny, Token[..^1]).Status);
        Assert.Equal(HttpStatusCode.OK, service.Send("GET", "/runs").Status);
        var refused = Led.Run("remote", service.Url, "submit", "fhn", "--token-file", wrong);
        Assert.Equal((2, "led: The token is wrong.\n"), (refused.Code, refused.Errors));

        var submitted = service.Send("POST", "/runs", Tiny, Token);
        Assert.Equal(HttpStatusCode.Accepted, submitted.Status);
        service.WaitFor((string)JsonNode.Parse(submitted.Text)!["run"]!, "finished");
        var files = $"/runs/{(string)JsonNode.Parse(submitted.Text)!["run"]!}/files";
        foreach (var path in (string[])[files, $"{files}/spec.json"])
            Assert.Equal(System.Net.HttpStatusCode.Unauthorized, service.Send("GET", path).Status);
        Assert.Equal("finished", (string)service.Remote("explain", (string)JsonNode.Parse(submitted.Text)!["run"]!, "1", "--token-file", file)["state"]!);

        // A drained node takes no runs, says so to whoever watches it, and still answers.
        var node = (string)service.Remote("nodes")["nodes"]![0]!["node"]!;
        Assert.Equal(HttpStatusCode.OK, service.Send("GET", "/health/ready").Status);
        Assert.Equal("drained", (string)service.Remote("drain", node, "--token-file", file)["state"]!);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, service.Send("GET", "/health/ready").Status);
        Assert.Equal(HttpStatusCode.OK, service.Send("GET", "/health/live").Status);
        var late = Led.Run("remote", service.Url, "submit", "fhn", "--token-file", file);
        Assert.Equal(1, late.Code);
        Assert.Contains("drained", late.Errors);

        var outcome = service.Terminate();
        Assert.Equal(0, outcome.Code);
        Assert.DoesNotContain(Token, outcome.Output + outcome.Errors + late.Errors);
    }

    [Fact]
    public void Without_a_token_web_pages_are_kept_out()
    {
        using var service = new LedService(place.Fresh());
        Assert.Equal(HttpStatusCode.Forbidden, service.Send("POST", "/runs", Tiny, null, ("Origin", "http://elsewhere.example")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, service.Send("GET", "/runs", null, null, ("Host", "elsewhere.example")).Status);
        Assert.Equal(HttpStatusCode.OK, service.Send("GET", "/runs").Status);
    }

    [Fact]
    public void Addresses_and_tokens_that_cannot_be_used()
    {
        var (brief, missing) = (place.Fresh(".txt"), place.Fresh(".txt"));
        File.WriteAllText(brief, "short");
        Refused(2, Led.Run("serve", "--listen", "http://0.0.0.0:0", "--runs", place.Fresh()), "other machines can reach", "--token-file");
        Refused(2, Led.Run("serve", "--listen", "http://192.0.2.7:80", "--runs", place.Fresh()), "other machines can reach");
        Refused(2, Led.Run("serve", "--listen", "ftp://x", "--runs", place.Fresh()), "--listen is 'ftp://x'");
        Refused(2, Led.Run("serve", "--token-file", brief, "--runs", place.Fresh()), "5 characters", "at least 16");
        Refused(2, Led.Run("serve", "--token-file", missing, "--runs", place.Fresh()), "does not exist");
        Refused(1, Led.Run("remote", "http://127.0.0.1:1", "list"), "Cannot reach", "led serve");
        Refused(2, Led.Run("remote", "here", "list"), "http://127.0.0.1:5080");
    }

    private static void Refused(int code, Led.Outcome outcome, params string[] parts)
    {
        Assert.True(outcome.Code == code, $"exit code {outcome.Code}: {outcome.Errors}");
        Assert.DoesNotContain("short", outcome.Errors);
        foreach (var part in parts)
            Assert.Contains(part, outcome.Errors);
    }
}
