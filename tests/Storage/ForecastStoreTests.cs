using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Storage.Tests;

public sealed class ForecastStoreTests : IDisposable
{
    private const string Check = """
        import sys, numpy as np, xarray as xr
        ds = xr.open_zarr(sys.argv[1])
        saved = sys.argv[2] == 'Fields'
        assert dict(ds.sizes) == dict(member=5, time=17, x=3, latent=2, leg=6, quantile=5), ds.sizes
        assert ds.attrs['complete'] == 1 and ds.member.attrs['standard_name'] == 'realization' and 'phase' in ds.coords
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
        for c, name in enumerate(['u', 'höhe']):
            assert (name in ds) == saved
            if saved:
                assert ds[name].dims == ('member', 'time', 'x') and ds[name].dtype == 'f4' and ds[name].attrs['units'] == '1'
                assert np.array_equal(ds[name].values, u[:, :, c], equal_nan=True)
            alive = np.delete(u[:, :, c], 3, 0).astype('f8')
            mean, std, low, high, quantiles = (ds[f'{name}_ensemble_{s}'] for s in ['mean', 'std', 'minimum', 'maximum', 'quantiles'])
            assert mean.dims == ('time', 'x') and ['activator', 'height'][c] in mean.attrs['long_name']
            assert np.array_equal(mean.values, alive.mean(0)), abs(mean.values - alive.mean(0)).max()
            assert np.allclose(std.values, alive.std(0, ddof=1), rtol=1e-12)
            assert np.array_equal(low, alive.min(0)) and np.array_equal(high, alive.max(0))
            q = np.quantile(alive, ds['quantile'].values, axis=0)
            assert quantiles.dims == ('quantile', 'time', 'x')
            assert (abs(quantiles.values - q) <= (alive.max(0) - alive.min(0)) / 256 + 1e-6).all()
        r = ds.trust_reconstruction.values
        assert np.isnan(r[:, [1, 3, 5]]).all() and np.isnan(r[3, 2:]).all() and np.allclose(r[4, [0, 2, 4]], .4)
        assert np.isnan(ds.trust_excess.values[3, 2:]).all() and np.allclose(ds.trust_excess.values[0], range(6))
        assert ds.attrs['seed'] == str(2**64 - 1) and 'CF' in ds.attrs['Conventions']
        assert ds.mu.dims == ('member',) and list(ds.mu.values) == [1, 2, 3, 4, 5] and ds.mu.attrs == dict(long_name='damping', units='1/s')
        assert ((ds.x0 >= -1) & (ds.x0 <= 1)).all() and len(set(ds.x0.values)) == 5
        assert all('mu' in ds[v].coords and 'x0' in ds[v].coords for v in ['latents', 'trust_excess']), ds.coords
        total = np.array([[10 * m + f for f in range(17)] for m in range(5)], 'f4')
        total[3, 7:] = np.nan
        assert ds.total.dims == ('member', 'time') and ds.total.attrs['long_name'].startswith('sum of all') and ds.total.attrs['units'] == 'm'
        assert np.array_equal(ds.total, total, equal_nan=True) and 'mu' in ds.total.coords
        assert np.array_equal(ds.total_ensemble_mean, np.delete(total, 3, 0).mean(0)) and ds.total_ensemble_quantiles.dims == ('quantile', 'time')
        ds.to_netcdf(sys.argv[1] + '.nc')
        with xr.open_dataset(sys.argv[1] + '.nc') as copy:
            assert copy.attrs['complete'] == 1 and np.array_equal(copy.latents, ds.latents, equal_nan=True)
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
        Assert.Equal(ToyRun.Layout, store.Layout);
        Assert.False(store.IsEarlier);
        Assert.False(store.IsComplete);
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
        store.Write(segment);
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
        var plan = LedCycle.Plan(spec.Schedule(ToyRun.Layout));
        using var store = ForecastStore.Create(temporary["s"], spec, ToyRun.Layout, plan, ToyRun.Latent, new ParameterTable([], 0));
        var size = ToyRun.Layout.Size;
        store.WriteFields(1, 0, new float[10 * size]);
        store.WriteFields(2, 0, new float[6000 * size]);
        for (var member = 3; member < spec.Members; member++)
            store.Blank(member, 0);
        Assert.Equal(["0.0.0", "0.1.0"], Directory.EnumerateFiles(Path.Combine(temporary["s"], "u"), "*.0").Select(Path.GetFileName).Order());
        var all = new float[store.Frames * size];
        for (var member = 0; member < spec.Members; member++)
        {
            store.ReadFields(member, 0, store.Frames, all);
            var kept = (member == 1 ? 10 : member == 2 ? 6000 : 0) * size;
            Assert.Equal(-1, all.AsSpan(0, kept).IndexOfAnyExcept(0));
            Assert.Equal(-1, all.AsSpan(kept).IndexOfAnyExcept(float.NaN));
        }
    }

    [Fact]
    public void Fields_of_no_axes_of_planes_and_of_particles_have_dimensions_of_their_own()
    {
        FieldChannel[] pair = [new("p", "pressure", "Pa", 1), new("q", "flux", "m/s", 1)];
        FieldLayout[] layouts =
        [
            new([.. pair], [], 0.5),
            new([.. pair], [new Axis("y", 2, 0.5, -1, "m"), new Axis("x", 3, 0.25, 1, "m", Periodic: true)], 0.5),
            new([.. pair], [new Axis("particle", 4, LongName: "particle", Exchangeable: true)], 0.5),
        ];
        foreach (var (i, layout) in layouts.Index())
        {
            using (var store = ForecastStore.Create(temporary[$"s{i}"], new ToyRun().Spec, layout, new ToyRun().Plan, ToyRun.Latent, new ParameterTable([], 0)))
            {
                float[] values = [.. Enumerable.Range(0, 2 * layout.Size).Select(k => (float)k)];
                store.WriteFields(1, 3, values);
                var read = new float[values.Length];
                store.ReadFields(1, 3, 2, read);
                Assert.Equal(values, read);
            }
            using (var store = ForecastStore.Open(temporary[$"s{i}"]))
                Assert.Equal(layout, store.Layout);
        }
        Python.Run(
            """
            import sys, numpy as np, xarray as xr
            ode, plane, cloud = (xr.open_zarr(path) for path in sys.argv[1:])
            assert ode.p.dims == ('member', 'time') and list(ode.q.values[1, 3:5]) == [1, 3] and np.isnan(ode.q.values[1, 5])
            assert plane.q.dims == ('member', 'time', 'y', 'x') and plane.q.values[1, 3].tolist() == [[6, 7, 8], [9, 10, 11]]
            assert plane.y.values.tolist() == [-1, -.5] and plane.x.values.tolist() == [1, 1.25, 1.5] and plane.y.attrs['axis'] == 'Y'
            assert plane.p.attrs['units'] == 'Pa' and plane.p_ensemble_mean.dims == ('time', 'y', 'x')
            assert cloud.p.dims == ('member', 'time', 'particle') and cloud.particle.values.tolist() == [0, 1, 2, 3]
            """, [.. layouts.Select((_, i) => temporary[$"s{i}"])]);
    }

    [Theory]
    [InlineData("time")]
    [InlineData("latents")]
    [InlineData("u")]
    public void Names_of_channels_and_axes_must_be_unique_in_the_store(string axis)
    {
        var layout = new FieldLayout([new FieldChannel("u", "activator", "1", 1)], [new Axis(axis, 2)], 1);
        Assert.Contains($"'{axis}' cannot be the name", Assert.Throws<ArgumentException>(
            () => ForecastStore.Create(temporary["s"], new ToyRun().Spec, layout, new ToyRun().Plan, ToyRun.Latent, new ParameterTable([], 0))).Message);
    }

    [Fact]
    public void An_earlier_store_with_all_channels_in_one_variable_is_read_and_written()
    {
        var run = new ToyRun();
        run.CreateStore(temporary["s"]).Dispose();
        EarlierStore.Make(temporary["s"], temporary["old"]);
        using var recorder = run.Open(temporary["r"]);
        run.Finish(recorder, 2);
        using (var old = ForecastStore.Open(temporary["old"], writable: true))
        {
            Assert.True(old.IsEarlier);
            Assert.Equal(ToyRun.Layout, old.Layout);
            var fields = new float[old.Frames * ToyRun.Layout.Size];
            for (var member = 0; member < old.Members; member++)
            {
                recorder.Output.ReadFields(member, 0, old.Frames, fields);
                old.WriteFields(member, 0, fields);
            }
            old.MarkFailures(recorder.Failures);
            old.WriteStatistics(run.Decoder, new ChecksumTable(ToyRun.Members, run.Plan.Length));
            double[] expected = new double[old.Frames * ToyRun.Layout.Size], mean = new double[expected.Length];
            recorder.Output.ReadMean(0, expected);
            old.ReadMean(0, mean);
            Assert.Equal(expected, mean);
        }
        Python.Run(
            "import sys, numpy as np, xarray as xr; old, new = (xr.open_zarr(p) for p in sys.argv[1:]); " +
            "assert np.array_equal(old.fields.values[:, :, 1], new['höhe'].values, equal_nan=True)",
            temporary["old"], Path.Combine(temporary["r"], "output.zarr"));
    }

    [Fact]
    public void A_segment_that_does_not_fit_is_refused()
    {
        var run = new ToyRun(SaveRule.Latent);
        using var store = run.CreateStore(temporary["s"]);
        var segment = run.Run(Cohort.Start([1, 2], [])).Segment;
        Assert.Contains("[3, 2, 2]", Assert.Throws<ArgumentException>(() => store.Write(segment with { Latents = new float[3] })).Message);
        Assert.Contains("--save fields", Assert.Throws<InvalidOperationException>(() => store.ReadFields(0, 0, 1, new float[6])).Message);
    }

    public void Dispose() => temporary.Dispose();
}
