// Tensors from nothing, from numbers, and from managed memory.
#include "ledtorch.h"

using namespace led;

LED_EXPORT Handle led_empty(const int64_t* shape, int64_t rank, Placement at) {
    return produce([&] { return at::empty(sizes(shape, rank), at.options()); });
}

LED_EXPORT Handle led_full(const int64_t* shape, int64_t rank, Number value, Placement at) {
    return produce([&] { return at::full(sizes(shape, rank), value.scalar(), at.options()); });
}

LED_EXPORT Handle led_rand(const int64_t* shape, int64_t rank, Placement at) {
    return produce([&] { return at::rand(sizes(shape, rank), at.options()); });
}

LED_EXPORT Handle led_randn(const int64_t* shape, int64_t rank, Placement at) {
    return produce([&] { return at::randn(sizes(shape, rank), at.options()); });
}

LED_EXPORT Handle led_arange(Number start, Number stop, Number step, Placement at) {
    return produce([&] { return at::arange(start.scalar(), stop.scalar(), step.scalar(), at.options()); });
}

// Copies `shape` elements of dtype `source` out of managed memory, then converts and moves as asked.
LED_EXPORT Handle led_from_memory(const void* data, const int64_t* shape, int64_t rank, int32_t source, Placement at) {
    return produce([&] {
        auto seen = at::from_blob(const_cast<void*>(data), sizes(shape, rank), at::dtype(static_cast<at::ScalarType>(source)));
        return seen.to(at.options(), /*non_blocking=*/false, /*copy=*/true);
    });
}

LED_EXPORT Handle led_zeros_like(Handle a) { return produce([&] { return at::zeros_like(use(a)); }); }
LED_EXPORT Handle led_ones_like(Handle a) { return produce([&] { return at::ones_like(use(a)); }); }
