namespace LedCluster.Host.Tests;

/// <summary>Outputs and exported parts as others open them: with plain Zarr, xarray and netCDF4, from disk and over HTTP, lazily.</summary>
public sealed class ReaderTests(Workplace place) : IClassFixture<Workplace>
{
    private const string Script = """
        import sys, urllib.error, urllib.request
        from collections.abc import MutableMapping
        import netCDF4, numpy as np, xarray as xr, zarr

        class Remote(MutableMapping):
            'A Zarr store over HTTP, as fsspec makes one, which counts what is asked for.'
            def __init__(self, url): self.url, self.asked = url, []
            def __getitem__(self, key):
                self.asked.append(key)
                try:
                    return urllib.request.urlopen(self.url + '/' + key).read()
                except urllib.error.HTTPError as error:
                    assert error.code == 404, error
                    raise KeyError(key)
            def __contains__(self, key):
                try: self[key]
                except KeyError: return False
                return True
            def __iter__(self): raise NotImplementedError
            def __len__(self): raise NotImplementedError
            def __setitem__(self, key, value): raise NotImplementedError
            def __delitem__(self, key): raise NotImplementedError

        path, url, precision = sys.argv[1:]
        plain = zarr.open_consolidated(path, mode='r')
        assert plain.u.shape == (3, 61, 101) and plain.u.dtype == precision and plain.attrs['host'] in plain.attrs['history']
        assert sorted(plain.array_keys()) == sorted(zarr.open_group(path, mode='r').array_keys())
        whole = {name: array[...] for name, array in plain.arrays()}
        assert np.isfinite(whole['u']).all()
        with xr.open_zarr(path) as ds:
            for name, values in whole.items():
                assert np.array_equal(ds[name].values, values, equal_nan=True), name
            assert ds.u.dims == ('member', 'time', 'x') and ds.time.attrs['units'] and ds.attrs['history'] == plain.attrs['history']
            ds.to_netcdf(path + '.nc', engine='netcdf4')
        with netCDF4.Dataset(path + '.nc') as nc:
            assert nc.history == plain.attrs['history'] and nc['u'].dimensions == ('member', 'time', 'x') and nc['u'].units == plain.u.attrs['units']
            nc.set_auto_mask(False)
            assert all(np.array_equal(nc[name][...], values, equal_nan=True) for name, values in whole.items())
        if url:
            store = Remote(url)
            with xr.open_zarr(store) as ds:
                data = lambda: [key for key in store.asked if key.startswith('u/') and '/.' not in key]
                assert not data(), data()  # nothing of the fields is read before it is asked for
                assert np.array_equal(ds.u[1, 10].values, whole['u'][1, 10])
                chunk = plain.u.chunks
                assert data() == [f'u/{1 // chunk[0]}.{10 // chunk[1]}.0'], data()
                assert np.array_equal(ds.u.values, whole['u'])
            assert np.array_equal(zarr.open_consolidated(Remote(url), mode='r').v[2], whole['v'][2])
        """;

    private static readonly string[] Forecast = ["fhn", "--members", "3", "--t-final", "60", "--t-warm", "20", "--t-macro", "20", "--t-micro", "5"];

    [Fact]
    public void A_runs_output_is_read_from_disk_and_over_HTTP()
    {
        using var service = new LedService(place.Fresh());
        var run = (string)service.Remote(["submit", .. Forecast])["run"]!;
        service.WaitFor(run, "finished");
        Read(Path.Combine(service.Runs, run, "output.zarr"), $"{service.Url}/runs/{run}/output.zarr", "<f4");
    }

    [Fact]
    public void Float64_and_exported_parts_are_read_too()
    {
        var (run, part, compressed) = (place.Fresh(), place.Fresh(".zarr"), place.Fresh(".zarr"));
        Led.Json(["forecast", .. Forecast, "--precision", "float64", "--model", place.Model, "--run", run]);
        Read(Path.Combine(run, "output.zarr"), "", "<f8");
        Led.Json("export", run, "--out", part);
        Read(part, "", "<f4");
        Led.Json("export", run, "--out", compressed, "--compress");
        Read(compressed, "", "<f4");
        Assert.True(Size(compressed) < Size(part));

        static long Size(string store) => new DirectoryInfo(Path.Combine(store, "u")).EnumerateFiles().Sum(file => file.Length);
    }

    private void Read(string store, string url, string precision)
    {
        var script = place.Fresh(".py");
        File.WriteAllText(script, Script);
        var outcome = Led.Shell($"/usr/bin/python3 -W error::RuntimeWarning {script} {store} '{url}' '{precision}'");
        Assert.True(outcome.Code == 0, outcome.Errors);
    }
}
