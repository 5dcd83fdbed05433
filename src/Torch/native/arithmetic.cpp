// Element-wise mathematics, products, reductions, and their in-place forms.
#include "ledtorch.h"

using namespace led;

#define UNARY(name) \
    LED_EXPORT Handle led_##name(Handle a) { return produce([&] { return at::name(use(a)); }); }
#define BINARY(name) \
    LED_EXPORT Handle led_##name(Handle a, Handle b) { return produce([&] { return at::name(use(a), use(b)); }); }
#define WITH_NUMBER(name) \
    LED_EXPORT Handle led_##name##_number(Handle a, Number b) { return produce([&] { return at::name(use(a), b.scalar()); }); }

UNARY(neg)
UNARY(reciprocal)
UNARY(tanh)
UNARY(sigmoid)
UNARY(relu)
UNARY(exp)
UNARY(log)
UNARY(sqrt)
UNARY(square)
UNARY(abs)
UNARY(min)
UNARY(max)

BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(maximum)
BINARY(minimum)
BINARY(matmul)
BINARY(mm)

WITH_NUMBER(add)
WITH_NUMBER(sub)
WITH_NUMBER(rsub)
WITH_NUMBER(mul)
WITH_NUMBER(div)
WITH_NUMBER(pow)
WITH_NUMBER(celu)

LED_EXPORT Handle led_addmm(Handle a, Handle b, Handle c, double beta, double alpha) {
    return produce([&] { return at::addmm(use(a), use(b), use(c), beta, alpha); });
}

LED_EXPORT Handle led_clamp(Handle a, const Number* low, const Number* high) {
    return produce([&] {
        Optional<at::Scalar> min, max;
        if (low) min = low->scalar();
        if (high) max = high->scalar();
        return at::clamp(use(a), min, max);
    });
}

LED_EXPORT Handle led_sum(Handle a, const int64_t* dims, int64_t count, int32_t keep, Placement at) {
    return produce([&] {
        return dims ? at::sum(use(a), sizes(dims, count), keep != 0, at.type()) : at::sum(use(a), at.type());
    });
}

LED_EXPORT Handle led_mean(Handle a, const int64_t* dims, int64_t count, int32_t keep, Placement at) {
    return produce([&] {
        return dims ? at::mean(use(a), sizes(dims, count), keep != 0, at.type()) : at::mean(use(a), at.type());
    });
}

#define IN_PLACE(name) \
    LED_EXPORT int32_t led_##name##_inplace(Handle a, Handle b) { return run([&] { use(a).name##_(use(b)); }); } \
    LED_EXPORT int32_t led_##name##_number_inplace(Handle a, Number b) { return run([&] { use(a).name##_(b.scalar()); }); }

IN_PLACE(mul)
IN_PLACE(div)

#define IN_PLACE_SCALED(name) \
    LED_EXPORT int32_t led_##name##_inplace(Handle a, Handle b, Number alpha) { \
        return run([&] { use(a).name##_(use(b), alpha.scalar()); }); } \
    LED_EXPORT int32_t led_##name##_number_inplace(Handle a, Number b) { return run([&] { use(a).name##_(b.scalar()); }); }

IN_PLACE_SCALED(add)
IN_PLACE_SCALED(sub)

LED_EXPORT int32_t led_addcmul_inplace(Handle a, Handle b, Handle c, Number value) {
    return run([&] { use(a).addcmul_(use(b), use(c), value.scalar()); });
}

LED_EXPORT int32_t led_addcdiv_inplace(Handle a, Handle b, Handle c, Number value) {
    return run([&] { use(a).addcdiv_(use(b), use(c), value.scalar()); });
}

LED_EXPORT int32_t led_copy_inplace(Handle a, Handle b) { return run([&] { use(a).copy_(use(b)); }); }
LED_EXPORT int32_t led_fill_inplace(Handle a, Number b) { return run([&] { use(a).fill_(b.scalar()); }); }
LED_EXPORT int32_t led_uniform_inplace(Handle a, double low, double high) { return run([&] { use(a).uniform_(low, high); }); }
LED_EXPORT int32_t led_normal_inplace(Handle a, double mean, double std) { return run([&] { use(a).normal_(mean, std); }); }
