// Gradients: asking for them, computing them, reading them.
#include "ledtorch.h"

using namespace led;

LED_EXPORT int32_t led_grad_enabled() { return at::GradMode::is_enabled() ? 1 : 0; }
LED_EXPORT void led_set_grad_enabled(int32_t enabled) { at::GradMode::set_enabled(enabled != 0); }

LED_EXPORT int32_t led_requires_grad(Handle a) { return a->requires_grad() ? 1 : 0; }
LED_EXPORT int32_t led_is_leaf(Handle a) { return use(a).is_leaf() ? 1 : 0; }

LED_EXPORT int32_t led_set_requires_grad(Handle a, int32_t value) {
    return run([&] { use(a).set_requires_grad(value != 0); });
}

LED_EXPORT int32_t led_backward(Handle a, Handle gradient, int32_t retain_graph, int32_t create_graph) {
    return run([&] {
        use(a).backward(gradient ? use(gradient) : at::Tensor(), retain_graph != 0, create_graph != 0);
    });
}

// Writes null when there is no gradient yet.
LED_EXPORT int32_t led_grad(Handle a, Handle* gradient) {
    return run([&] {
        const auto& held = use(a).grad();
        *gradient = held.defined() ? give(held) : nullptr;
    });
}

LED_EXPORT int32_t led_set_grad(Handle a, Handle gradient) {
    return run([&] { use(a).mutable_grad() = gradient ? use(gradient) : at::Tensor(); });
}

LED_EXPORT int32_t led_forget_grads(const Handle* tensors, int64_t count) {
    return run([&] {
        for (int64_t i = 0; i < count; i++) use(tensors[i]).mutable_grad().reset();
    });
}

LED_EXPORT Handle led_detach(Handle a) { return produce([&] { return use(a).detach(); }); }

// Replaces the contents of `a` by those of `b`, dtype and device included; the identity of `a` stays.
LED_EXPORT int32_t led_set_data(Handle a, Handle b) {
    return run([&] {
        auto target = use(a);
        target.mutable_grad().reset();
        target.set_data(use(b));
    });
}
