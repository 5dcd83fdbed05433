using System.Runtime.InteropServices;

namespace LedCluster.Torch;

internal static unsafe partial class Native
{
    [LibraryImport(Library)] internal static partial int led_grad_enabled();
    [LibraryImport(Library)] internal static partial void led_set_grad_enabled(int enabled);
    [LibraryImport(Library)] internal static partial int led_requires_grad(nint a);
    [LibraryImport(Library)] internal static partial int led_is_leaf(nint a);
    [LibraryImport(Library)] internal static partial int led_set_requires_grad(nint a, int value);
    [LibraryImport(Library)] internal static partial int led_backward(nint a, nint gradient, int retain_graph, int create_graph);
    [LibraryImport(Library)] internal static partial int led_grad(nint a, nint* gradient);
    [LibraryImport(Library)] internal static partial int led_set_grad(nint a, nint gradient);
    [LibraryImport(Library)] internal static partial int led_forget_grads(nint* tensors, long count);
    [LibraryImport(Library)] internal static partial nint led_detach(nint a);
    [LibraryImport(Library)] internal static partial int led_set_data(nint a, nint b);

    [LibraryImport(Library)] internal static partial nint led_linear(nint input, nint weight, nint bias);
    [LibraryImport(Library)] internal static partial int led_lstm_cell(nint input, nint h, nint c, nint w_ih, nint w_hh, nint b_ih, nint b_hh, nint* next_h, nint* next_c);
    [LibraryImport(Library)] internal static partial nint led_gru_cell(nint input, nint h, nint w_ih, nint w_hh, nint b_ih, nint b_hh);
    [LibraryImport(Library)] internal static partial nint led_mse_loss(nint input, nint target, long reduction);
    [LibraryImport(Library)] internal static partial nint led_conv1d(nint input, nint weight, nint bias, long stride, long padding);
    [LibraryImport(Library)] internal static partial nint led_avg_pool1d(nint a, long kernel, long stride);
    [LibraryImport(Library)] internal static partial nint led_pad_constant(nint a, long* pad, long count, double value);
    [LibraryImport(Library)] internal static partial nint led_pad_circular(nint a, long* pad, long count);
    [LibraryImport(Library)] internal static partial nint led_upsample_linear1d(nint a, long size, int align_corners);
    [LibraryImport(Library)] internal static partial int led_orthogonal(nint a, double gain);
    [LibraryImport(Library)] internal static partial int led_clip_grad_norm(nint* tensors, long count, double max_norm, double p, double* total);
    [LibraryImport(Library)] internal static partial int led_adam_step(nint* parameters, nint* first, nint* second, long* steps, long count, double lr, double beta1, double beta2, double eps, double weight_decay);
}
