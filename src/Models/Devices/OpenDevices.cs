using System.Collections.Concurrent;

namespace LedCluster.Models.Devices;

/// <summary>The open devices for kernels, each opened once; disposing closes them, because their threads would keep the process alive.</summary>
public sealed class OpenDevices : IDisposable
{
    private static readonly ConcurrentDictionary<string, Lazy<IDisposable>> Opened = []; // no type of ILGPU, which is loaded when it is needed

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var name in Opened.Keys)
            if (Opened.TryRemove(name, out var device) && device.IsValueCreated)
                device.Value.Dispose();
    }

    /// <summary>A device; opens it at the first call.</summary>
    internal static T Open<T>(string name, Func<T> open)
        where T : IDisposable => (T)Opened.GetOrAdd(name, _ => new(() => open())).Value;
}
