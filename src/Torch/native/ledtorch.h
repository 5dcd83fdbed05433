// The conventions every entry point of libledtorch follows.
//
// A tensor crosses the border as an owning TensorImpl pointer: no box around it, one reference each.
// Entries that make a tensor return the handle, or null; the others return 0, or 1. After null or 1,
// led_last_error() holds the reason, per thread. No C++ exception leaves this library.
#pragma once
#include <ATen/ATen.h>
#include <cstdint>
#include <exception>
#include <optional>
#include <torch/csrc/api/include/torch/version.h>
#include <vector>

#define LED_EXPORT extern "C" __attribute__((visibility("default")))

namespace led {

// libtorch had an optional of its own before it took the standard one.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 5)
template <class T> using Optional = std::optional<T>;
#else
template <class T> using Optional = c10::optional<T>;
#endif

using Handle = c10::TensorImpl*;
using TensorPtr = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

// A number as C# passes it: two registers. kind 0 = int64, 1 = double.
struct Number {
    int64_t kind;
    union { int64_t integer; double real; };

    at::Scalar scalar() const { return kind == 0 ? at::Scalar(integer) : at::Scalar(real); }
};

// Dtype (c10 numbering, -1 = unstated), device type (0 = CPU, 1 = CUDA) and device index (-1 = current).
struct Placement {
    int32_t dtype;
    int32_t device;
    int32_t index;

    Optional<at::ScalarType> type() const {
        return dtype < 0 ? Optional<at::ScalarType>() : static_cast<at::ScalarType>(dtype);
    }
    at::Device place() const {
        return at::Device(static_cast<at::DeviceType>(device), static_cast<at::DeviceIndex>(index));
    }
    at::TensorOptions options() const {
        return at::TensorOptions().dtype(type()).device(place());
    }
};

inline at::Tensor use(Handle handle) {
    return at::Tensor(TensorPtr::unsafe_reclaim_from_nonowning(handle));
}

inline Optional<at::Tensor> use_optional(Handle handle) {
    return handle == nullptr ? Optional<at::Tensor>() : use(handle);
}

inline Handle give(at::Tensor tensor) { return tensor.unsafeReleaseTensorImpl(); }

inline std::vector<at::Tensor> use_all(const Handle* handles, int64_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int64_t i = 0; i < count; i++) tensors.push_back(use(handles[i]));
    return tensors;
}

inline at::IntArrayRef sizes(const int64_t* values, int64_t count) {
    return at::IntArrayRef(values, static_cast<size_t>(count));
}

void remember(const char* message) noexcept;
void remember_current_exception() noexcept;

template <class Body>
Handle produce(Body&& body) noexcept {
    try {
        return give(body());
    } catch (...) {
        remember_current_exception();
        return nullptr;
    }
}

template <class Body>
int32_t run(Body&& body) noexcept {
    try {
        body();
        return 0;
    } catch (...) {
        remember_current_exception();
        return 1;
    }
}

}  // namespace led
