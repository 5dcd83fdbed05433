using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Service;

/// <summary>Asks a service for what the palette offers.</summary>
/// <param name="address">Where the service listens.</param>
/// <param name="secret">Its token, if it needs one.</param>
internal sealed class RemoteClient(Uri address, string? secret) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Calls a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="arguments">Its arguments by JSON name; those of the route are taken from here too.</param>
    /// <exception cref="UserError">The service refused, and says why.</exception>
    /// <exception cref="IOException">The service cannot be reached, or failed.</exception>
    public JsonObject Call(Verb verb, JsonObject arguments)
    {
        var path = verb.Route;
        foreach (var argument in verb.Arguments.Where(a => a.InRoute))
        {
            path = path.Replace($"{{{argument.JsonName}}}", Uri.EscapeDataString(arguments[argument.JsonName]!.ToString()), StringComparison.Ordinal);
            arguments.Remove(argument.JsonName);
        }
        var body = verb.Method == HttpMethod.Get ? null : new StringContent(arguments.ToJsonString(), Encoding.UTF8, "application/json");
        return Send(verb.Method, path, body, response =>
        {
            using var reader = new StreamReader(response.Content.ReadAsStream());
            return Answer((int)response.StatusCode, reader.ReadToEnd());
        });
    }

    /// <summary>Downloads a file of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="file">Path of the file within the run.</param>
    /// <param name="target">Receives its bytes.</param>
    /// <param name="cancel">Stops the download.</param>
    /// <exception cref="IOException">The service cannot be reached, or has no such file.</exception>
    public void Download(string run, string file, Stream target, CancellationToken cancel) => Send(
        HttpMethod.Get, $"/runs/{Uri.EscapeDataString(run)}/files/{string.Join('/', file.Split('/').Select(Uri.EscapeDataString))}", null, response =>
        {
            if (!response.IsSuccessStatusCode)
                throw new IOException($"{address} answered {(int)response.StatusCode} for '{file}' of run '{run}'.");
            response.Content.ReadAsStream(cancel).CopyToAsync(target, cancel).GetAwaiter().GetResult();
            return true;
        });

    private T Send<T>(HttpMethod method, string path, HttpContent? content, Func<HttpResponseMessage, T> read)
    {
        using var request = new HttpRequestMessage(method, address.AbsoluteUri.TrimEnd('/') + path) { Content = content };
        if (secret is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        try
        {
            using var response = http.Send(request, HttpCompletionOption.ResponseHeadersRead);
            return read(response);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException { CancellationToken.IsCancellationRequested: false })
        {
            throw new IOException($"Cannot reach {address}: {error.Message}. Is 'led serve' running there?");
        }
    }

    /// <inheritdoc />
    public void Dispose() => http.Dispose();

    private JsonObject Answer(int status, string text)
    {
        JsonObject? answer = null;
        try
        {
            answer = StrictJson.ReadObject(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            // Told below, as for any answer that is none of ours.
        }
        if (status is >= 200 and < 300 && answer is not null)
            return answer;
        var detail = answer?["detail"] is JsonValue value && value.TryGetValue(out string? given) ? given
            : throw new IOException($"{address} answered {status} without JSON; it does not seem to be 'led serve'.");
        throw status is >= 400 and < 500 ? new UserError(detail) : new IOException(detail);
    }
}
