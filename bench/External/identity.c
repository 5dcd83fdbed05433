/* A simulator that does nothing: what is measured is the pipe. identity POINTS; with "raw", bytes in and the same bytes out. */
#include "led_simulator.h"

static int step(const led_call *call, void *state, double *fields) {
    (void)call; (void)state; (void)fields;
    return 0;
}

static int draw(const led_call *call, double *fields) {
    (void)call;
    fields[0] = 1;
    return 0;
}

static int raw(size_t bytes) {
    char *memory = malloc(bytes);
    for (;;) {
        for (size_t done = 0; done < bytes;) {
            ssize_t got = read(0, memory + done, bytes - done);
            if (got <= 0) return 0;
            done += got;
        }
        for (size_t done = 0; done < bytes;) {
            ssize_t put = write(1, memory + done, bytes - done);
            if (put <= 0) return 1;
            done += put;
        }
    }
}

int main(int count, char **arguments) {
    if (count > 2) return raw(strtoull(arguments[1], NULL, 10) * sizeof(double));
    led_channel u = { .name = "u" };
    led_axis x = { .name = "x", .points = atoi(arguments[1]) };
    led_simulator s = { .name = "identity", .channels = &u, .channel_count = 1, .axes = &x, .axis_count = 1, .time_step = 1, .step = step, .random = draw };
    return led_serve(&s);
}
