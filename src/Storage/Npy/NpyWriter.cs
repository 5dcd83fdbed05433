using System.Runtime.InteropServices;
using LedCluster.Domain.Npy;
using LedCluster.Storage.Durability;
using Microsoft.Win32.SafeHandles;

namespace LedCluster.Storage.Npy;

/// <summary>
/// Writes a .npy file of any size, front to back or region by region. The file appears under its name only when
/// <see cref="Complete"/> is called; until then it is a sibling that ends in <c>.tmp</c>.
/// </summary>
public sealed class NpyWriter : IDisposable
{
    private readonly string path;
    private readonly string unfinished;
    private readonly NpyType type;
    private readonly long count;
    private readonly long dataStart;
    private readonly SafeFileHandle handle;
    private long next;
    private bool completed;

    private NpyWriter(string path, long[] shape, NpyType type)
    {
        (this.path, this.type, unfinished) = (path, type, path + Disk.Unfinished);
        var header = NpyHeader.Encode(type, shape);
        dataStart = header.Length;
        count = shape.Contains(0) ? 0 : shape.Aggregate(1L, (a, b) => checked(a * b));
        handle = Disk.Open(unfinished, FileMode.Create, FileAccess.Write);
        Disk.Write(handle, unfinished, header, 0);
    }

    /// <summary>Starts a file.</summary>
    /// <param name="path">Name of the finished file; an existing one is replaced at the end.</param>
    /// <param name="shape">Length of each axis, slowest first.</param>
    /// <param name="type">Number format in the file.</param>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static NpyWriter Create(string path, long[] shape, NpyType type) => new(path, shape, type);

    /// <summary>Writes the elements that follow those appended last.</summary>
    public void Append(ReadOnlySpan<float> data)
    {
        Write(next, data);
        next += data.Length;
    }

    /// <inheritdoc cref="Append(ReadOnlySpan{float})" />
    public void Append(ReadOnlySpan<double> data)
    {
        Write(next, data);
        next += data.Length;
    }

    /// <summary>Writes a region, in any order; what is never written reads as 0.</summary>
    /// <param name="first">Index of the first element, in C order.</param>
    /// <param name="data">The elements; converted when the file has another number format.</param>
    /// <exception cref="ArgumentException">The region leaves the array.</exception>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    public void Write(long first, ReadOnlySpan<float> data)
    {
        if (type == NpyType.Float32)
            WriteBytes(first, data.Length, MemoryMarshal.AsBytes(data));
        else
            Convert(first, data, (float x) => (double)x);
    }

    /// <inheritdoc cref="Write(long, ReadOnlySpan{float})" />
    public void Write(long first, ReadOnlySpan<double> data)
    {
        if (type == NpyType.Float64)
            WriteBytes(first, data.Length, MemoryMarshal.AsBytes(data));
        else
            Convert(first, data, (double x) => (float)x);
    }

    /// <summary>Makes the file durable and gives it its name.</summary>
    public void Complete()
    {
        Disk.SetLength(handle, unfinished, dataStart + count * (int)type);
        Disk.Sync(handle, unfinished);
        handle.Dispose();
        Disk.Publish(unfinished, path);
        completed = true;
    }

    /// <summary>Discards the file unless it was completed.</summary>
    public void Dispose()
    {
        handle.Dispose();
        if (!completed)
            File.Delete(unfinished);
    }

    private void Convert<TFrom, TTo>(long first, ReadOnlySpan<TFrom> data, Func<TFrom, TTo> convert)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        Span<TTo> part = new TTo[Math.Min(data.Length, 1 << 14)];
        for (var done = 0; done < data.Length; done += part.Length)
        {
            var run = part[..Math.Min(part.Length, data.Length - done)];
            for (var i = 0; i < run.Length; i++)
                run[i] = convert(data[done + i]);
            WriteBytes(first + done, run.Length, MemoryMarshal.AsBytes(run));
        }
    }

    private void WriteBytes(long first, int elements, ReadOnlySpan<byte> bytes)
    {
        if (first < 0 || first + elements > count)
        {
            throw new ArgumentException(
                $"Elements {first:N0} to {first + elements - 1:N0} leave '{path}', which has {count:N0}. Check the shape given at creation.");
        }
        Disk.Write(handle, unfinished, bytes, dataStart + first * (int)type);
    }
}
