using System.Runtime.InteropServices;
using TorchSharp;

namespace LedCluster.Torch;

internal static unsafe partial class Native
{
    [LibraryImport(Library)] internal static partial nint led_empty(long* shape, long rank, Placement at);
    [LibraryImport(Library)] internal static partial nint led_full(long* shape, long rank, Scalar value, Placement at);
    [LibraryImport(Library)] internal static partial nint led_rand(long* shape, long rank, Placement at);
    [LibraryImport(Library)] internal static partial nint led_randn(long* shape, long rank, Placement at);
    [LibraryImport(Library)] internal static partial nint led_arange(Scalar start, Scalar stop, Scalar step, Placement at);
    [LibraryImport(Library)] internal static partial nint led_from_memory(void* data, long* shape, long rank, int source, Placement at);
    [LibraryImport(Library)] internal static partial nint led_zeros_like(nint a);
    [LibraryImport(Library)] internal static partial nint led_ones_like(nint a);

    [LibraryImport(Library)] internal static partial void led_release(nint a);
    [LibraryImport(Library)] internal static partial long led_dim(nint a);
    [LibraryImport(Library)] internal static partial long led_numel(nint a);
    [LibraryImport(Library)] internal static partial int led_dtype(nint a);
    [LibraryImport(Library)] internal static partial void led_shape(nint a, long* shape);
    [LibraryImport(Library)] internal static partial void led_device(nint a, int* type, int* index);
    [LibraryImport(Library)] internal static partial int led_item(nint a, double* real, long* integer);
    [LibraryImport(Library)] internal static partial int led_read(nint a, void* target, long first, long count);
    [LibraryImport(Library)] internal static partial int led_write(nint a, void* source, long first, long count);
    [LibraryImport(Library)] internal static partial nint led_to(nint a, Placement at, int copy);
    [LibraryImport(Library)] internal static partial nint led_clone(nint a);
    [LibraryImport(Library)] internal static partial nint led_contiguous(nint a);
    [LibraryImport(Library)] internal static partial int led_is_contiguous(nint a);

    [LibraryImport(Library)] internal static partial nint led_t(nint a);
    [LibraryImport(Library)] internal static partial nint led_transpose(nint a, long dim0, long dim1);
    [LibraryImport(Library)] internal static partial nint led_reshape(nint a, long* shape, long rank);
    [LibraryImport(Library)] internal static partial nint led_view(nint a, long* shape, long rank);
    [LibraryImport(Library)] internal static partial nint led_expand(nint a, long* shape, long rank);
    [LibraryImport(Library)] internal static partial nint led_unsqueeze(nint a, long dim);
    [LibraryImport(Library)] internal static partial nint led_squeeze(nint a);
    [LibraryImport(Library)] internal static partial nint led_squeeze_dim(nint a, long dim);
    [LibraryImport(Library)] internal static partial nint led_narrow(nint a, long dim, long start, long length);
    [LibraryImport(Library)] internal static partial nint led_select(nint a, long dim, long index);
    [LibraryImport(Library)] internal static partial nint led_index_select(nint a, long dim, nint index);
    [LibraryImport(Library)] internal static partial nint led_cat(nint* tensors, long count, long dim);
    [LibraryImport(Library)] internal static partial nint led_stack(nint* tensors, long count, long dim);
    [LibraryImport(Library)] internal static partial long led_chunk(nint a, long chunks, long dim, nint* pieces);
}
