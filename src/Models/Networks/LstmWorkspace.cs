using static TorchSharp.torch;

namespace LedCluster.Models.Networks;

/// <summary>
/// Memory for the sequences of an LSTM in training, kept from one step to the next: a fresh half gigabyte each time would cost
/// more in page faults than what is computed in it.
/// </summary>
internal sealed class LstmWorkspace : IDisposable
{
    private readonly HashSet<Tensor> all = new(ReferenceEqualityComparer.Instance), free = new(ReferenceEqualityComparer.Instance); // tensors are equal by content

    /// <summary>Numbers that may have any value, [at least <paramref name="count"/>], until they are returned.</summary>
    public Tensor Rent(long count, ScalarType type)
    {
        if (free.Where(buffer => buffer.numel() >= count && buffer.dtype == type).MinBy(buffer => buffer.numel()) is { } fitting)
        {
            free.Remove(fitting);
            return fitting;
        }
        foreach (var small in free) // sequences have got longer
        {
            all.Remove(small);
            small.Dispose();
        }
        free.Clear();
        var made = empty([count], type).DetachFromDisposeScope();
        all.Add(made);
        return made;
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(Tensor buffer) => free.Add(buffer);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var buffer in all)
            buffer.Dispose();
    }
}
