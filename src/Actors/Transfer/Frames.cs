using System.Buffers.Binary;
using System.Net.Sockets;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Transfer;

/// <summary>Frames on a connection: a length as 64-bit little-endian integer, then so many bytes.</summary>
internal static class Frames
{
    private const int FirstPiece = 1 << 20, Growth = 8;

    /// <summary>Has a connection end when its peer's machine is silent for about 15 seconds: an answer may take long, but the machine acknowledges.</summary>
    public static void NoticeDeadPeers(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 5);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 2);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 5);
    }

    /// <summary>Writes a frame.</summary>
    public static async Task WriteAsync(Stream stream, ByteWriter body, CancellationToken cancel)
    {
        var head = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(head, body.Length);
        await stream.WriteAsync(head, cancel).ConfigureAwait(false);
        foreach (var piece in body.Pieces())
            await stream.WriteAsync(piece, cancel).ConfigureAwait(false);
        await stream.FlushAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Reads a frame into memory of a mebibyte, or of at most eight times what has arrived; null where the connection ends between frames.
    /// </summary>
    /// <exception cref="FormatException">The length is not one.</exception>
    /// <exception cref="EndOfStreamException">The connection ends within the frame.</exception>
    public static async Task<Frame?> ReadAsync(Stream stream, CancellationToken cancel)
    {
        var head = new byte[sizeof(long)];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false) < head.Length)
            return null;
        var length = BinaryPrimitives.ReadInt64LittleEndian(head);
        if (length < 0 || length > Array.MaxLength)
            throw new FormatException($"A frame announces {length} bytes; 0 to {Array.MaxLength} are possible.");
        var buffer = WireBuffers.Rent(Math.Min(length, FirstPiece));
        try
        {
            for (var filled = 0; filled < length;)
            {
                if (filled == buffer.Length)
                {
                    var larger = WireBuffers.Rent(Math.Min(length, (long)Growth * buffer.Length));
                    buffer.AsSpan().CopyTo(larger);
                    WireBuffers.Return(buffer);
                    buffer = larger;
                }
                var count = await stream.ReadAsync(buffer.AsMemory(filled, (int)Math.Min(buffer.Length, length) - filled), cancel).ConfigureAwait(false);
                filled += count > 0 ? count : throw new EndOfStreamException("The connection ended within a frame.");
            }
            return new Frame(buffer, (int)length);
        }
        catch
        {
            WireBuffers.Return(buffer);
            throw;
        }
    }
}

/// <summary>A frame that was read, in memory that goes back to a pool when it is disposed of.</summary>
internal sealed class Frame(byte[] buffer, int length) : IDisposable
{
    /// <summary>Its bytes; valid until it is disposed of.</summary>
    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, length);

    /// <inheritdoc />
    public void Dispose() => WireBuffers.Return(buffer);
}
