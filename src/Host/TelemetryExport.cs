using LedCluster.Actors.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LedCluster.Host;

/// <summary>Sends metrics and traces to an OpenTelemetry collector when the standard environment variables name one.</summary>
internal sealed class TelemetryExport : IDisposable
{
    private const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private readonly MeterProvider metrics;
    private readonly TracerProvider traces;

    private TelemetryExport()
    {
        metrics = Sdk.CreateMeterProviderBuilder().ConfigureResource(Describe).AddMeter(EngineTelemetry.Name).AddOtlpExporter().Build();
        traces = Sdk.CreateTracerProviderBuilder().ConfigureResource(Describe).AddSource(EngineTelemetry.Name).AddOtlpExporter().Build();
    }

    /// <summary>Starts to export; null when no collector is named.</summary>
    public static TelemetryExport? Start() => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)) ? null : new TelemetryExport();

    /// <summary>Sends what is left.</summary>
    public void Dispose()
    {
        metrics.Dispose();
        traces.Dispose();
    }

    private static void Describe(ResourceBuilder resource) => resource.AddService("led", serviceVersion: ProgramVersion.Text);
}
