// Life, properties and contents of a tensor.
#include "ledtorch.h"
#include <cstring>

using namespace led;

LED_EXPORT void led_release(Handle a) {
    try { TensorPtr::reclaim(a); } catch (...) { }
}

LED_EXPORT int64_t led_dim(Handle a) { return a->dim(); }
LED_EXPORT int64_t led_numel(Handle a) { return a->numel(); }
LED_EXPORT int32_t led_dtype(Handle a) { return static_cast<int32_t>(c10::typeMetaToScalarType(a->dtype())); }

LED_EXPORT void led_shape(Handle a, int64_t* shape) {
    auto source = a->sizes();
    std::copy(source.begin(), source.end(), shape);
}

LED_EXPORT void led_device(Handle a, int32_t* type, int32_t* index) {
    auto device = a->device();
    *type = static_cast<int32_t>(device.type());
    *index = device.index();
}

// Reads the only element; the caller takes the one that fits the dtype.
LED_EXPORT int32_t led_item(Handle a, double* real, int64_t* integer) {
    return run([&] {
        auto value = use(a).item();
        *real = value.toDouble();
        *integer = value.isFloatingPoint() ? 0 : value.toLong();
    });
}

LED_EXPORT int32_t led_read(Handle a, void* target, int64_t first, int64_t count) {
    return run([&] {
        auto whole = use(a).detach().contiguous();
        TORCH_CHECK(first >= 0 && count >= 0 && first + count <= whole.numel(),
            "cannot read ", count, " elements from ", first, " of a tensor that has ", whole.numel());
        auto width = whole.element_size();
        std::memcpy(target, static_cast<const char*>(whole.data_ptr()) + first * width, count * width);
    });
}

LED_EXPORT int32_t led_write(Handle a, const void* source, int64_t first, int64_t count) {
    return run([&] {
        at::NoGradGuard still;
        auto target = use(a);
        TORCH_CHECK(first >= 0 && count >= 0 && first + count <= target.numel(),
            "cannot write ", count, " elements at ", first, " of a tensor that has ", target.numel());
        auto flat = target.contiguous().view(-1);
        flat.narrow(0, first, count).copy_(at::from_blob(const_cast<void*>(source), {count}, at::dtype(target.scalar_type())));
        if (!target.is_contiguous()) target.copy_(flat.view(target.sizes()));
    });
}

LED_EXPORT Handle led_to(Handle a, Placement at, int32_t copy) {
    return produce([&] {
        auto source = use(a);
        return source.to(at.place(), at.type().value_or(source.scalar_type()), /*non_blocking=*/false, copy != 0);
    });
}

LED_EXPORT Handle led_clone(Handle a) { return produce([&] { return use(a).clone(); }); }
LED_EXPORT Handle led_contiguous(Handle a) { return produce([&] { return use(a).contiguous(); }); }
LED_EXPORT int32_t led_is_contiguous(Handle a) { return a->is_contiguous() ? 1 : 0; }
