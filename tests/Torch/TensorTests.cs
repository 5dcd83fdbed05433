using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace LedCluster.Torch.Tests;

public sealed class TensorTests
{
    [Fact]
    public void A_shape_that_does_not_fit_says_so()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ExternalException>(() => ones(2, 3).matmul(ones(2, 3)));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", error.Message);
        Assert.DoesNotContain("frame #", error.Message);
        Assert.Contains("size of tensor a (2)", Assert.Throws<ExternalException>(() => ones(2) + ones(3)).Message);
        Assert.Throws<ExternalException>(() => ones(2).add_(ones(3)));
        Assert.Throws<ExternalException>(() => ones(2).chunk(2, 5));
        Assert.Throws<ExternalException>(() => ones(2).item<float>());
        Assert.Throws<ExternalException>(() => ones(2).backward());
        Assert.Throws<ExternalException>(() => nn.LSTMCell(2, 3).forward(ones(1, 5)));
        Assert.Throws<ExternalException>(() => cat([]));
        Assert.Contains("takes 6 numbers, got 2", Assert.Throws<ArgumentException>(() => tensor([1f, 2f], [2, 3])).Message);
    }

    [Fact]
    public void Errors_leave_no_tensor_behind()
    {
        using var a = ones(2);
        using var b = ones(3);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        Assert.Throws<ExternalException>(() => a * b);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Types_are_those_of_the_numbers_unless_stated()
    {
        Assert.Equal(ScalarType.Float32, tensor(1f).dtype);
        Assert.Equal(ScalarType.Float64, tensor(1.0).dtype);
        Assert.Equal(ScalarType.Int64, tensor([1L, 2L]).dtype);
        Assert.Equal(ScalarType.Float32, tensor([1.0, 2.0], dtype: float32).dtype);
        Assert.Equal(ScalarType.Float32, zeros(2).dtype);
        Assert.Equal(ScalarType.Int64, arange(5).dtype);
        Assert.Equal(ScalarType.Int64, (arange(5) * 2).dtype);
        Assert.Equal(ScalarType.Float32, (tensor(1f) * 2.5).dtype);
    }

    [Fact]
    public void Numbers_go_in_and_come_out_in_row_major_order()
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(new[,] { { 1f, 2f, 3f }, { 4f, 5f, 6f } });
        Assert.Equal([2, 3], matrix.shape);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], matrix.data<float>().ToArray());
        var turned = matrix.t();
        Assert.False(turned.is_contiguous());
        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], turned.data<float>().ToArray());

        turned.data<float>().CopyFrom([9f, 8f], tensorIndex: 1);
        Assert.Equal([1f, 8f, 3f, 9f, 5f, 6f], matrix.data<float>().ToArray());

        var part = new float[4];
        matrix.data<float>().CopyTo(part, arrayIndex: 1, tensorIndex: 3);
        Assert.Equal([0f, 9f, 5f, 6f], part);
        Assert.Throws<ArgumentException>(() => matrix.data<float>().CopyTo(part));
        Assert.Throws<InvalidOperationException>(() => matrix.data<double>());
    }

    [Fact]
    public void One_number_comes_out_as_what_it_is()
    {
        Assert.Equal(0.1f, tensor(0.1f).item<float>());
        Assert.Equal(0.1, tensor(0.1).item<double>());
        Assert.Equal(long.MaxValue - 1, tensor(long.MaxValue - 1).item<long>());
        Assert.Equal(-3, tensor(-3L).to(int32).item<int>());
        Assert.Equal(2.5f, tensor(2.5).ToSingle());
        Assert.Equal(7.0, tensor(7L).ToDouble());
        Assert.Equal(2L, tensor(2.9).ToInt64());
        Assert.Contains("item<float>()", Assert.Throws<ArgumentException>(() => tensor(1f).item<double>()).Message);
    }

    [Fact]
    public void In_place_forms_change_their_tensor()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, 2.0]);
        var y = tensor([3.0, 5.0]);
        Assert.Same(x, x.add_(y, 2).mul_(2).sub_(4.0)); // 2 (x + 2y) − 4 = [10, 20]
        Assert.Equal([10.0, 20.0], x.data<double>().ToArray());
        x.addcmul_(y, y, 0.5).addcdiv_(y, y).div_(y).sub_(y); // (x + y²/2 + 1)/y − y
        Assert.Equal([15.5 / 3 - 3, 33.5 / 5 - 5], x.data<double>().ToArray());
        Assert.Equal([0.0, 0.0], x.zero_().data<double>().ToArray());
        Assert.Equal([3.0, 5.0], x.fill_(7).copy_(y).mul_(ones_like(y)).data<double>().ToArray());
    }

    [Fact]
    public void Random_numbers_follow_the_seed()
    {
        manual_seed(5);
        var (first, normal) = (rand(4).data<float>().ToArray(), randn(4).data<float>().ToArray());
        manual_seed(5);
        Assert.Equal(first, rand(4).data<float>().ToArray());
        Assert.Equal(normal, randn(4).data<float>().ToArray());
        Assert.NotEqual(first, rand(4).data<float>().ToArray());
    }

    [Theory, InlineData("cpu", "cpu"), InlineData("cuda", "cuda"), InlineData("cuda:1", "cuda:1")]
    public void Devices_have_names(string name, string expected) => Assert.Equal(expected, device(name).ToString());

    [Theory, InlineData("gpu"), InlineData("cuda:x"), InlineData("1"), InlineData("")]
    public void A_device_without_such_a_name_lists_those_there_are(string name) =>
        Assert.Contains("\"cuda:N\"", Assert.Throws<ArgumentException>(() => device(name)).Message);

    [Fact]
    public void A_tensor_describes_itself()
    {
        using var x = zeros(2, 3);
        Assert.Equal("[2x3], type = Float32, device = cpu", x.ToString());
        Assert.Equal((2, 6, 3), (x.dim(), x.numel(), x.size(-1)));
    }

    [Fact]
    public void The_probe_finds_the_library_and_names_the_blas()
    {
        var status = NativeLibraryStatus.Probe();
        Assert.True(status.Found, status.Note);
        Assert.EndsWith("libledtorch.so", status.Path);
        Assert.Matches(@"^\d+\.\d+", status.LibtorchVersion);
        Assert.StartsWith("BLAS: ", status.Note);
    }
}
