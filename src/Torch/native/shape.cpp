// Views, joins and cuts.
#include "ledtorch.h"

using namespace led;

LED_EXPORT Handle led_t(Handle a) { return produce([&] { return use(a).t(); }); }

LED_EXPORT Handle led_transpose(Handle a, int64_t dim0, int64_t dim1) {
    return produce([&] { return use(a).transpose(dim0, dim1); });
}

LED_EXPORT Handle led_reshape(Handle a, const int64_t* shape, int64_t rank) {
    return produce([&] { return use(a).reshape(sizes(shape, rank)); });
}

LED_EXPORT Handle led_view(Handle a, const int64_t* shape, int64_t rank) {
    return produce([&] { return use(a).view(sizes(shape, rank)); });
}

LED_EXPORT Handle led_expand(Handle a, const int64_t* shape, int64_t rank) {
    return produce([&] { return use(a).expand(sizes(shape, rank)); });
}

LED_EXPORT Handle led_unsqueeze(Handle a, int64_t dim) { return produce([&] { return use(a).unsqueeze(dim); }); }
LED_EXPORT Handle led_squeeze(Handle a) { return produce([&] { return use(a).squeeze(); }); }
LED_EXPORT Handle led_squeeze_dim(Handle a, int64_t dim) { return produce([&] { return use(a).squeeze(dim); }); }

LED_EXPORT Handle led_narrow(Handle a, int64_t dim, int64_t start, int64_t length) {
    return produce([&] { return use(a).narrow(dim, start, length); });
}

LED_EXPORT Handle led_select(Handle a, int64_t dim, int64_t index) {
    return produce([&] { return use(a).select(dim, index); });
}

LED_EXPORT Handle led_index_select(Handle a, int64_t dim, Handle index) {
    return produce([&] { return use(a).index_select(dim, use(index)); });
}

LED_EXPORT Handle led_cat(const Handle* tensors, int64_t count, int64_t dim) {
    return produce([&] { return at::cat(use_all(tensors, count), dim); });
}

LED_EXPORT Handle led_stack(const Handle* tensors, int64_t count, int64_t dim) {
    return produce([&] { return at::stack(use_all(tensors, count), dim); });
}

// Fills at most `chunks` handles and returns how many; -1 after an error.
LED_EXPORT int64_t led_chunk(Handle a, int64_t chunks, int64_t dim, Handle* pieces) {
    int64_t count = -1;
    run([&] {
        auto parts = use(a).chunk(chunks, dim);
        count = static_cast<int64_t>(parts.size());
        for (int64_t i = 0; i < count; i++) pieces[i] = give(std::move(parts[i]));
    });
    return count;
}
