using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using LedCluster.Actors;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;

/// <summary>
/// Rates of latents on a device, through the latent worker that a node has: macro legs of 200 frames, cohorts of 64 members, as many as fill a batch. It prints
/// the time to gather the batch, on all threads; the time on the device, with both transfers; and the CPU time to split the path into cohorts afterwards,
/// which a node spreads over threads while the device computes its next batch. Then it runs a whole Latent-LED forecast of FitzHugh-Nagumo.
/// </summary>
internal static class GpuBench
{
    private const int CohortSize = 64, Field = 202, Repetitions = 5;

    /// <summary>Measures a device.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="part">Batches and the forecast's members and time are divided by it, for a try on a small machine.</param>
    /// <param name="cohortSize">Members of a cohort, for a simulated device.</param>
    public static void Run(string name, int part, int cohortSize)
    {
        if (double.TryParse(name, CultureInfo.InvariantCulture, out var nanoseconds))
        {
            PacedDevice.Run(nanoseconds, part, cohortSize);
            return;
        }
        var device = ComputeDevice.Parse(name) ?? throw new ArgumentException(
            $"'{name}' is not a device; give cuda:0, ilgpu:0 or, for a trial, torch:cpu 64; or the nanoseconds per member and step of a simulated device.");
        using var devices = new OpenDevices();
        if (!device.IsManaged)
            Parity(device, part);
        Console.WriteLine($"{"ns per member and step",-44} {"before",9} {"device",11} {"CPU after",10}");
        foreach (var (hidden, latents, batch, precision) in ((int, int, int, LatentPrecision)[])
            [(32, 2, 1, LatentPrecision.F32), (32, 2, 256, LatentPrecision.F32), (32, 2, 4096, LatentPrecision.F32), (32, 2, 65_536, LatentPrecision.F32),
             (512, 8, 256, LatentPrecision.F32), (512, 8, 4096, LatentPrecision.F32), (512, 8, 16_384, LatentPrecision.F32),
             (512, 8, 16_384, LatentPrecision.Bf16)])
            if (precision == LatentPrecision.F32 || !(device.IsKernel || device.IsManaged))
                Row(device, hidden, latents, Math.Max(1, batch / part), Math.Clamp(64 * LedCycle.MostFrames / part, 4, LedCycle.MostFrames), precision);
        Forecast(device, 100_000 / part, Math.Max(100, 8000 / part), 65_536 / part);
    }

    private static void Parity(ComputeDevice device, int part)
    {
        var place = Directory.CreateTempSubdirectory("led-gpu-").FullName;
        try
        {
            Save(place, 32, 2, isVariational: true);
            DeviceParity.Run(device, Environment.GetEnvironmentVariable("LEDCLUSTER_STUDIES") ?? Path.Combine(LedProcess.Root, "studies"), place, part);
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private static void Row(ComputeDevice device, int hidden, int latents, int batch, int frames, LatentPrecision precision)
    {
        var place = Directory.CreateTempSubdirectory("led-gpu-").FullName;
        try
        {
            Save(place, hidden, latents);
            var model = device.IsManaged ? ModelFile.Load(place).Model
                : device.IsKernel ? DeviceModel.Kernel(ModelFile.Load(place).Model, device, Console.Error.WriteLine)
                : DeviceModel.Load(place, device, LatentArithmetic.Of(device, precision, batch), Console.Error.WriteLine);
            var (clock, timed) = (new ThreadClock(), new Timed(model.Propagator));
            model = model with { Propagator = timed };
            var worker = new LatentWorker(model, [new Leg(0, Phase.Macro, 1, frames)], Field, clock);
            Cohort[] cohorts = [.. Enumerable.Range(0, batch).Chunk(CohortSize).Select(members => Cohort.Start([.. members], []) with
            {
                Frame = 0, Pending = 1, Latents = new float[members.Length * latents], Memory = new float[members.Length * model.Propagator.MemorySize],
            })];
            var (before, onDevice, after) = (double.MaxValue, double.MaxValue, double.MaxValue);
            for (var repetition = 0; repetition <= Repetitions; repetition++) // the first warms up
            {
                var start = Stopwatch.GetTimestamp();
                var results = worker.Run(cohorts, Environment.ProcessorCount);
                var (all, mark) = (Stopwatch.GetElapsedTime(start), clock.Now.Cpu);
                for (var i = 0; i < cohorts.Length; i++)
                    FieldBuffers.Return(results(i).Segment); // as who records it does
                if (repetition == 0)
                    continue;
                (before, onDevice) = (Math.Min(before, (all - timed.Last).TotalNanoseconds), Math.Min(onDevice, timed.Last.TotalNanoseconds));
                after = Math.Min(after, 1e9 * (clock.Now.Cpu - mark));
            }
            var steps = (double)frames * batch;
            var what = $"LSTM H = {hidden}, d_z = {latents}, {batch} members, {precision.ToString().ToLowerInvariant()}";
            Console.WriteLine($"{what,-44} {before / steps,9:F2} {onDevice / steps,11:F2} {after / steps,10:F2}");
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private static void Forecast(ComputeDevice device, int members, int time, int batch)
    {
        var run = Path.Combine(Path.GetTempPath(), $"led-gpu-{Guid.NewGuid():N}");
        string[] arguments =
        [
            "forecast", "fhn", "--mode", "latent", "--members", $"{members}", "--t-final", $"{time}", "--save", "latent", "--run", run, "--json",
            "--latent-device", device.Name,
            .. device.IsKernel || device.IsManaged ? (string[])[] : ["--latent-batch", $"{batch}"],
        ];
        var (console, told) = (Console.Out, new StringWriter());
        try
        {
            Console.SetOut(told);
            var code = (int)Assembly.Load("led").EntryPoint!.Invoke(null, [arguments])!; // in this process: the machine may have no .NET
            Console.SetOut(console);
            if (code != 0)
                throw new IOException($"led {string.Join(' ', arguments)}: exit code {code}");
            var result = JsonNode.Parse(told.ToString())!;
            var (wall, busy) = ((double)result["wallSeconds"]!, (double)result["seconds"]!["latent"]!["wall"]!);
            Console.WriteLine(
                $"Latent-LED of {members} members of fhn to t = {time}, latents kept: {wall:F1} s, the device busy for {100 * busy / wall:F0} % "
                + "of it (transfers included)");
        }
        finally
        {
            Console.SetOut(console);
            if (Directory.Exists(run))
                Directory.Delete(run, recursive: true);
        }
    }

    /// <summary>A propagator that tells how long its last leg took, transfers included.</summary>
    private sealed class Timed(IPropagator propagator) : IPropagator
    {
        public TimeSpan Last { get; private set; }

        public int LatentSize => propagator.LatentSize;

        public int MemorySize => propagator.MemorySize;

        public int? DeviceBatch => propagator.DeviceBatch;

        public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory) => throw new NotSupportedException();

        public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) => throw new NotSupportedException();

        public LegArrays Rent(int known, int members, int steps) => propagator.Rent(known, members, steps);

        public void FeedAndRun(LegArrays arrays, in StepContext context, Span<float> series)
        {
            var start = Stopwatch.GetTimestamp();
            propagator.FeedAndRun(arrays, context, series);
            Last = Stopwatch.GetElapsedTime(start);
        }
    }

    /// <summary>A model that nobody trained.</summary>
    private static void Save(string directory, int hidden, int latents, bool isVariational = false)
    {
        var random = new Philox(1, 0, 0, 0);
        var weights = new Dictionary<string, (long[], float[])>();
        foreach (var (name, shape) in ((string, long[])[])
            [("encoder.0.weight", [latents, Field]), ("encoder.0.bias", [latents]), ("decoder.0.weight", [Field, latents]), ("decoder.0.bias", [Field]),
             ("lstm.weight_ih", [4 * hidden, latents]), ("lstm.weight_hh", [4 * hidden, hidden]), ("lstm.bias_ih", [4 * hidden]),
             ("lstm.bias_hh", [4 * hidden]),
             ("readout.weight", [latents, hidden]), ("readout.bias", [latents]),
             ("mean.weight", [latents, latents]), ("mean.bias", [latents]), ("logVariance.weight", [latents, latents]), ("logVariance.bias", [latents])])
            if (isVariational || name.Split('.')[0] is not ("mean" or "logVariance"))
                weights[name] = (
                    shape,
                    [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (float)(random.NextNormal() / Math.Sqrt(hidden)))]);
        var network = new FeedForwardArchitecture { LatentSize = latents, HiddenLayers = [] };
        ModelFile.Save(directory, new ModelManifest
        {
            Study = "fhn", Points = Field / 2,
            Reduction = isVariational ? new VariationalArchitecture { LatentSize = latents, Network = network, DivergenceWeight = 1 } : network,
            Propagator = new LstmArchitecture { Hidden = hidden },
            ChannelMinimum = [-1, -1], ChannelMaximum = [1, 1], LatentLow = [.. Enumerable.Repeat(-1f, latents)],
            LatentHigh = [.. Enumerable.Repeat(1f, latents)],
            LatentMinimum = [.. Enumerable.Repeat(-1f, latents)], LatentMaximum = [.. Enumerable.Repeat(1f, latents)], WeightsSha256 = "", Training = [],
        }, weights);
    }
}
