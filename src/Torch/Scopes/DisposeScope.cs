using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>
/// Owns the tensors made on its thread while it is the innermost scope, and disposes of them when it ends,
/// except those moved out or detached. Any thread may dispose of a tensor or move it; scopes nest per thread.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope? current;

    private readonly Lock gate = new();
    private readonly List<Tensor> tensors = [];
    private readonly int thread = Environment.CurrentManagedThreadId;
    private DisposeScope? outer;
    private volatile bool ended;

    internal DisposeScope()
    {
        outer = Current;
        current = this;
    }

    /// <summary>How many tensors the scope would dispose of now.</summary>
    public int DisposablesCount
    {
        get
        {
            lock (gate)
                return tensors.Count;
        }
    }

    /// <summary>The innermost scope of this thread that has not ended; scopes ended by other threads are passed over.</summary>
    internal static DisposeScope? Current
    {
        get
        {
            while (current is { ended: true } stale)
                current = stale.outer;
            return current;
        }
    }

    /// <summary>Whether the scope would dispose of this tensor.</summary>
    public bool Contains(IDisposable disposable) => disposable is Tensor tensor && tensor.Scope == this;

    /// <summary>Takes charge of a tensor, from whatever scope had it.</summary>
    public void Attach(IDisposable disposable) => Move(disposable, this);

    /// <summary>Leaves a tensor to its holder: no scope disposes of it any more.</summary>
    public T Detach<T>(T disposable) where T : IDisposable => Move(disposable, null);

    /// <summary>Hands a tensor to the scope around this one, or to its holder if there is none.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable => Move(disposable, Outer);

    /// <summary>Hands a tensor to another scope, or to its holder if that is null.</summary>
    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable => Move(disposable, scope);

    /// <summary>Disposes of everything held so far; the scope goes on.</summary>
    public void DisposeEverything()
    {
        Tensor[] held;
        lock (gate)
        {
            held = [.. tensors];
            foreach (var tensor in held)
                tensor.Scope = null;
            tensors.Clear();
        }

        foreach (var tensor in held)
            tensor.Dispose();
    }

    /// <summary>Ends the scope and disposes of everything it still holds.</summary>
    public void Dispose()
    {
        if (ended)
            return;
        ended = true;
        DisposeEverything();
        if (thread == Environment.CurrentManagedThreadId)
            Unlink();
    }

    /// <summary>Starts to own a tensor that no scope owns.</summary>
    internal void Include(Tensor tensor)
    {
        lock (gate)
        {
            tensor.Scope = this;
            tensor.ScopeIndex = tensors.Count;
            tensors.Add(tensor);
        }
    }

    /// <summary>Ceases to own a tensor: the last one takes its place, so that this costs the same however many there are.</summary>
    internal void Exclude(Tensor tensor)
    {
        lock (gate)
        {
            if (tensor.Scope != this)
                return;
            var last = tensors[^1];
            tensors[tensor.ScopeIndex] = last;
            last.ScopeIndex = tensor.ScopeIndex;
            tensors.RemoveAt(tensors.Count - 1);
            tensor.Scope = null;
        }
    }

    private DisposeScope? Outer
    {
        get
        {
            var around = outer;
            while (around is { ended: true })
                around = around.outer;
            return around;
        }
    }

    internal static T Move<T>(T disposable, DisposeScope? target) where T : IDisposable
    {
        if (disposable is not Tensor tensor)
            throw new ArgumentException($"A dispose scope holds tensors, not {disposable?.GetType().Name ?? "null"}.", nameof(disposable));
        tensor.Scope?.Exclude(tensor);
        target?.Include(tensor);
        return disposable;
    }

    internal static void MoveOut(Tensor tensor)
    {
        if (tensor.Scope is { } scope)
            Move(tensor, scope.Outer);
    }

    private void Unlink()
    {
        if (current == this)
        {
            current = outer;
            return;
        }

        for (var inner = current; inner is not null; inner = inner.outer)
        {
            if (inner.outer == this)
            {
                inner.outer = outer;
                return;
            }
        }
    }
}
