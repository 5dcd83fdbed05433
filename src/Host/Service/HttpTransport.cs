using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Storage.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LedCluster.Host.Service;

/// <summary>The palette over HTTP, with health, OpenAPI and reports beside it.</summary>
internal static class HttpTransport
{
    private const long LargestBody = 32 << 20;

    /// <summary>Escapes little: this JSON is never embedded in HTML.</summary>
    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A web application that is ready to start.</summary>
    public static WebApplication Create(RunService service, ServiceOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions()); // no files or variables of others are read
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Listen(options.Listen.Address, options.Listen.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddOpenApi(OpenApiDescription.Configure);
        builder.Services.AddSingleton<IHostLifetime, SignalFreeLifetime>();
        var app = builder.Build();
        app.Use(Answer);
        app.UseRouting();
        var guard = new RequestGuard(options.Token);
        foreach (var verb in Palette.All)
        {
            // A Delegate appears in the OpenAPI document, a RequestDelegate would not.
            app.MapMethods(verb.Route, [verb.Method.Method], (Delegate)(async (HttpContext context) =>
            {
                guard.Check(context.Request, verb.NeedsToken);
                if (context.Request.Query.Keys.FirstOrDefault() is { } parameter)
                    throw new UserError($"'{verb.Name}' takes no query string, but '{parameter}' is given in the address. Send arguments as JSON in the body.");
                var route = context.Request.RouteValues.ToDictionary(v => v.Key, v => v.Value?.ToString() ?? "");
                using var body = await Body(context.Request);
                var answer = verb.Handle(service, new VerbCall(verb, route, body?.RootElement ?? default));
                await Write(context, verb.Status, "application/json", answer);
            })).WithMetadata(verb).WithName(verb.Name);
        }
        app.MapGet("/runs/{run}/report", (HttpContext context, string run) =>
        {
            guard.Check(context.Request, changesState: false);
            return Results.File(service.Report(run), "text/html; charset=utf-8");
        }).ExcludeFromDescription();
        // Zarr's readers over HTTP fetch the files that they need, whole or in part.
        foreach (var (place, ofOutput) in ((string, bool)[])[("output.zarr", true), ("files", false)])
            app.MapMethods($"/runs/{{run}}/{place}/{{**file}}", [HttpMethods.Get, HttpMethods.Head], (HttpContext context, string run, string? file) =>
            {
                guard.Check(context.Request, changesState: !ofOutput); // a study may hold what not everybody may read
                return Results.File(service.RunFile(run, file ?? "", ofOutput), "application/octet-stream", enableRangeProcessing: true);
            }).ExcludeFromDescription();
        app.MapGet("/health/live", () => Results.Text("live")).ExcludeFromDescription();
        IResult Readiness() => service.IsReady ? Results.Text("ready") : Results.Text("drained", statusCode: StatusCodes.Status503ServiceUnavailable);
        app.MapGet("/health/ready", Readiness).ExcludeFromDescription();
        app.MapOpenApi("/openapi.json");
        return app;
    }

    /// <summary>Where the application listens, for example http://127.0.0.1:5080; after its start.</summary>
    public static string Address(WebApplication app) => app.Urls.First();

    /// <summary>Turns whatever goes wrong into problem details (RFC 9457).</summary>
    private static async Task Answer(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            await next(context);
            if (context.GetEndpoint() is null)
                await Problem(context, 404, $"There is nothing at {context.Request.Method} {context.Request.Path}; /openapi.json lists the endpoints.");
            else if (context.Response is { HasStarted: false, StatusCode: 405 })
                await Problem(context, 405, $"{context.Request.Path} does not take {context.Request.Method}; /openapi.json lists the methods.");
        }
        catch (UserError error)
        {
            await Problem(context, 400, error.Message);
        }
        catch (ServiceError error)
        {
            await Problem(context, error.Status, error.Message);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException error)
        {
            await Problem(context, error.StatusCode, error.StatusCode == 413 ? $"The body is larger than {LargestBody >> 20} MiB." : error.Message);
        }
        catch (JsonException error)
        {
            await Problem(context, 400, $"The body is not JSON: {error.Message}");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked has gone.
        }
        catch (Exception error) when (!context.Response.HasStarted) // one request must not end the service
        {
            await Problem(context, 500, error.Message);
        }
    }

    private static async Task Problem(HttpContext context, int status, string message)
    {
        if (context.Response.HasStarted)
            return;
        if (status == 401)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        await Write(context, status, "application/problem+json", new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
            ["status"] = status,
            ["detail"] = message,
            ["errors"] = new JsonArray([.. message.Split('\n').Select(line => (JsonNode)line)]),
        });
    }

    /// <summary>The body as JSON; null when there is none. Anything but JSON is refused, so that no web form can send it.</summary>
    private static async Task<JsonDocument?> Body(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || request.ContentLength is 0 || request.ContentLength is null && request.ContentType is null)
            return null;
        if (!request.HasJsonContentType())
            throw new ServiceError(415, $"The body's content type is '{request.ContentType}'; send application/json.");
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return StrictJson.Parse(body.ToArray());
    }

    private static async Task Write(HttpContext context, int status, string type, JsonObject content)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(ResultJson.Text(content, Readable) + "\n", context.RequestAborted);
    }
}

/// <summary>A request that cannot be granted as things are; the message says why and what to do.</summary>
/// <param name="status">HTTP status that says the same to a program.</param>
/// <param name="message">The message.</param>
internal sealed class ServiceError(int status, string message) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status => status;
}

/// <summary>Leaves signals to the command, which lets the current run reach a checkpoint first.</summary>
internal sealed class SignalFreeLifetime : IHostLifetime
{
    /// <inheritdoc />
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
