// Layers, losses, initialisers and the optimiser step: one native call each.
#include "ledtorch.h"
#include <cmath>

using namespace led;

LED_EXPORT Handle led_linear(Handle input, Handle weight, Handle bias) {
    return produce([&] { return at::linear(use(input), use(weight), use_optional(bias)); });
}

LED_EXPORT Handle led_gru_cell(Handle input, Handle h, Handle w_ih, Handle w_hh, Handle b_ih, Handle b_hh) {
    return produce([&] {
        return at::gru_cell(use(input), use(h), use(w_ih), use(w_hh), use_optional(b_ih), use_optional(b_hh));
    });
}

LED_EXPORT Handle led_mse_loss(Handle input, Handle target, int64_t reduction) {
    return produce([&] { return at::mse_loss(use(input), use(target), reduction); });
}

// Saxe, McClelland, Ganguli 2014 (arXiv:1312.6120): Q of a Gaussian matrix, signs fixed by the diagonal of R.
LED_EXPORT int32_t led_orthogonal(Handle a, double gain) {
    return run([&] {
        at::NoGradGuard still;
        auto target = use(a);
        TORCH_CHECK(target.dim() >= 2, "orthogonal_ expects at least 2 dimensions, got ", target.dim());
        auto rows = target.size(0);
        auto columns = target.numel() / rows;
        auto tall = at::randn({std::max(rows, columns), std::min(rows, columns)}, target.options());
        at::Tensor q, r;
        std::tie(q, r) = at::linalg_qr(tall);
        q.mul_(r.diagonal().sign());
        if (rows < columns) q = q.t();
        target.copy_(q.reshape(target.sizes()));
        target.mul_(gain);
    });
}

// Scales every gradient so that their joint p-norm is at most `max_norm`; returns the norm before scaling.
LED_EXPORT int32_t led_clip_grad_norm(const Handle* tensors, int64_t count, double max_norm, double p, double* total) {
    return run([&] {
        at::NoGradGuard still;
        std::vector<at::Tensor> gradients, norms;
        for (int64_t i = 0; i < count; i++) {
            auto gradient = use(tensors[i]).grad();
            if (!gradient.defined()) continue;
            norms.push_back(at::norm(gradient, p));
            gradients.push_back(gradient);
        }
        *total = norms.empty() ? 0.0 : at::norm(at::stack(norms), p).item().toDouble();
        auto scale = max_norm / (*total + 1e-6);
        if (scale < 1.0)
            for (auto& gradient : gradients) gradient.mul_(scale);
    });
}

// Kingma, Ba 2015 (arXiv:1412.6980), algorithm 1, with L2 weight decay added to the gradient.
// steps[i] counts the updates of parameter i; parameters without a gradient are left alone.
LED_EXPORT int32_t led_adam_step(const Handle* parameters, const Handle* first, const Handle* second, int64_t* steps,
                                 int64_t count, double lr, double beta1, double beta2, double eps, double weight_decay) {
    return run([&] {
        at::NoGradGuard still;
        for (int64_t i = 0; i < count; i++) {
            auto parameter = use(parameters[i]);
            auto gradient = parameter.grad();
            if (!gradient.defined()) continue;
            if (weight_decay != 0.0) gradient = gradient.add(parameter, weight_decay);
            auto m = use(first[i]);
            auto v = use(second[i]);
            auto t = static_cast<double>(++steps[i]);
            m.mul_(beta1).add_(gradient, 1.0 - beta1);
            v.mul_(beta2).addcmul_(gradient, gradient, 1.0 - beta2);
            auto unbiased1 = 1.0 - std::pow(beta1, t);
            auto unbiased2 = 1.0 - std::pow(beta2, t);
            parameter.addcdiv_(m, v.sqrt().div_(std::sqrt(unbiased2)).add_(eps), -lr / unbiased1);
        }
    });
}
