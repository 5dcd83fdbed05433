#!/usr/bin/env bash
# Installs what the tests need, builds everything and runs every test. Ends with "N passed, N failed".
#   ./test.sh            all tests
#   ./test.sh Domain     one project of tests/
set -euo pipefail
cd "$(dirname "$0")"

command -v dotnet >/dev/null || { echo "test.sh: the .NET SDK is missing; install .NET 10 (the version is in global.json)" >&2; exit 1; }

needed=(python3-xarray python3-zarr python3-netcdf4 openssl shellcheck systemd)
if command -v dpkg-query >/dev/null; then
    missing=()
    for package in "${needed[@]}"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    if ((${#missing[@]})); then
        echo "installing ${missing[*]}"
        sudo=""
        [ "$(id -u)" -eq 0 ] || sudo=sudo
        $sudo apt-get update -qq
        DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "${missing[@]}" >/dev/null
    fi
else
    echo "test.sh: not a Debian system; install these yourself: ${needed[*]}" >&2
fi

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# Ahead of time, as ./led does it: the tests start some hundreds of processes.
dotnet build LedCluster.sln -c Release -v q --nologo -p:CompileAhead=true "-clp:ErrorsOnly;NoSummary"
dotnet src/Host/bin/Release/net10.0/led.dll setup torch

passed=0 failed=0 skipped=0
for project in tests/*/; do
    name=$(basename "$project")
    [ -z "${1:-}" ] || [ "$1" = "$name" ] || continue
    echo "== $name"
    log=$(mktemp)
    # Errors are crashes outside a test; they count as failures.
    dotnet "$project/bin/Release/net10.0/LedCluster.$name.Tests.dll" -noColor 2>&1 | tee "$log" | grep -vE '^\s*(Discovering|Discovered|Starting|Finished):|=== TEST|^xUnit' || true
    read -r total errors bad left <<<"$(sed -nE 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*/\1 \2 \3 \4/p' "$log" | tail -1)"
    if [ -z "${total:-}" ]; then
        echo "$name crashed before its summary" >&2
        tail -20 "$log" >&2
        failed=$((failed + 1))
    else
        passed=$((passed + total - bad - left))
        skipped=$((skipped + left)) # each says in its message what this machine lacks
        failed=$((failed + bad + errors))
    fi
    rm -f "$log"
done
echo "$passed passed, $failed failed$( ((skipped == 0)) || echo ", $skipped skipped")"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
