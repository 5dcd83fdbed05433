using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Modules in order, named "0", "1", ...</summary>
/// <typeparam name="T">What the modules are.</typeparam>
public sealed class ModuleList<T> : nn.Module, IReadOnlyList<T> where T : nn.Module
{
    private readonly List<T> list = [];

    /// <summary>A list of these modules.</summary>
    public ModuleList(params T[] modules)
        : base("ModuleList")
    {
        foreach (var module in modules)
            Add(module);
    }

    /// <summary>How many modules there are.</summary>
    public int Count => list.Count;

    /// <summary>The module at a position.</summary>
    public T this[int index] => list[index];

    /// <summary>Adds a module at the end.</summary>
    public void Add(T item)
    {
        register_module(list.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), item);
        list.Add(item);
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => list.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
