// The LSTM step on CPU, with its derivative written out.
//
// at::lstm_cell is fused on CUDA only. On CPU it records some twenty small operations per step, and training
// at H = 32 spends most of its time on bookkeeping. Here a step is one node of the graph, twice as fast:
//
//   a = x Wᵀ + h Uᵀ + b                      [B, 4H], gates in the order i, f, g, o
//   i, f, o = σ(a), g = tanh(a)
//   c′ = f·c + i·g,  y = tanh c′,  h′ = o·y   [B, H]
//
// at::lstm_cell serves the rest: CUDA, half precision, no biases, and shapes it will refuse.
#include "ledtorch.h"
#include <torch/csrc/autograd/custom_function.h>

using namespace led;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

// c′ = f·c + i·g for gates already squashed.
template <class T>
void next_cell(const T* gates, const T* c, T* next_c, int64_t batch, int64_t width) {
    for (int64_t b = 0; b < batch; b++, gates += 4 * width, c += width, next_c += width) {
        const T *i = gates, *f = i + width, *g = f + width;
        for (int64_t k = 0; k < width; k++) next_c[k] = f[k] * c[k] + i[k] * g[k];
    }
}

// h′ = o·y for gates already squashed.
template <class T>
void next_hidden(const T* gates, const T* y, T* next_h, int64_t batch, int64_t width) {
    for (int64_t b = 0; b < batch; b++, gates += 4 * width, y += width, next_h += width) {
        const T* o = gates + 3 * width;
        for (int64_t k = 0; k < width; k++) next_h[k] = o[k] * y[k];
    }
}

// From ∂h′ and ∂c′ (total derivatives of the loss) to ∂a and ∂c.
template <class T>
void backward(const T* gates, const T* c, const T* y, const T* dh, const T* dc, T* da, T* dc_before,
              int64_t batch, int64_t width) {
    for (int64_t b = 0; b < batch; b++) {
        const T *i = gates, *f = i + width, *g = f + width, *o = g + width;
        T *di = da, *df = di + width, *dg = df + width, *dO = dg + width;
        for (int64_t k = 0; k < width; k++) {
            T d = dc[k] + dh[k] * o[k] * (1 - y[k] * y[k]);
            di[k] = d * g[k] * i[k] * (1 - i[k]);
            df[k] = d * c[k] * f[k] * (1 - f[k]);
            dg[k] = d * i[k] * (1 - g[k] * g[k]);
            dO[k] = dh[k] * y[k] * o[k] * (1 - o[k]);
            dc_before[k] = d * f[k];
        }
        gates += 4 * width, da += 4 * width;
        c += width, y += width, dh += width, dc += width, dc_before += width;
    }
}

struct LstmStep : torch::autograd::Function<LstmStep> {
    static variable_list forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& h, const at::Tensor& c,
                                 const at::Tensor& w, const at::Tensor& u, const at::Tensor& b_ih, const at::Tensor& b_hh) {
        at::AutoDispatchBelowADInplaceOrView below;
        auto batch = x.size(0), width = h.size(1);
        auto gates = at::addmm(b_ih + b_hh, x, w.t());  // [B, 4H]
        gates.addmm_(h, u.t());
        gates.narrow(1, 0, 2 * width).sigmoid_();
        gates.narrow(1, 2 * width, width).tanh_();
        gates.narrow(1, 3 * width, width).sigmoid_();

        auto before = c.contiguous();
        auto next_c = at::empty_like(before), next_h = at::empty_like(before);  // [B, H]
        at::Tensor y;
        AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "lstm_step", [&] {
            next_cell(gates.data_ptr<scalar_t>(), before.data_ptr<scalar_t>(), next_c.data_ptr<scalar_t>(), batch, width);
            y = next_c.tanh();
            next_hidden(gates.data_ptr<scalar_t>(), y.data_ptr<scalar_t>(), next_h.data_ptr<scalar_t>(), batch, width);
        });
        context->save_for_backward({x, h, before, w, u, gates, y});
        return {next_h, next_c};
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        TORCH_CHECK(!at::GradMode::is_enabled(), "the LSTM step has no second derivative: backward without create_graph");
        at::AutoDispatchBelowADInplaceOrView below;
        auto saved = context->get_saved_variables();
        const auto &x = saved[0], &h = saved[1], &c = saved[2], &w = saved[3], &u = saved[4], &gates = saved[5], &y = saved[6];
        auto dh = gradients[0].contiguous(), dc = gradients[1].contiguous();
        auto da = at::empty_like(gates), dc_before = at::empty_like(c);
        AT_DISPATCH_FLOATING_TYPES(gates.scalar_type(), "lstm_step_backward", [&] {
            ::backward(gates.data_ptr<scalar_t>(), c.data_ptr<scalar_t>(), y.data_ptr<scalar_t>(), dh.data_ptr<scalar_t>(),
                       dc.data_ptr<scalar_t>(), da.data_ptr<scalar_t>(), dc_before.data_ptr<scalar_t>(), c.size(0), c.size(1));
        });
        auto db = da.sum(0);
        auto da_t = da.t();
        return {context->needs_input_grad(0) ? da.mm(w) : at::Tensor(), da.mm(u), dc_before, da_t.mm(x), da_t.mm(h), db, db};
    }
};

bool is_matrix(const at::Tensor& tensor, at::ScalarType type) {
    return tensor.dim() == 2 && tensor.device().is_cpu() && tensor.scalar_type() == type;
}

}  // namespace

LED_EXPORT int32_t led_lstm_cell(Handle input, Handle hidden, Handle cell, Handle w_ih, Handle w_hh, Handle bias_ih, Handle bias_hh,
                                 Handle* next_h, Handle* next_c) {
    return run([&] {
        auto x = use(input), h = use(hidden), c = use(cell), w = use(w_ih), u = use(w_hh);
        auto b_ih = use_optional(bias_ih), b_hh = use_optional(bias_hh);
        auto type = w.scalar_type();
        bool plain = (type == at::kFloat || type == at::kDouble) && b_ih && b_hh && is_matrix(x, type)
            && is_matrix(h, type) && is_matrix(c, type) && is_matrix(w, type) && is_matrix(u, type);
        bool fits = plain && x.size(0) == h.size(0) && h.sizes() == c.sizes() && x.size(1) == w.size(1)
            && h.size(1) == u.size(1) && w.size(0) == 4 * h.size(1) && u.size(0) == 4 * h.size(1);
        if (fits) {
            auto next = LstmStep::apply(x, h, c, w, u, *b_ih, *b_hh);
            *next_h = give(std::move(next[0]));
            *next_c = give(std::move(next[1]));
            return;
        }

        const at::Tensor state[] = {h, c};
        auto next = at::lstm_cell(x, state, w, u, b_ih, b_hh);
        *next_h = give(std::move(std::get<0>(next)));
        *next_c = give(std::move(std::get<1>(next)));
    });
}
