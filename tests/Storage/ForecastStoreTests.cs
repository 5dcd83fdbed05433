using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Storage.Tests;

public sealed class ForecastStoreTests : IDisposable
{
    private const string Check = """
        import sys, numpy as np, xarray as xr
        ds = xr.open_zarr(sys.argv[1])
        saved = sys.argv[2] == 'Fields'
        assert dict(ds.sizes) == dict(member=5, time=17, channel=2, x=3, latent=2, leg=6, quantile=5), ds.sizes
        assert list(ds.channel.values) == ['u', 'höhe'] and ds.channel.dtype.kind == 'U'
        assert ds.time.dtype == 'f8' and ds.time.attrs['units'] == 's' and np.allclose(ds.time, np.arange(17) * 0.25)
        assert ds.x.attrs['units'] == 'm' and np.allclose(ds.x, [0, .5, 1]) and ds.x.attrs['long_name'] == 'position'
        assert np.allclose(ds['quantile'], [.05, .25, .5, .75, .95])
        assert ds.phase.dtype == 'i1' and ''.join(map(str, ds.phase.values)) == '00011112211112211', ds.phase.values
        assert ds.phase.attrs['flag_meanings'] == 'warm_up macro micro' and ds.phase.attrs['flag_values'] == [0, 1, 2]
        assert list(ds.leg_phase.values) == [0, 1, 2, 1, 2, 1][:6] and list(ds.leg_first_frame.values) == [0, 3, 7, 9, 13, 15]
        assert np.allclose(ds.leg_first_time, ds.leg_first_frame * 0.25)
        assert list(ds.member.values) == [0, 1, 2, 3, 4] and ds.member.dtype == 'i4'
        assert list(ds.failed.values) == [0, 0, 0, 1, 0] and ds.failed.dtype == 'i1', ds.failed.values
        assert list(ds.failed_leg.values) == [-1, -1, -1, 2, -1] and ds.failed_leg.dtype == 'i4'
        z = np.array([[[1 + m + f * .125, 1 - m * f * .0625] for f in range(17)] for m in range(5)], 'f4')
        z[3, 7:] = np.nan
        assert ds.latents.dtype == 'f4' and np.array_equal(ds.latents.values, z, equal_nan=True), ds.latents.values[3]
        u = (z[..., :1] * np.arange(1, 7, dtype='f4') + z[..., 1:]).reshape(5, 17, 2, 3)
        assert ('fields' in ds) == saved
        if saved:
            assert ds.fields.dims == ('member', 'time', 'channel', 'x') and ds.fields.dtype == 'f4' and ds.fields.attrs['units'] == '1'
            assert np.array_equal(ds.fields.values, u, equal_nan=True)
        alive = np.delete(u, 3, 0).astype('f8')
        assert ds['mean'].dims == ('time', 'channel', 'x')
        assert np.array_equal(ds['mean'].values, alive.mean(0)), abs(ds['mean'].values - alive.mean(0)).max()
        assert np.allclose(ds['std'].values, alive.std(0, ddof=1), rtol=1e-12)
        assert np.array_equal(ds.minimum, alive.min(0)) and np.array_equal(ds.maximum, alive.max(0))
        q = np.quantile(alive, ds['quantile'].values, axis=0)
        assert ds.quantiles.dims == ('quantile', 'time', 'channel', 'x')
        assert (abs(ds.quantiles.values - q) <= (alive.max(0) - alive.min(0)) / 256 + 1e-6).all()
        r = ds.trust_reconstruction.values
        assert np.isnan(r[:, [1, 3, 5]]).all() and np.isnan(r[3, 2:]).all() and np.allclose(r[4, [0, 2, 4]], .4)
        assert np.isnan(ds.trust_excess.values[3, 2:]).all() and np.allclose(ds.trust_excess.values[0], range(6))
        assert ds.attrs['seed'] == str(2**64 - 1) and 'CF' in ds.attrs['Conventions']
        """;

    private readonly TemporaryDirectory temporary = new();

    [Theory]
    [InlineData(SaveRule.Fields)]
    [InlineData(SaveRule.Latent)]
    public void Xarray_reads_a_finished_run_without_options(SaveRule save)
    {
        var run = new ToyRun(save);
        using (var recorder = run.Open(temporary["r"]))
            run.Finish(recorder, 2);
        Python.Run(Check, Path.Combine(temporary["r"], "output.zarr"), save.ToString());
    }

    [Fact]
    public void A_store_opens_with_the_layout_and_plan_it_was_made_for()
    {
        var run = new ToyRun();
        run.CreateStore(temporary["s"]).Dispose();
        using var store = ForecastStore.Open(temporary["s"]);
        Assert.Equal(ToyRun.Layout.Channels, store.Layout.Channels);
        Assert.Equal(ToyRun.Layout, store.Layout with { Channels = ToyRun.Layout.Channels });
        Assert.Equal(run.Plan, store.Plan);
        Assert.Equal((5, 17, 2, true), (store.Members, store.Frames, store.LatentSize, store.HasFields));
        Assert.Contains("exists already", Assert.Throws<IOException>(() => run.CreateStore(temporary["s"])).Message);
    }

    [Fact]
    public void What_is_written_is_read_back_and_the_rest_is_NaN()
    {
        var run = new ToyRun();
        using var store = run.CreateStore(temporary["s"]);
        var segment = run.Run(Cohort.Start([1, 2], [])).Segment;
        store.Write(segment, segment.Fields);
        var fields = new float[4 * ToyRun.Layout.Size];
        store.ReadFields(2, 0, 4, fields);
        Assert.Equal([.. ToyRun.FieldOf(2, 0), .. ToyRun.FieldOf(2, 1), .. ToyRun.FieldOf(2, 2), .. Enumerable.Repeat(float.NaN, 6)], fields);
        var latents = new float[2 * ToyRun.Latent];
        store.ReadLatents(1, 1, 2, latents);
        Assert.Equal([.. ToyRun.LatentOf(1, 1), .. ToyRun.LatentOf(1, 2)], latents);
        Assert.Equal([new Trust(0.1f, 0), .. Enumerable.Repeat(new Trust(float.NaN, float.NaN), 5)], store.ReadTrust(1));
    }

    [Fact]
    public void What_a_run_never_came_to_takes_no_file_and_reads_as_NaN()
    {
        var run = new ToyRun();
        var spec = run.Spec with { Members = 130, FinalTime = 2000 };
        using var store = ForecastStore.Create(temporary["s"], spec, ToyRun.Layout, LedCycle.Plan(spec.Schedule(ToyRun.Layout)), ToyRun.Latent);
        var size = ToyRun.Layout.Size;
        store.WriteFields(1, 0, new float[10 * size]);
        store.WriteFields(2, 0, new float[3000 * size]);
        for (var member = 3; member < spec.Members; member++)
            store.Blank(member, 0);
        Assert.Equal(["0.0.0.0", "0.1.0.0"], Directory.EnumerateFiles(Path.Combine(temporary["s"], "fields"), "*.0.0").Select(Path.GetFileName).Order());
        var all = new float[store.Frames * size];
        for (var member = 0; member < spec.Members; member++)
        {
            store.ReadFields(member, 0, store.Frames, all);
            var kept = (member == 1 ? 10 : member == 2 ? 3000 : 0) * size;
            Assert.Equal(-1, all.AsSpan(0, kept).IndexOfAnyExcept(0));
            Assert.Equal(-1, all.AsSpan(kept).IndexOfAnyExcept(float.NaN));
        }
    }

    [Fact]
    public void A_segment_that_does_not_fit_is_refused()
    {
        var run = new ToyRun(SaveRule.Latent);
        using var store = run.CreateStore(temporary["s"]);
        var segment = run.Run(Cohort.Start([1, 2], [])).Segment;
        Assert.Contains("[3, 2, 2]", Assert.Throws<ArgumentException>(() => store.Write(segment with { Latents = new float[3] }, [])).Message);
        Assert.Contains("--save fields", Assert.Throws<InvalidOperationException>(() => store.ReadFields(0, 0, 1, new float[6])).Message);
    }

    public void Dispose() => temporary.Dispose();
}
