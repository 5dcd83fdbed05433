#!/bin/bash
# Measures everything that needs a GPU, in this order: the available devices, the difference of models on them from managed code, rates and the
# share of time that a device is busy, the bits of a forecast by kernels, and a training compared with one on the CPU.
#   bench/gpu.sh [DEVICE [KERNELS [PART]]]
# DEVICE is a device of libtorch (cuda:0), KERNELS a device for kernels in C# (ilgpu:0); all sizes are divided by PART (1). Without a GPU:
#   bench/gpu.sh torch:cpu ilgpu:cpu 4096
# Uses LED_LIBTORCH, else the libtorch of python3's PyTorch, else that of 'led setup torch'; and the program in LED_BENCH, where bench was
# published, else builds it.
set -euo pipefail
cd "$(dirname "$0")/.."
device=${1:-cuda:0} kernels=${2:-ilgpu:0} part=${3:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

export LEDCLUSTER_STUDIES=$PWD/studies
if [ -z "${LED_LIBTORCH:-}" ] && torch=$(python3 -c 'import torch, os; print(os.path.dirname(torch.__file__))' 2>/dev/null); then
    export LED_LIBTORCH=$torch/lib
fi
if [ -z "${LED_BENCH:-}" ]; then
    dotnet build bench -c Release -v q -nologo
    LED_BENCH="dotnet bench/bin/Release/net10.0/LedCluster.Bench.dll"
fi

step() { # TITLE COMMAND...: runs a command and prints how long it took; a failure does not stop the other steps
    echo "== $1"
    shift
    local start=$SECONDS
    "$@" || { echo "FAILED with exit code $?: $*"; failed=1; }
    echo "   ($((SECONDS - start)) s)"
}

led() {
    $LED_BENCH led "$@"
}

bits() { # a forecast on the CPU and by kernels must have the same bytes
    local place
    for place in cpu "$kernels"; do
        led forecast fhn --members $((1000 / part + 8)) --t-final 400 --latent-device "$place" --run "$work/$place" --yes
    done
    diff -r -x .zattrs -x .zmetadata "$work/cpu/output.zarr" "$work/$kernels/output.zarr" && echo "the same bytes on cpu and $kernels"
}

train() { # the same shortened recipe on the CPU and on the device
    local place
    for place in cpu "${device/torch:/}"; do
        rm -rf "$work/model"
        led train fhn --device "$place" --out "$work/model" --set data.members=8 --set data.validationMembers=2 --set data.frames=400 \
            --set sequential.autoencoderFrames=200 --set sequential.autoencoderSteps=$((4000 / part + 20)) --set sequential.propagatorSteps=$((400 / part + 5)) --set sequential.polish=[] > /dev/null
        echo "$place: $(grep -oE '"(autoencoderValidationMse|propagatorValidationError|cpuSeconds)": *[0-9.eE+-]+' "$work/model/model.json" | tr '\n' ' ')"
    done
}

failed=0
step "devices" led doctor
step "libtorch on $device" $LED_BENCH gpu "$device" "$part"
step "kernels on $kernels" $LED_BENCH gpu "$kernels" "$part"
step "bits of a forecast by kernels" bits
step "training" train
exit $failed
