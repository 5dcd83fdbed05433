using LedCluster.Host;

using var telemetry = TelemetryExport.Start();
return CommandLine.Run(args);
