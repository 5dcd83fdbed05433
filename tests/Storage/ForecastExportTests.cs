using LedCluster.Domain.Runs;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Storage.Tests;

public sealed class ForecastExportTests : IDisposable
{
    private const string Check = """
        import sys, numpy as np, xarray as xr
        whole, part = (xr.open_zarr(path) for path in sys.argv[1:3])
        half, saved, compressed = (word == 'True' for word in sys.argv[3:])
        assert dict(part.sizes) == dict(member=3, time=5, x=3), part.sizes
        assert list(part.member.values) == [0, 2, 3] and np.allclose(part.time, [.5, 1.25, 2, 2.75, 3.5]) and part.time.attrs['units'] == 's'
        assert list(part.phase.values) == [whole.phase.values[f] for f in (2, 5, 8, 11, 14)] and 'phase' in part.coords
        assert np.array_equal(part.mu, whole.mu[[0, 2, 3]]) and np.array_equal(part.x0, whole.x0[[0, 2, 3]]) and 'mu' in part.coords
        assert list(part.failed_leg.values) == [-1, -1, 2] and 'u' not in part and part['höhe'].attrs['units'] == '1'
        z = whole.latents.values[[0, 2, 3]][:, [2, 5, 8, 11, 14]]
        expected = (z[..., :1] * np.arange(4, 7, dtype='f4') + z[..., 1:])
        if saved:
            assert np.array_equal(expected, whole['höhe'].values[[0, 2, 3]][:, [2, 5, 8, 11, 14]], equal_nan=True)
        assert part['höhe'].dtype == ('f2' if half else 'f4') and np.array_equal(part['höhe'].values, expected.astype(part['höhe'].dtype), equal_nan=True)
        assert np.array_equal(part.total.values, whole.total.values[[0, 2, 3]][:, [2, 5, 8, 11, 14]], equal_nan=True)
        assert (part['höhe'].encoding['compressor'] is not None) == compressed
        if not half:  # which netCDF does not have
            part.to_netcdf(sys.argv[2] + '.nc')
        """;

    private readonly TemporaryDirectory temporary = new();

    public void Dispose() => temporary.Dispose();

    [Theory]
    [InlineData(SaveRule.Fields, false, false)]
    [InlineData(SaveRule.Latent, true, true)]
    public void A_part_is_what_stands_in_the_whole(SaveRule save, bool half, bool compressed)
    {
        var run = new ToyRun(save);
        using var recorder = run.Open(temporary["r"]);
        run.Finish(recorder, size: 2);
        var part = new ForecastPart { Members = [0, 2, 3], Frames = [2, 5, 8, 11, 14], Channels = [1], Half = half, Compressed = compressed };
        ForecastExport.Write(recorder.Output, run.Decoder, part, temporary["part.zarr"], _ => { }, CancellationToken.None);
        Python.Run(Check, Path.Combine(temporary["r"], "output.zarr"), temporary["part.zarr"], $"{half}", $"{save == SaveRule.Fields}", $"{compressed}");
    }

    [Fact]
    public void Numbers_beyond_float16_are_refused_and_missing_ones_are_not()
    {
        var coding = new Zarr.ChunkCoding(half: true, compressed: false);
        Assert.Contains("70000 is beyond float16", Assert.Throws<ArgumentException>(() => coding.Encode([1, 70000])).Message);
        Assert.Equal([0x00, 0x3c, 0x00, 0xfe], coding.Encode([1, float.NaN]));
    }
}
