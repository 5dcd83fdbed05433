using Akka.Actor;
using Akka.Serialization;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Akka;

/// <summary>
/// Binary form of a parcel. Little-endian: the tag <c>LCP1</c>, the entity as text, the shipment as two 32-bit integers
/// (low, high), index and count as 32-bit integers, then the piece, preceded by its length.
/// </summary>
/// <param name="system">The actor system.</param>
public sealed class ParcelSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string Tag = "LCP1";
    private const int MostPieces = Parcel.LargestMessage / Parcel.LargestPiece;

    /// <inheritdoc />
    public override int Identifier => 4201;

    /// <inheritdoc />
    public override string Manifest(object o) => Tag;

    /// <inheritdoc />
    public override byte[] ToBinary(object obj) => Encode((Parcel)obj);

    /// <inheritdoc />
    public override object FromBinary(byte[] bytes, string manifest) => Decode(bytes);

    internal static byte[] Encode(Parcel parcel)
    {
        using var writer = new ByteWriter(Tag, parcel.Bytes.Length + 2 * Parcel.LongestEntity)
            .Text(parcel.Entity, Parcel.LongestEntity).Int((int)parcel.Shipment).Int((int)(parcel.Shipment >> 32))
            .Int(parcel.Index).Int(parcel.Count).Array(parcel.Bytes.Span);
        return writer.ToArray();
    }

    /// <exception cref="FormatException">The bytes are not a whole parcel of a known form.</exception>
    internal static Parcel Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes, Tag, "a parcel");
        var entity = reader.Text(Parcel.LongestEntity);
        var shipment = (uint)reader.Int() | (long)reader.Int() << 32;
        var (index, count, piece) = (reader.Int(), reader.Int(), reader.Array<byte>());
        reader.End();
        return count is > 0 and <= MostPieces && index >= 0 && index < count && piece.Length <= Parcel.LargestPiece ? new Parcel(entity, shipment, index, count, piece)
            : throw new FormatException($"A parcel is piece {index} of {count} and has {piece.Length} bytes; a message has at most {MostPieces} pieces of {Parcel.LargestPiece} bytes.");
    }
}
