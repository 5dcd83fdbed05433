using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Opens a scope that disposes of the tensors made inside it, on this thread.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Until disposed of, operations on this thread are not recorded for <see cref="Tensor.backward()"/>.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    /// <summary>Until disposed of, operations on this thread are recorded, or not.</summary>
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    /// <summary>Until disposed of, operations on this thread are recorded, or not.</summary>
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    /// <summary>Whether operations on this thread are recorded.</summary>
    public static bool is_grad_enabled() => Native.led_grad_enabled() != 0;

    /// <summary>Seeds libtorch's generators, on every device.</summary>
    public static void manual_seed(long seed) => Native.Check(Native.led_manual_seed(seed));

    /// <summary>How many threads one operation may use. 1 until set.</summary>
    public static void set_num_threads(int num) => Native.Check(Native.led_set_num_threads(num));

    /// <summary>How many threads one operation may use.</summary>
    public static int get_num_threads() => Native.led_get_num_threads();

    private sealed class GradMode : IDisposable
    {
        private readonly int before = Native.led_grad_enabled();
        private bool ended;

        public GradMode(bool enabled) => Native.led_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose()
        {
            if (!ended)
                Native.led_set_grad_enabled(before);
            ended = true;
        }
    }
}
