namespace LedCluster.Domain.Simd;

/// <summary>A vector of <see cref="IVector{TSelf, T}"/> as unsigned words of 32 bits, for random numbers and for the bits of float numbers.</summary>
/// <typeparam name="TSelf">The vector.</typeparam>
public interface IWords<TSelf>
    where TSelf : unmanaged, IWords<TSelf>
{
    /// <summary>The same word in all places.</summary>
    static abstract TSelf OfWord(uint word);

    /// <summary>x + y modulo 2³².</summary>
    static abstract TSelf AddWords(TSelf x, TSelf y);

    /// <summary>x − y modulo 2³².</summary>
    static abstract TSelf SubtractWords(TSelf x, TSelf y);

    /// <summary>x shifted to the left.</summary>
    static abstract TSelf ShiftLeft(TSelf x, int bits);

    /// <summary>x shifted to the right, with zeros from the left.</summary>
    static abstract TSelf ShiftRight(TSelf x, int bits);

    /// <summary>x as signed words, shifted to the right.</summary>
    static abstract TSelf ShiftRightSigned(TSelf x, int bits);

    /// <summary>Float numbers nearest to signed words.</summary>
    static abstract TSelf ToSingle(TSelf x);

    /// <summary>Low and high word of each product.</summary>
    static abstract (TSelf Low, TSelf High) Product(TSelf x, uint factor);

    /// <summary>Bits that differ.</summary>
    static abstract TSelf operator ^(TSelf x, TSelf y);

    /// <summary>Bits that are set in both.</summary>
    static abstract TSelf operator &(TSelf x, TSelf y);
}
