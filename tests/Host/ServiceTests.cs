using System.Net;
using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

/// <summary>Runs that are asked for over HTTP.</summary>
public sealed class ServiceTests(ServiceTests.Place place) : IClassFixture<ServiceTests.Place>
{
    private static readonly string[] Short = ["--members", "6", "--t-final", "30", "--t-warm", "10", "--t-macro", "6", "--t-micro", "4", "--dt", "0.0025"];

    // The inner time step makes it last for seconds, so that the requests of a test arrive while it is on its way.
    private static readonly string[] Longer =
        ["--members", "24", "--t-final", "8000", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30", "--save", "latent", "--dt"];
    private static readonly string[] Long = [.. Longer, "0.002"];

    [Fact]
    public void Submitted_it_is_followed_explained_and_reported_and_its_bytes_are_those_of_a_forecast()
    {
        var run = (string)place.Service.Remote(["submit", "fhn", .. Short, "--seed", "1"])["run"]!; // that of the model's training
        var status = place.Service.WaitFor(run, "finished");
        Assert.Equal((6, 6, 0), ((int)status["members"]!["total"]!, (int)status["members"]!["done"]!, (int)status["members"]!["failed"]!));
        Assert.Equal(6 * 31, (long)status["memberFrames"]!["done"]!);
        Assert.Equal([6, 12, 12], status["phases"]!.AsObject().Select(p => (int)p.Value!["memberLegs"]!));
        Assert.True((double)status["memberFramesPerSecond"]! > 0 && (double)status["seconds"]!["micro"]!["cpu"]! > 0);

        Assert.Contains(status["warnings"]!.AsArray(), warning => (string)warning!["kind"]! == "training-members");
        Assert.Contains("warning: 6 of the 6 members were used in the model's training (seed 1)", Led.Run("remote", place.Service.Url, "status", run).Output);

        var legs = JsonNode.Parse(place.Service.Send("GET", $"/runs/{run}/members/5").Text)!["legs"]!.AsArray();
        Assert.All(legs, leg => Assert.Equal((string)leg!["phase"]! == "macro", leg["reconstruction"] is null)); // null, not NaN
        Assert.Equal("finished", (string)place.Service.Remote("explain", run, "5")["state"]!);
        var text = Led.Run("remote", place.Service.Url, "explain", run, "5").Output;
        Assert.Equal(Led.Run("explain", Path.Combine(place.Service.Runs, run), "5").Output, text);
        Assert.Contains("6 of 6 members done", Led.Run("remote", place.Service.Url, "status", run).Output);
        Assert.Contains(place.Service.Remote("list")["runs"]!.AsArray(), r => (string)r!["run"]! == run);

        var report = place.Service.Send("GET", (string)status["report"]!);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (report.Status, report.Type));
        Assert.StartsWith("<!DOCTYPE html>", report.Text);

        Assert.Equal((100.0, 0.0), ((double)status["percent"]!, (double)status["secondsLeft"]!));
        var output = (string)status["output"]!;
        Assert.Equal(
            File.ReadAllText(Path.Combine(place.Service.Runs, run, "output.zarr", ".zmetadata")),
            place.Service.Send("GET", $"{output}/.zmetadata").Text);
        var part = place.Service.Send("GET", $"{output}/.zmetadata", headers: ("Range", "bytes=2-9"));
        Assert.Equal((HttpStatusCode.PartialContent, 8), (part.Status, part.Text.Length));
        foreach (var none in (string[])["nothing/0.0", "..%2Fspec.json", "%2E%2E/spec.json", "u", ""])
            Assert.Equal(HttpStatusCode.NotFound, place.Service.Send("GET", $"{output}/{none}").Status);

        var expected = place.Workplace.Fresh();
        Led.Json(["forecast", "fhn", .. Short, "--seed", "1", "--run", expected]);
        Workplace.AssertSameOutput(expected, Path.Combine(place.Service.Runs, run));
    }

    [Fact]
    public void A_finished_run_is_fetched_verified_and_deleted()
    {
        var run = (string)place.Service.Remote(["submit", "fhn", .. Short])["run"]!;
        Assert.Equal("finished", (string)place.Service.Remote("wait", run)["state"]!);
        var fetched = place.Workplace.Fresh();
        var first = place.Service.Remote("fetch", run, "--run", fetched);
        Assert.Contains("exists already", Led.Run("remote", place.Service.Url, "fetch", run, "--run", fetched).Errors);
        Assert.Equal(0, Led.Run("verify", fetched).Code);
        Workplace.AssertSameOutput(fetched, Path.Combine(place.Service.Runs, run));
        File.CreateSymbolicLink(Path.Combine(place.Service.Runs, run, "link"), "/etc/hostname");
        Assert.Equal(HttpStatusCode.NotFound, place.Service.Send("GET", $"/runs/{run}/files/link").Status);
        Assert.Equal(HttpStatusCode.NotFound, place.Service.Send("GET", $"/runs/{run}/files/..%2f{run}%2fspec.json").Status);

        var bytes = (long)place.Service.Remote("delete", run)["bytes"]!;
        Assert.True(bytes >= (long)first["bytes"]! && !Directory.Exists(Path.Combine(place.Service.Runs, run)));
        Assert.Contains($"no run '{run}'", Led.Run("remote", place.Service.Url, "delete", run).Errors);
        Assert.Contains($"no run '{run}'", Led.Run("remote", place.Service.Url, "fetch", run).Errors);
    }

    [Fact]
    public void A_run_that_is_queued_or_running_is_neither_fetched_nor_deleted()
    {
        string[] runs = [.. Enumerable.Range(0, 2).Select(_ => (string)place.Service.Remote(["submit", "fhn", .. Longer, "0.0005"])["run"]!)];
        place.Service.WaitFor(runs[0], "running");
        foreach (var run in runs)
        {
            Refused(409, place.Service.Send("DELETE", $"/runs/{run}", "{}"), "cancel it first");
            Assert.Contains("Wait for its end", Led.Run("remote", place.Service.Url, "fetch", run).Errors);
        }
        Assert.Contains("is in the queue", Led.Run("runs", "rm", Path.Combine(place.Service.Runs, runs[1])).Errors);
        foreach (var run in runs.Reverse())
            place.Service.Remote("cancel", run);
        Assert.Equal(ExitCode.Cancelled, Led.Run("remote", place.Service.Url, "wait", runs[1]).Code);
        Assert.Equal(0, Led.Run("runs", "rm", Path.Combine(place.Service.Runs, runs[1])).Code);
    }

    [Fact]
    public void Two_runs_share_the_workers_to_the_same_bytes_and_the_list_tells_how_far_they_are()
    {
        using var service = new LedService(place.Workplace.Fresh(), "--at-once", "2");
        string[] runs = [.. Enumerable.Range(0, 2).Select(_ => (string)service.Remote(["submit", "fhn", .. Long])["run"]!)];
        var last = (string)service.Remote(["submit", "fhn", .. Short])["run"]!;
        var first = (string)service.Remote(["submit", "fhn", .. Short, "--priority", "7"])["run"]!;
        service.WaitFor(runs[1], "on its way", status => (long?)status["memberFrames"]?["done"] > 0);
        var listed = service.Remote("list")["runs"]!.AsArray().ToDictionary(run => (string)run!["run"]!, run => run!);
        Assert.Equal(("running", "running"), ((string)listed[runs[0]]["state"]!, (string)listed[runs[1]]["state"]!));
        Assert.Equal((0, 7), ((int)listed[last]["priority"]!, (int)listed[first]["priority"]!));
        Assert.InRange((double)listed[runs[1]]["percent"]!, 0.001, 99.999);
        Assert.Equal(0.0, (double)listed[last]["percent"]!);
        Assert.True((double)listed[runs[1]]["memberFramesPerSecond"]! > 0 && listed[last]["memberFramesPerSecond"] is null);
        Assert.Contains("frames/s", Led.Run("remote", service.Url, "list").Output);
        Assert.Matches(@"\d+ %: \d+ of 192024 member-frames", Led.Run("remote", service.Url, "status", runs[1]).Output);
        Assert.Contains("priority is 101", Led.Run("remote", service.Url, "submit", "fhn", "--priority", "101").Errors);
        foreach (var run in runs.Append(first).Append(last))
            service.WaitFor(run, "finished");
        foreach (var run in runs)
        {
            Workplace.AssertSameOutput(place.Reference(Long), Path.Combine(service.Runs, run));
            Assert.Contains("in one process, 1 workers", File.ReadLines(Path.Combine(service.Runs, run, "journal.ndjson")).First());
        }
        // Two runs at once: the last one begins when two others have ended, of which the one of higher priority may be one.
        string[] before = [.. runs, first];
        Assert.True(before.Count(run => Time(run, lines => lines.Last()) <= Time(last, lines => lines.First())) >= 2);

        DateTimeOffset Time(string run, Func<IEnumerable<string>, string> line) =>
            (DateTimeOffset)JsonNode.Parse(line(File.ReadLines(Path.Combine(service.Runs, run, "journal.ndjson"))))!["time"]!;
    }

    [Fact]
    public void The_shell_carries_out_a_verb_per_line_and_watch_waits_for_the_end()
    {
        var submitted = Led.Shell($"printf 'submit fhn {string.Join(' ', Short)}\n\nbogus\nexit\nnodes\n' | $LED remote {place.Service.Url} --json");
        Assert.Equal(2, submitted.Code); // that of the line that failed
        Assert.Contains("'bogus'", submitted.Errors);
        var run = (string)JsonNode.Parse(Assert.Single(submitted.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)))!["run"]!;
        Assert.Equal("finished", (string)place.Service.Remote("watch", run)["state"]!);
        Assert.Equal(2, Led.Run("remote", place.Service.Url, "watch", "nothing").Code);
    }

    [Fact]
    public void Initial_conditions_come_from_the_permitted_folder_or_with_the_request()
    {
        var file = place.Workplace.Uniform(0.1, 0.2, 0.3);
        var byPath = (string)place.Service.Remote(["submit", "fhn", .. Short[2..], "--ic", Path.GetFileName(file)])["run"]!;
        var inline = (string)place.Service.Remote(["submit", "fhn", .. Short[2..], "--ic-array", file])["run"]!;
        foreach (var run in (string[])[byPath, inline])
            Assert.Equal(3, (int)place.Service.WaitFor(run, "finished")["members"]!["done"]!);
        Workplace.AssertSameOutput(Path.Combine(place.Service.Runs, byPath), Path.Combine(place.Service.Runs, inline));

        Refused(400, place.Service.Send("POST", "/runs", """{"study":"fhn","ic":"../../../etc/passwd"}"""), "outside the folder");
        Refused(400, place.Service.Send("POST", "/runs", """{"study":"fhn","ic":"front\u0000.npy"}"""), "outside the folder");
        Refused(400, place.Service.Send("POST", "/runs", """{"study":"fhn","ic":"none.npy"}"""), "which does not exist");
        Refused(400, place.Service.Send("POST", "/runs", """{"study":"fhn","icArray":[[[1,2],[3]]]}"""), "not a rectangular array");
        Refused(400, place.Service.Send("POST", "/runs", """{"study":"fhn","icArray":[[[1,2],[3,4]]]}"""), "expected [members, 2, 101]");
    }

    [Fact]
    public void All_faults_of_a_spec_are_told_at_once_and_in_the_words_of_the_command_line()
    {
        var answer = place.Service.Send("POST", "/runs", """{"study":"fhn","members":0,"tFinal":10.5,"tWarm":-1,"lift":"up","member":1}""");
        Refused(400, answer, "--members is 0", "--t-final is 10.5", "--t-warm is -1", "lift is \"up\"", "Did you mean 'members'?");
        Assert.Equal(5, JsonNode.Parse(answer.Text)!["errors"]!.AsArray().Count);

        string[] faulty = ["fhn", "--members", "0", "--t-final", "10.5"];
        var (remote, local) = (Led.Run(["remote", place.Service.Url, "submit", .. faulty]), Led.Run(["forecast", .. faulty]));
        Assert.Equal((2, local.Errors), (remote.Code, remote.Errors));

        string[][] idles =
        [
            ["--mode", "latent", "--t-micro", "10"], ["--mode", "latent", "--lift", "gradient"],
            ["--mode", "latent", "--t-macro", "0"],
        ];
        foreach (var idle in idles)
        {
            var sent = Led.Run(["remote", place.Service.Url, "submit", "fhn", .. idle]);
            Assert.Equal((2, Led.Run(["forecast", "fhn", .. idle]).Errors), (sent.Code, sent.Errors));
        }
        var large = place.Service.Send("POST", "/runs", """{"study":"fhn","members":1000000,"tFinal":200000}""");
        Refused(400, large, "take 163 TB", "Give fewer --members", "delete runs that are not needed");
        Assert.DoesNotContain("--run", large.Text);
        Assert.DoesNotContain("--ignore-free-space", large.Text);

        Refused(400, place.Service.Send("POST", "/runs", """{"study":"fhm"}"""), "Did you mean 'fhn'?");
        Refused(400, place.Service.Send("POST", "/runs", "{}"), "'study' is missing");
        Refused(400, place.Service.Send("POST", "/runs", "{"), "not JSON");
        Refused(404, place.Service.Send("GET", "/runs/nothing"), "no run 'nothing'");
        Refused(404, place.Service.Send("GET", "/runs/..%2f..%2fetc"), "There is no");
        Refused(404, place.Service.Send("GET", "/nothing"), "/openapi.json");
        Refused(405, place.Service.Send("DELETE", "/runs"), "does not take DELETE");
    }

    [Fact]
    public void A_request_that_is_not_wholly_understood_is_refused()
    {
        Refused(400, place.Service.Send("POST", "/runs", """{"study":"fhn","members":5,"members":6}"""), "Duplicate property 'members'");
        Refused(400, place.Service.Send("POST", "/runs", """{"study":"\ud800"}"""), "not JSON");
        Refused(400, place.Service.Send("POST", "/runs", """{"study":"fhn","tFinal":"30,5"}"""), "tFinal is \"30,5\"; give a number");
        Refused(400, place.Service.Send("POST", "/runs", """{"study":"fhn","tFinal":30,5}"""), "not JSON");
        Refused(400, place.Service.Send("POST", "/runs?members=5", """{"study":"fhn"}"""), "'submit' takes no query string, but 'members' is given");
        Refused(400, place.Service.Send("GET", "/runs/any/members/1,000"), "member is '1,000'; give a whole number");
    }

    /// <summary>The test ends, which it would not if the service opened a pipe without a writer.</summary>
    [Fact]
    public void A_named_pipe_keeps_no_request_waiting()
    {
        var (pipe, run) = (place.Workplace.Fresh(".npy"), Path.Combine(place.Service.Runs, "pipes"));
        var valid = place.Workplace.Fresh();
        Led.Json(["forecast", "fhn", .. Short, "--run", valid]);
        Directory.CreateDirectory(run);
        File.Copy(Path.Combine(valid, "spec.json"), Path.Combine(run, "spec.json"));
        var made = Led.Shell($"mkfifo {pipe} {run}/journal.ndjson {run}/run.lock {run}/report.html");
        Assert.True(made.Code == 0, made.Errors);
        Refused(
            400, place.Service.Send("POST", "/runs", $$"""{"study":"fhn","ic":"{{Path.GetFileName(pipe)}}"}"""),
            "is a named pipe; a regular file is expected");
        Refused(500, place.Service.Send("GET", "/runs/pipes"), "journal.ndjson' is a named pipe");
        Refused(404, place.Service.Send("GET", "/runs/pipes/report"), "its report is written when it is finished");
        File.Delete(Path.Combine(run, "spec.json"));
        Led.Shell($"mkfifo {run}/spec.json");
        Refused(500, place.Service.Send("GET", "/runs/pipes"), "spec.json' is a named pipe");
        Assert.Equal(HttpStatusCode.OK, place.Service.Send("GET", "/runs").Status);
        Directory.Delete(run, recursive: true);
    }

    [Fact]
    public void Cancelled_it_stops_at_a_checkpoint_and_resumes_to_the_same_bytes()
    {
        // Straight over HTTP: on a busy machine a process for each request could come too late.
        var run = Submit(members: 24, final: 8000);
        var queued = Submit(members: 6, final: 130);
        place.Service.WaitFor(run, "on its way", status => (long?)status["memberFrames"]?["done"] > 0);
        place.Service.Send("POST", $"/runs/{queued}/cancel");
        place.Service.Send("POST", $"/runs/{run}/cancel");
        Assert.Equal("stopped", (string)place.Service.Status(queued)["state"]!);
        var status = place.Service.WaitFor(run, "stopped");
        Assert.InRange((long)status["memberFrames"]!["done"]!, 1, 24 * 8001 - 1);
        Refused(409, place.Service.Send("POST", $"/runs/{run}/cancel"), "only a queued or running run");
        place.Service.Remote("resume", run);
        place.Service.WaitFor(run, "finished");
        Refused(409, place.Service.Send("POST", $"/runs/{run}/resume"), "nothing to resume");
        Workplace.AssertSameOutput(place.Reference(Long), Path.Combine(place.Service.Runs, run));

        string Submit(int members, int final)
        {
            var answer = place.Service.Send(
                "POST", "/runs",
                $$"""{"study":"fhn","members":{{members}},"tFinal":{{final}},"tWarm":40,"tMacro":10,"tMicro":30,"dt":0.002,"save":"latent"}""");
            return (string)JsonNode.Parse(answer.Text)!["run"]!;
        }
    }

    [Fact]
    public void Terminated_it_goes_on_with_its_queue_after_a_restart_to_the_same_bytes()
    {
        var runs = place.Workplace.Fresh();
        string run, queued, cancelled;
        using (var service = new LedService(runs))
        {
            run = (string)service.Remote(["submit", "fhn", .. Long])["run"]!;
            queued = (string)service.Remote(["submit", "fhn", .. Short])["run"]!;
            cancelled = (string)service.Remote(["submit", "fhn", .. Short])["run"]!;
            service.Remote("cancel", cancelled);
            service.WaitFor(run, "on its way", status => (long?)status["memberFrames"]?["done"] > 0);
            var outcome = service.Terminate();
            Assert.True(outcome.Code == 0, outcome.Errors);
            Assert.Contains("was stopped", outcome.Errors);
        }
        using var again = new LedService(runs);
        again.WaitFor(queued, "finished");
        Assert.Equal(("finished", "stopped"), ((string)again.Status(run)["state"]!, (string)again.Status(cancelled)["state"]!));
        Workplace.AssertSameOutput(place.Reference(Long), Path.Combine(runs, run));
        Assert.Equal("[]", File.ReadAllText(Path.Combine(runs, "queue.json")));
    }

    [Fact]
    public void Killed_it_goes_on_with_its_queue_after_a_restart()
    {
        var runs = place.Workplace.Fresh();
        string run;
        using (var service = new LedService(runs))
        {
            run = (string)service.Remote(["submit", "fhn", .. Long])["run"]!;
            service.WaitFor(run, "on its way", status => (long?)status["memberFrames"]?["done"] > 0);
            service.Kill();
        }
        using var again = new LedService(runs);
        again.WaitFor(run, "finished");
        Workplace.AssertSameOutput(place.Reference(Long), Path.Combine(runs, run));
    }

    [Fact]
    public void A_drained_service_finishes_its_leg_keeps_its_queue_and_takes_no_runs()
    {
        var runs = place.Workplace.Fresh();
        using var service = new LedService(runs);
        var run = (string)service.Remote(["submit", "fhn", .. Longer, "0.0005"])["run"]!;
        service.WaitFor(run, "on its way", status => (long?)status["memberFrames"]?["done"] > 0);
        var node = Assert.Single(service.Remote("nodes")["nodes"]!.AsArray())!;
        Assert.Equal(["coordinator", "micro", "latent"], node["roles"]!.AsArray().Select(r => (string)r!));
        Assert.Equal("drained", (string)service.Remote("drain", (string)node["node"]!)["state"]!);
        service.WaitFor(run, "queued");
        Assert.True((long)service.Remote("nodes")["nodes"]![0]!["legsDone"]!["micro"]! > 0);
        Refused(503, service.Send("POST", "/runs", """{"study":"fhn"}"""), "drained");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, service.Send("GET", "/health/ready").Status);
        Refused(404, service.Send("POST", "/nodes/nobody/drain"), "There is no node 'nobody'");
        service.Remote("cancel", run);
        Assert.Equal("stopped", (string)service.Status(run)["state"]!);
    }

    [Fact]
    public void OpenApi_document_lists_every_verb()
    {
        var document = JsonNode.Parse(place.Service.Send("GET", "/openapi.json").Text)!;
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(method =>
            $"{(string)method.Value!["operationId"]!} {method.Key.ToUpperInvariant()} {path.Key}"));
        Assert.Equal(
            [
                "cancel POST /runs/{run}/cancel", "delete DELETE /runs/{run}", "drain POST /nodes/{node}/drain", "explain GET /runs/{run}/members/{member}",
                "files GET /runs/{run}/files", "list GET /runs",
                "nodes GET /nodes", "resume POST /runs/{run}/resume", "status GET /runs/{run}", "submit POST /runs",
            ],
            operations.Order(StringComparer.Ordinal));
        var fields = document["paths"]!["/runs"]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!["properties"]!;
        Assert.Equal("number", (string)fields["tFinal"]!["type"]!);
        Assert.Equal(["equilibrium", "gradient"], fields["lift"]!["enum"]!.AsArray().Select(e => (string)e!));
    }

    private static void Refused(int status, (HttpStatusCode Status, string Type, string Text) answer, params string[] parts)
    {
        Assert.True((int)answer.Status == status, $"{answer.Status}: {answer.Text}");
        Assert.Equal("application/problem+json", answer.Type);
        var problem = JsonNode.Parse(answer.Text)!;
        Assert.Equal(status, (int)problem["status"]!);
        foreach (var part in parts)
            Assert.Contains(part, (string)problem["detail"]!);
    }

    /// <summary>One service for all tests that leave it as it was.</summary>
    public sealed class Place : IDisposable
    {
        private string? reference;

        public Place() => Service = new LedService(Workplace.Fresh(), "--ic-folder", Workplace.Path);

        public Workplace Workplace { get; } = new();

        public LedService Service { get; }

        /// <summary>The same run by the command line.</summary>
        public string Reference(string[] arguments)
        {
            if (reference is null)
                Led.Json(["forecast", "fhn", .. arguments, "--run", reference = Workplace.Fresh()]);
            return reference;
        }

        public void Dispose()
        {
            Service.Dispose();
            Workplace.Dispose();
        }
    }
}
