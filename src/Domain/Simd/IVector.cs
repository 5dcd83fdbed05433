namespace LedCluster.Domain.Simd;

/// <summary>
/// As many numbers as a vector register of the machine holds. Kernels that are written for any such vector keep to the registers
/// that there are: an array of twice the width would be twice as many.
/// </summary>
/// <remarks>Every operation is that of the lanes, so that results have the same bits at any width.</remarks>
/// <typeparam name="TSelf">The vector.</typeparam>
/// <typeparam name="T">Float or double.</typeparam>
public unsafe interface IVector<TSelf, T>
    where TSelf : unmanaged, IVector<TSelf, T>
    where T : unmanaged
{
    /// <summary>Numbers in it.</summary>
    static abstract int Count { get; }

    /// <summary>Reads the numbers that lie from here on.</summary>
    static abstract TSelf Load(T* from);

    /// <summary>The same number in all lanes.</summary>
    static abstract TSelf Of(T value);

    /// <summary>Writes the numbers from here on.</summary>
    void Store(T* to);

    /// <summary>ab + c, rounded once.</summary>
    static abstract TSelf Fused(TSelf a, TSelf b, TSelf c);

    /// <summary>ab + c, rounded once, where the numbers b lie from here on: one instruction with the load, which is two if it stands alone.</summary>
    static abstract TSelf Fused(TSelf a, T* b, TSelf c);

    /// <summary>The greater one; where y is NaN, NaN.</summary>
    static abstract TSelf Max(TSelf x, TSelf y);

    /// <summary>The smaller one; where y is NaN, NaN.</summary>
    static abstract TSelf Min(TSelf x, TSelf y);

    /// <summary>x where it is positive, otherwise y.</summary>
    static abstract TSelf Positive(TSelf x, TSelf y);

    /// <summary>2ⁿ, where two float numbers differ by n in the unit of their last place.</summary>
    static abstract TSelf PowerOfTwo(TSelf a, TSelf b);

    /// <summary>Reads as many float numbers as the vector holds double ones, which this must be of.</summary>
    static abstract TSelf Widened(float* from);

    /// <summary>√x.</summary>
    static abstract TSelf Sqrt(TSelf x);

    /// <summary>A mask, all bits of a lane set, where x is greater than y.</summary>
    static abstract TSelf Greater(TSelf x, TSelf y);

    /// <summary>x where the mask is set, otherwise y.</summary>
    static abstract TSelf Select(TSelf mask, TSelf x, TSelf y);

    /// <summary>a + b.</summary>
    static abstract TSelf operator +(TSelf a, TSelf b);

    /// <summary>−x.</summary>
    static abstract TSelf operator -(TSelf x);

    /// <summary>a − b.</summary>
    static abstract TSelf operator -(TSelf a, TSelf b);

    /// <summary>ab.</summary>
    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>a/b.</summary>
    static abstract TSelf operator /(TSelf a, TSelf b);
}

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
