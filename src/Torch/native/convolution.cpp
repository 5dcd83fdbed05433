// One-dimensional convolutions and what goes with them, on [B, C, X].
#include "ledtorch.h"

using namespace led;

LED_EXPORT Handle led_conv1d(Handle input, Handle weight, Handle bias, int64_t stride, int64_t padding) {
    return produce([&] { return at::conv1d(use(input), use(weight), use_optional(bias), stride, padding); });
}

LED_EXPORT Handle led_avg_pool1d(Handle a, int64_t kernel, int64_t stride) {
    return produce([&] { return at::avg_pool1d(use(a), kernel, stride); });
}

LED_EXPORT Handle led_pad_constant(Handle a, const int64_t* pad, int64_t count, double value) {
    return produce([&] { return at::constant_pad_nd(use(a), sizes(pad, count), value); });
}

LED_EXPORT Handle led_pad_circular(Handle a, const int64_t* pad, int64_t count) {
    return produce([&] { return at::pad(use(a), sizes(pad, count), "circular"); });
}

LED_EXPORT Handle led_upsample_linear1d(Handle a, int64_t size, int32_t align_corners) {
    return produce([&] { return at::upsample_linear1d(use(a), {size}, align_corners != 0); });
}
