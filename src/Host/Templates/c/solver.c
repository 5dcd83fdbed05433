/* The micro solver of this study: the Brusselator on a line, an oscillating chemical reaction with diffusion.
 *
 *     u_t = A - (B + 1) u + u^2 v + D u_xx
 *     v_t = B u - u^2 v + D v_xx,          u_x = v_x = 0 at both ends
 *
 * Prigogine and Lefever 1968, doi:10.1063/1.1668896. Replace it by your own: say what the fields are, draw initial conditions, and advance
 * one member by one frame. What is printed goes to standard error.
 */
#include "led_simulator.h"

enum { POINTS = 64, SIZE = 2 * POINTS, INNER_STEPS = 40 }; /* steps of Runge and Kutta's method per frame */
static const double LENGTH = 1, A = 1, D = 0.02, TIME_STEP = 0.1, PI = 3.141592653589793;

/* Time derivative of u [POINTS], then v [POINTS]. */
static void slope(const double *state, double b, double *out) {
    const double *u = state, *v = state + POINTS, scale = D * (POINTS - 1) * (POINTS - 1) / (LENGTH * LENGTH);
    for (int i = 0; i < POINTS; i++) {
        int left = i == 0 ? 1 : i - 1, right = i == POINTS - 1 ? POINTS - 2 : i + 1; /* mirrored at both ends */
        double reaction = u[i] * u[i] * v[i];
        out[i] = scale * (u[left] - 2 * u[i] + u[right]) + A - (b + 1) * u[i] + reaction;
        out[POINTS + i] = scale * (v[left] - 2 * v[i] + v[right]) + b * u[i] - reaction;
    }
}

/* One frame of one member; the fields [channel, x] are the state. */
static int step(const led_call *call, void *state, double *fields) {
    double *y = state, k[4][SIZE], between[SIZE], dt = TIME_STEP / INNER_STEPS, b = call->parameters[0];
    (void)fields; /* the same array as the state */
    for (int n = 0; n < INNER_STEPS; n++) {
        slope(y, b, k[0]);
        for (int stage = 1; stage < 4; stage++) {
            for (int i = 0; i < SIZE; i++) between[i] = y[i] + (stage < 3 ? dt / 2 : dt) * k[stage - 1][i];
            slope(between, b, k[stage]);
        }
        for (int i = 0; i < SIZE; i++) y[i] += dt / 6 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
    }
    return 0;
}

/* A member of the random family. */
static int draw(const led_call *call, double *fields) {
    static const double spread[4] = { 0.3, 0.2, 0.1, 0.05 };
    led_random random = led_random_of(call);
    double amplitude[8];
    for (int i = 0; i < 8; i++) amplitude[i] = spread[i % 4] * led_normal(&random);
    for (int channel = 0; channel < 2; channel++)
        for (int i = 0; i < POINTS; i++) {
            double sum = 0;
            for (int mode = 0; mode < 4; mode++) sum += amplitude[4 * channel + mode] * cos(PI * mode * i / (POINTS - 1));
            fields[channel * POINTS + i] = exp(sum) * (channel == 0 ? A : call->parameters[0] / A);
        }
    return 0;
}

int main(void) {
    led_channel channels[] = { { .name = "u", .long_name = "activator", .limit = 100 }, { .name = "v", .long_name = "inhibitor", .limit = 100 } };
    led_axis x = { .name = "x", .points = POINTS, .spacing = LENGTH / (POINTS - 1) };
    led_parameter b = { .name = "B", .value = 3, .minimum = 2, .maximum = 4, .meaning = "feed of the inhibitor" };
    led_simulator brusselator = { .name = "brusselator", .channels = channels, .channel_count = 2, .axes = &x, .axis_count = 1, .parameters = &b, .parameter_count = 1,
                                  .time_step = TIME_STEP, .step = step, .random = draw };
    return led_serve(&brusselator);
}
