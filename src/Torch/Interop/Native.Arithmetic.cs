using System.Runtime.InteropServices;
using TorchSharp;

namespace LedCluster.Torch;

internal static unsafe partial class Native
{
    [LibraryImport(Library)] internal static partial nint led_neg(nint a);
    [LibraryImport(Library)] internal static partial nint led_reciprocal(nint a);
    [LibraryImport(Library)] internal static partial nint led_tanh(nint a);
    [LibraryImport(Library)] internal static partial nint led_sigmoid(nint a);
    [LibraryImport(Library)] internal static partial nint led_relu(nint a);
    [LibraryImport(Library)] internal static partial nint led_exp(nint a);
    [LibraryImport(Library)] internal static partial nint led_log(nint a);
    [LibraryImport(Library)] internal static partial nint led_sqrt(nint a);
    [LibraryImport(Library)] internal static partial nint led_square(nint a);
    [LibraryImport(Library)] internal static partial nint led_abs(nint a);
    [LibraryImport(Library)] internal static partial nint led_min(nint a);
    [LibraryImport(Library)] internal static partial nint led_max(nint a);

    [LibraryImport(Library)] internal static partial nint led_add(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint led_sub(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint led_mul(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint led_div(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint led_maximum(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint led_minimum(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint led_matmul(nint a, nint b);
    [LibraryImport(Library)] internal static partial nint led_mm(nint a, nint b);

    [LibraryImport(Library)] internal static partial nint led_add_number(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial nint led_sub_number(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial nint led_rsub_number(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial nint led_mul_number(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial nint led_div_number(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial nint led_pow_number(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial nint led_celu_number(nint a, Scalar b);

    [LibraryImport(Library)] internal static partial nint led_addmm(nint a, nint b, nint c, double beta, double alpha);
    [LibraryImport(Library)] internal static partial nint led_clamp(nint a, Scalar* low, Scalar* high);
    [LibraryImport(Library)] internal static partial nint led_sum(nint a, long* dims, long count, int keep, Placement at);
    [LibraryImport(Library)] internal static partial nint led_mean(nint a, long* dims, long count, int keep, Placement at);

    [LibraryImport(Library)] internal static partial int led_add_inplace(nint a, nint b, Scalar alpha);
    [LibraryImport(Library)] internal static partial int led_add_number_inplace(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial int led_sub_inplace(nint a, nint b, Scalar alpha);
    [LibraryImport(Library)] internal static partial int led_sub_number_inplace(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial int led_mul_inplace(nint a, nint b);
    [LibraryImport(Library)] internal static partial int led_mul_number_inplace(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial int led_div_inplace(nint a, nint b);
    [LibraryImport(Library)] internal static partial int led_div_number_inplace(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial int led_addcmul_inplace(nint a, nint b, nint c, Scalar value);
    [LibraryImport(Library)] internal static partial int led_addcdiv_inplace(nint a, nint b, nint c, Scalar value);
    [LibraryImport(Library)] internal static partial int led_copy_inplace(nint a, nint b);
    [LibraryImport(Library)] internal static partial int led_fill_inplace(nint a, Scalar b);
    [LibraryImport(Library)] internal static partial int led_uniform_inplace(nint a, double low, double high);
    [LibraryImport(Library)] internal static partial int led_normal_inplace(nint a, double mean, double std);
}
