/* The heat equation of simulators.py in C; "opaque" keeps the same numbers as bytes. */
#include "led_simulator.h"

static const char *const references[] = { "step" };

static int step(const led_call *call, void *state, double *fields) {
    double *u = state, next[8], k = call->parameters[0];
    for (int i = 0; i < 8; i++) next[i] = (1 - 2 * k) * u[i] + k * (u[(i + 7) % 8] + u[(i + 1) % 8]);
    memcpy(state, next, sizeof next);
    memcpy(fields, next, sizeof next);
    printf("a print that goes to standard error\n");
    return call->member == 666;
}

static int draw(const led_call *call, double *fields) {
    led_random r = led_random_of(call);
    for (int i = 0; i < 8; i++) fields[i] = led_uniform(&r) + 0 * led_normal(&r);
    return 0;
}

static int reference(int index, double *fields) {
    for (int i = 0; i < 8; i++) fields[i] = index + (i >= 4);
    return 0;
}

static int lift(const led_call *call, const double *fields, void *state) {
    (void)call;
    memcpy(state, fields, 8 * sizeof(double));
    return 0;
}

static int start(const led_call *call, void *state, double *fields) {
    draw(call, fields);
    memcpy(state, fields, 8 * sizeof(double));
    return 0;
}

static int diagnose(const led_call *call, const double *fields, double *values) {
    values[0] = 0;
    for (int i = 0; i < 8; i++) values[0] += 0.5 * fields[i];
    values[1] = call->frame * call->parameters[0];
    return call->member == 667;
}

int main(int count, char **arguments) {
    int starts = count > 1 && strcmp(arguments[1], "start") == 0, opaque = starts || (count > 1 && strcmp(arguments[1], "opaque") == 0);
    led_channel u = { .name = "u", .long_name = "temperature", .unit = "K", .limit = 1e3 };
    led_axis x = { .name = "x", .points = 8, .spacing = 0.5, .unit = "m", .periodic = 1 };
    led_parameter kappa = { .name = "kappa", .value = 0.25, .maximum = 0.5, .meaning = "diffusivity" };
    led_diagnostic diagnostics[] = { { .name = "heat", .meaning = "integral of u", .unit = "K m" }, { .name = "age", .meaning = "frame times kappa" } };
    led_simulator s = { .name = "heat", .channels = &u, .channel_count = 1, .axes = &x, .axis_count = 1, .parameters = &kappa, .parameter_count = 1,
                        .references = references, .reference_count = 1, .time_step = 0.25, .step = step, .random = starts ? NULL : draw, .reference = reference,
                        .state_bytes = opaque ? 64 : 0, .lift = opaque && !starts ? lift : NULL, .start = starts ? start : NULL,
                        .diagnostics = diagnostics, .diagnostic_count = 2, .diagnose = diagnose };
    return led_serve(&s);
}
