// Errors, threads, seeds, and what this libtorch is.
#include "ledtorch.h"
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <string>

namespace led {

static thread_local std::string last_error;

void remember(const char* message) noexcept {
    try { last_error = message; } catch (...) { }
}

void remember_current_exception() noexcept {
    try {
        throw;
    } catch (const c10::Error& error) {
        remember(error.what_without_backtrace());
    } catch (const std::exception& error) {
        remember(error.what());
    } catch (...) {
        remember("libtorch threw something that is not a std::exception");
    }
}

// OpenBLAS counts its own threads; at::set_num_threads only reaches the calling thread's OpenMP setting.
static void limit_blas(int32_t count) {
    using Setter = void (*)(int);
    if (auto set = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(count);
}

}  // namespace led

using namespace led;

LED_EXPORT const char* led_last_error() { return last_error.c_str(); }

LED_EXPORT const char* led_torch_version() { return TORCH_VERSION; }

LED_EXPORT int32_t led_cuda_is_available() {
    try { return at::hasCUDA() ? 1 : 0; } catch (...) { return 0; }
}

LED_EXPORT int32_t led_set_num_threads(int32_t count) {
    return run([&] {
        at::set_num_threads(count);
        limit_blas(count);
    });
}

LED_EXPORT int32_t led_get_num_threads() { return at::get_num_threads(); }

LED_EXPORT int32_t led_manual_seed(int64_t seed) {
    return run([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}
