using System.Globalization;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Devices;

/// <summary>
/// An accelerator for kernels that are written in C#: a GPU, of which only the driver is needed, or a slow emulation on the processor, for tests. One
/// thread at a time uses it.
/// </summary>
internal sealed class KernelDevice : IDisposable
{
    /// <summary>Threads of a group, which share the weights in a multiprocessor's memory; of the emulation each is a thread of the system.</summary>
    private const int GpuThreads = 128, EmulatedThreads = 4;

    /// <summary>Bytes of a multiprocessor's memory that any GPU gives to a group.</summary>
    private const int SharedBytes = 48 << 10;

    /// <summary>What the driver says when there is no memory left.</summary>
    private const string OutOfMemory = "out of memory";

    private readonly Lock gate = new();
    private readonly Context context;
    private readonly Accelerator accelerator;
    private readonly Dictionary<string, MemoryBuffer1D<float, Stride1D.Dense>> buffers = [];

    private KernelDevice(ComputeDevice device)
    {
        Name = device.Name;
        context = NewContext();
        Host = new(length => Guarded(() => accelerator!.AllocatePageLocked1D<float>(length, uninitialized: true)));
        var number = Name[ComputeDevice.KernelPrefix.Length..];
        if (number == "cpu")
        {
            accelerator = context.GetCPUDevice(0).CreateCPUAccelerator(context);
            return;
        }
        var cards = context.GetCudaDevices();
        var index = int.Parse(number, CultureInfo.InvariantCulture);
        var there = cards.Count == 0 ? "no NVIDIA GPU with its driver" : string.Join(", ", Names());
        accelerator = index < cards.Count ? cards[index].CreateCudaAccelerator(context)
            : throw new DllNotFoundException($"There is no device {Name} here, but {there}. nvidia-smi must list the GPU.");
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Where transfers and kernels are queued, one after the other.</summary>
    public AcceleratorStream Stream => accelerator.DefaultStream;

    /// <summary>Memory of the processor whose pages are locked, so that a card transfers from and to it by itself.</summary>
    public ReusedMemory<PageLockedArray1D<float>> Host { get; }

    /// <summary>Floats that an array may have, for tests of what happens beyond; null where the device's memory decides.</summary>
    internal int? LargestArray { get; set; }

    /// <summary>The accelerator of a name; each is opened once in a process.</summary>
    /// <exception cref="DllNotFoundException">This machine has no such device; the message says which it has.</exception>
    public static KernelDevice Of(ComputeDevice device) => OpenDevices.Open(device.Name, () => new KernelDevice(device));

    /// <inheritdoc />
    public void Dispose()
    {
        try
        {
            accelerator.Dispose();
            context.Dispose();
        }
        catch (AcceleratorException)
        {
            // A device that is lost; what it held is lost, too.
        }
    }

    /// <summary>Names of this machine's GPUs, each with its model.</summary>
    public static IReadOnlyList<string> Names()
    {
        using var context = NewContext();
        var cards = context.GetCudaDevices();
        var names = new string[cards.Count];
        for (var i = 0; i < names.Length; i++)
            names[i] = $"{ComputeDevice.KernelPrefix}{i} ({cards[i].Name})";
        return names;
    }

    /// <summary>Compiles a kernel.</summary>
    public T Compile<T>(Func<Accelerator, T> load) => Guarded(() => load(accelerator));

    /// <summary>An array that stays on the device.</summary>
    public MemoryBuffer1D<T, Stride1D.Dense> Keep<T>(T[] values)
        where T : unmanaged => Guarded(() => accelerator.Allocate1D(values));

    /// <summary>Has the device to itself.</summary>
    /// <exception cref="DeviceLostException">The device has failed.</exception>
    public T Guarded<T>(Func<T> use) => Guarded(use, use => use());

    /// <summary>Has the device to itself.</summary>
    /// <param name="arrays">Given to the use.</param>
    /// <param name="use">What to do.</param>
    /// <exception cref="DeviceLostException">The device has failed.</exception>
    public T Guarded<TArrays, T>(TArrays arrays, Func<TArrays, T> use)
        where TArrays : allows ref struct
    {
        lock (gate)
            try
            {
                accelerator.Bind(); // to this thread
                return use(arrays);
            }
            catch (AcceleratorException error)
            {
                throw new DeviceLostException($"{Name} is lost: {error.Message}", error);
            }
    }

    /// <summary>Whether a device failed only because its memory did not suffice.</summary>
    public static bool IsMemory(DeviceLostException error) => error.InnerException is CudaException cause
        && (cause.Message.Contains(OutOfMemory, StringComparison.OrdinalIgnoreCase) || $"{cause.Error}".Contains("OUT_OF_MEMORY", StringComparison.Ordinal));

    /// <summary>An array that all who have the device to themselves use in turn, of at least a length.</summary>
    public ArrayView1D<float, Stride1D.Dense> Borrow(string purpose, int length)
    {
        if (buffers.TryGetValue(purpose, out var buffer) && buffer.Length < length && buffers.Remove(purpose))
            buffer.Dispose();
        if (length > LargestArray)
            throw new CudaException(OutOfMemory);
        if (buffer is null || buffer.Length < length)
            buffers[purpose] = buffer = accelerator.Allocate1D<float>(Math.Max(1, length));
        return buffer.View.SubView(0, length);
    }

    /// <summary>How a kernel is started: a thread for each member, and the weights shared where they fit.</summary>
    public KernelConfig Grid(int members, int weights, out bool shared)
    {
        var threads = accelerator.AcceleratorType == AcceleratorType.CPU ? EmulatedThreads : GpuThreads;
        shared = weights * 4 * sizeof(float) <= SharedBytes;
        return new KernelConfig((members + threads - 1) / threads, threads, SharedMemoryConfig.RequestDynamic<Four>(shared ? weights : 1));
    }

    /// <summary>A kernel as the driver of a GPU of compute capability 8.0 or later gets it.</summary>
    internal static string Assembly(string kernel)
    {
        using var context = NewContext();
        using var compiler = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_70, null!);
        var entry = EntryPointDescription.FromExplicitlyGroupedKernel(typeof(LatentKernels).GetMethod(kernel)!);
        return ((PTXCompiledKernel)compiler.Compile(entry, default)).PTXAssembly;
    }

    private static Context NewContext() => Context.Create(builder =>
    {
        builder.Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive).CPU(new CPUDevice(EmulatedThreads, 1, 1)).Cuda();
        KernelArithmetic.Register(builder);
    });
}
