namespace LedCluster.Actors.Akka;

/// <summary>A piece of a message that carries arrays; small enough that signs of life pass between two of them.</summary>
/// <param name="Entity">The sharded entity it is for; empty when it does not go through the region.</param>
/// <param name="Shipment">Which message of its sender it belongs to.</param>
/// <param name="Index">Position among the pieces, from 0.</param>
/// <param name="Count">Number of pieces.</param>
/// <param name="Bytes">The piece, at most <see cref="LargestPiece"/> bytes.</param>
internal sealed record Parcel(string Entity, long Shipment, int Index, int Count, ReadOnlyMemory<byte> Bytes) : IToCohort
{
    /// <summary>Bytes of a piece, 256 KiB.</summary>
    public const int LargestPiece = 256 << 10;

    /// <summary>Largest message that is sent or accepted, in bytes: 128 MiB, as with the other engine.</summary>
    public const int LargestMessage = 128 << 20;

    /// <summary>Longest name of an entity, in bytes.</summary>
    public const int LongestEntity = 100;
}
