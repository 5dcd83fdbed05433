/* A simulator for LedCluster, in one header of C99 with POSIX. Fill in a led_simulator and call led_serve from main:
 *
 *     #include "led_simulator.h"
 *
 *     static int step(const led_call *call, void *state, double *fields) { ... one frame of one member ...; return 0; }
 *     static int random_fields(const led_call *call, double *fields) { ...; return 0; }
 *
 *     int main(void) {
 *         led_channel u = { .name = "u", .unit = "K" };
 *         led_axis x = { .name = "x", .points = 64, .spacing = 0.1, .unit = "m" };
 *         led_simulator s = { .name = "heat", .channels = &u, .channel_count = 1, .axes = &x, .axis_count = 1,
 *                             .time_step = 0.5, .step = step, .random = random_fields };
 *         return led_serve(&s);
 *     }
 *
 * The program is started by LedCluster, once for each worker, and asked over its standard input and output; what it prints goes to
 * standard error. A callback that returns anything but 0 gives its member up: its fields become NaN. A member's result must depend
 * on its state, the seed, its index, the frame and its parameters alone. Protocol: docs/your-own-simulator.md.
 */
#ifndef LED_SIMULATOR_H
#define LED_SIMULATOR_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { const char *name, *long_name, *unit; double limit; } led_channel; /* limit 0: any finite number is valid */
typedef struct { const char *name; int points; double spacing, origin; const char *unit, *long_name; int periodic, exchangeable; } led_axis;
typedef struct { const char *name; double value, minimum, maximum; const char *meaning, *unit; int drawn, whole, initial_only, fixed; } led_parameter; /* value: the default */

typedef struct { const char *name, *meaning, *unit; } led_diagnostic; /* a number that is derived from the fields of each frame */

/* What a callback is about: one member, and the frame at which it stands. stream: 0 in step, 1 in lift. */
typedef struct { uint64_t seed; int member; long long frame; const double *parameters; unsigned stream; } led_call;

typedef struct {
    const char *name;
    const led_channel *channels; int channel_count;
    const led_axis *axes; int axis_count;
    const led_parameter *parameters; int parameter_count;
    const char *const *references; int reference_count;
    double time_step; const char *time_unit;
    size_t state_bytes; /* 0: the fields are the state */

    /* Advances one member by one frame: state is overwritten, fields [C, axes] are written. Without state_bytes both are one array. */
    int (*step)(const led_call *call, void *state, double *fields);
    int (*random)(const led_call *call, double *fields);                          /* a member of the random family; may be NULL */
    int (*reference)(int index, double *fields);                                  /* may be NULL without references */
    int (*lift)(const led_call *call, const double *fields, void *state);         /* with state_bytes alone; NULL: it cannot */
    int (*start)(const led_call *call, void *state, double *fields);              /* instead of random where there is no lift */
    const led_diagnostic *diagnostics; int diagnostic_count;
    int (*diagnose)(const led_call *call, const double *fields, double *values);  /* with diagnostics alone, also of decoded fields */
} led_simulator;

/* Random numbers of a member for its frame, Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405). */
typedef struct { uint32_t key[2], counter[4]; uint32_t block[4]; int left; } led_random;

static inline led_random led_random_of(const led_call *call) {
    led_random r = { { (uint32_t)call->seed, (uint32_t)(call->seed >> 32) }, { 0, (uint32_t)call->member, (uint32_t)(call->frame + 1), call->stream }, { 0 }, 0 };
    return r;
}

static inline uint32_t led_bits(led_random *r) {
    if (r->left == 0) {
        uint32_t c0 = r->counter[0]++, c1 = r->counter[1], c2 = r->counter[2], c3 = r->counter[3], k0 = r->key[0], k1 = r->key[1];
        for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
            uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
            uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
            c0 = n0; c1 = (uint32_t)p1; c2 = n2; c3 = (uint32_t)p0;
        }
        r->block[0] = c0; r->block[1] = c1; r->block[2] = c2; r->block[3] = c3;
        r->left = 4;
    }
    return r->block[--r->left];
}

/* Uniform on [0, 1). */
static inline double led_uniform(led_random *r) {
    uint64_t high = led_bits(r), low = led_bits(r);
    return (double)((high << 32 | low) >> 11) * (1.0 / 9007199254740992.0);
}

/* Standard normal (Box and Muller). */
static inline double led_normal(led_random *r) {
    double radius = sqrt(-2 * log(1 - led_uniform(r)));
    return radius * cos(6.283185307179586 * led_uniform(r));
}

static void led_die(const char *why) { fprintf(stderr, "led_simulator: %s\n", why); exit(2); }

static void led_get(FILE *in, void *to, size_t bytes) {
    if (fread(to, 1, bytes, in) != bytes) led_die("the request ended in the middle of an array");
}

/* Reads a .npy array of so many elements. */
static void led_read(FILE *in, void *to, size_t count, size_t size) {
    unsigned char start[10];
    char header[1024];
    led_get(in, start, 10);
    size_t length = start[8] | (size_t)start[9] << 8, found = 1;
    if (memcmp(start, "\x93NUMPY\x01", 7) != 0 || length >= sizeof header) led_die("an array does not begin as a .npy file of version 1");
    led_get(in, header, length);
    header[length] = 0;
    const char *shape = strstr(header, "'shape': (");
    if (shape == NULL || strstr(header, size == 1 ? "'|u1'" : "'<f8'") == NULL) led_die("an array is not of the expected type");
    for (char *at = (char *)shape + 10; *at != ')' && *at != 0;) {
        if (*at >= '0' && *at <= '9') found *= strtoull(at, &at, 10); else at++;
    }
    if (found != count) led_die("an array is not of the expected shape");
    led_get(in, to, count * size);
}

/* Writes a .npy array: [members, bytes], [members, C, axes], or, with kind 2, [members, diagnostics]. */
static void led_write(FILE *out, const led_simulator *s, int members, const void *from, int kind) {
    int is_state = kind == 1;
    char text[1024];
    int at = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%d, ", is_state ? "|u1" : "<f8", members);
    size_t bytes = members;
    if (is_state) {
        at += snprintf(text + at, sizeof text - at, "%zu", s->state_bytes);
        bytes *= s->state_bytes;
    } else if (kind == 2) {
        at += snprintf(text + at, sizeof text - at, "%d", s->diagnostic_count);
        bytes *= s->diagnostic_count * sizeof(double);
    } else {
        at += snprintf(text + at, sizeof text - at, "%d", s->channel_count);
        bytes *= s->channel_count * sizeof(double);
        for (int i = 0; i < s->axis_count; i++) {
            at += snprintf(text + at, sizeof text - at, ", %d", s->axes[i].points);
            bytes *= s->axes[i].points;
        }
    }
    at += snprintf(text + at, sizeof text - at, "), }");
    while ((at + 11) % 64 != 0) text[at++] = ' ';
    text[at++] = '\n';
    unsigned char start[10] = { 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, at & 255, at >> 8 };
    fwrite(start, 1, 10, out);
    fwrite(text, 1, at, out);
    fwrite(from, 1, bytes, out);
}

static void led_text(FILE *out, const char *key, const char *value) {
    fprintf(out, "\"%s\": \"", key);
    for (; value != NULL && *value; value++) {
        if (*value == '"' || *value == '\\') fputc('\\', out);
        if ((unsigned char)*value >= 32) fputc(*value, out);
    }
    fputc('"', out);
}

static void led_describe(FILE *out, const led_simulator *s) {
    fputs("{\"protocol\": 1, ", out);
    led_text(out, "name", s->name);
    fputs(", \"channels\": [", out);
    for (int i = 0; i < s->channel_count; i++) {
        const led_channel *c = &s->channels[i];
        fputs(i ? ", {" : "{", out);
        led_text(out, "name", c->name); fputs(", ", out);
        led_text(out, "longName", c->long_name); fputs(", ", out);
        led_text(out, "unit", c->unit ? c->unit : "1");
        fprintf(out, ", \"limit\": %.17g}", c->limit > 0 ? c->limit : 3.4e38);
    }
    fputs("], \"axes\": [", out);
    for (int i = 0; i < s->axis_count; i++) {
        const led_axis *a = &s->axes[i];
        fputs(i ? ", {" : "{", out);
        led_text(out, "name", a->name); fputs(", ", out);
        led_text(out, "longName", a->long_name ? a->long_name : "position"); fputs(", ", out);
        led_text(out, "unit", a->unit ? a->unit : "1");
        fprintf(out, ", \"points\": %d, \"spacing\": %.17g, \"origin\": %.17g, \"periodic\": %s, \"exchangeable\": %s}", a->points,
                a->spacing > 0 ? a->spacing : 1, a->origin, a->periodic ? "true" : "false", a->exchangeable ? "true" : "false");
    }
    fputs("], \"parameters\": [", out);
    for (int i = 0; i < s->parameter_count; i++) {
        const led_parameter *p = &s->parameters[i];
        fputs(i ? ", {" : "{", out);
        led_text(out, "name", p->name); fputs(", ", out);
        led_text(out, "meaning", p->meaning); fputs(", ", out);
        led_text(out, "unit", p->unit ? p->unit : "1");
        fprintf(out, ", \"default\": %.17g, \"minimum\": %.17g, \"maximum\": %.17g, \"drawn\": %s", p->value, p->minimum, p->maximum, p->drawn ? "true" : "false");
        fprintf(out, ", \"whole\": %s, \"initialOnly\": %s, \"fixed\": %s}", p->whole ? "true" : "false", p->initial_only ? "true" : "false", p->fixed ? "true" : "false");
    }
    fputs("], \"diagnostics\": [", out);
    for (int i = 0; i < s->diagnostic_count; i++) {
        const led_diagnostic *d = &s->diagnostics[i];
        fputs(i ? ", {" : "{", out);
        led_text(out, "name", d->name); fputs(", ", out);
        led_text(out, "meaning", d->meaning); fputs(", ", out);
        led_text(out, "unit", d->unit ? d->unit : "1");
        fputs("}", out);
    }
    fputs("], \"references\": [", out);
    for (int i = 0; i < s->reference_count; i++) {
        fputs(i ? ", \"" : "\"", out);
        fputs(s->references[i], out);
        fputc('"', out);
    }
    fprintf(out, "], \"timeStep\": %.17g, ", s->time_step);
    led_text(out, "timeUnit", s->time_unit ? s->time_unit : "1");
    if (s->state_bytes) fputs(", \"state\": \"opaque\"", out);
    fprintf(out, ", \"lift\": %s, \"random\": %s}\n", s->state_bytes == 0 || s->lift ? "true" : "false", s->random || s->start ? "true" : "false");
}

/* Where the value of a key of the request stands; requests are flat. */
static const char *led_value(const char *line, const char *key) {
    char quoted[32];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    const char *at = strstr(line, quoted);
    if (at == NULL) led_die("a request lacks a key");
    at = strchr(at + strlen(quoted), ':') + 1;
    while (*at == ' ') at++;
    return at;
}

static void *led_memory(size_t bytes) {
    void *memory = calloc(bytes ? bytes : 1, 1);
    if (memory == NULL) led_die("out of memory");
    return memory;
}

/* Answers requests until LedCluster closes the pipe. Returns what main should. */
static int led_serve(const led_simulator *s) {
    int pipe = dup(1);
    dup2(2, 1); /* whatever is printed goes to standard error */
    FILE *in = stdin, *out = fdopen(pipe, "wb");
    if (out == NULL) led_die("standard output is closed");
    setvbuf(in, NULL, _IOFBF, 1 << 16);
    setvbuf(out, NULL, _IOFBF, 1 << 16);
    size_t size = s->channel_count, length = 0;
    for (int i = 0; i < s->axis_count; i++) size *= s->axes[i].points;
    char *line = NULL, *states = NULL;
    double *fields = NULL, *parameters = NULL;
    int *members = NULL;
    char *lost = NULL;
    int most = 0;
    for (; getline(&line, &length, in) > 0; fflush(out)) {
        const char *what = led_value(line, "what");
        if (strncmp(what, "\"describe\"", 10) == 0) { led_describe(out, s); continue; }
        int count = 0;
        const char *list = strchr(led_value(line, "members"), '[') + 1;
        for (const char *at = list; *at && *at != ']'; at++) count += at == list || *at == ',';
        if (count > most) {
            most = count;
            free(members); free(fields); free(parameters); free(states); free(lost);
            members = led_memory(count * sizeof(int));
            fields = led_memory(count * size * sizeof(double));
            parameters = led_memory((size_t)count * s->parameter_count * sizeof(double));
            states = led_memory(count * s->state_bytes);
            lost = led_memory(count);
        }
        char *next = (char *)list;
        for (int m = 0; m < count; m++) { members[m] = (int)strtol(next, &next, 10); next++; }
        long long frame = strtoll(led_value(line, "frame"), NULL, 10);
        int frames = atoi(led_value(line, "frames"));
        uint64_t seed = strtoull(led_value(line, "seed"), NULL, 10);
        memset(lost, 0, count);
        if (s->parameter_count) led_read(in, parameters, (size_t)count * s->parameter_count, sizeof(double));
        int advance = strncmp(what, "\"advance\"", 9) == 0, lift = strncmp(what, "\"lift\"", 6) == 0;
        int start = strncmp(what, "\"start\"", 7) == 0, random = start || strncmp(what, "\"random\"", 8) == 0, reference = strncmp(what, "\"reference\"", 11) == 0;
        int diagnose = strncmp(what, "\"diagnose\"", 10) == 0;
        if (lift || diagnose || (advance && s->state_bytes == 0)) led_read(in, fields, count * size, sizeof(double));
        else if (advance) led_read(in, states, count * s->state_bytes, 1);
        if (diagnose && s->diagnose) {
            double *values = led_memory((size_t)count * s->diagnostic_count * sizeof(double));
            for (int m = 0; m < count; m++) {
                led_call call = { seed, members[m], frame, parameters + (size_t)m * s->parameter_count, 0 };
                double *own = values + (size_t)m * s->diagnostic_count;
                if (s->diagnose(&call, fields + m * size, own) != 0)
                    for (int i = 0; i < s->diagnostic_count; i++) own[i] = NAN;
            }
            led_write(out, s, count, values, 2);
            free(values);
            fputs("{\"done\": true}\n", out);
            continue;
        }
        if (!(advance || (lift && s->lift) || (random && (s->start || (s->random && !start))) || (reference && s->reference))) {
            fputs("{\"error\": \"this program cannot do that\"}\n", out);
            continue;
        }
        for (int f = 0; f < (advance ? frames : 1); f++) {
            for (int m = 0; m < count; m++) {
                led_call call = { seed, members[m], random ? -1 : frame + f, parameters + (size_t)m * s->parameter_count, lift };
                double *own = fields + m * size;
                void *state = s->state_bytes ? (void *)(states + m * s->state_bytes) : (void *)own;
                if (!lost[m])
                    lost[m] = 0 != (advance ? s->step(&call, state, own) : lift ? s->lift(&call, own, state)
                        : random ? (s->start ? s->start(&call, state, own) : s->random(&call, own)) : s->reference(atoi(led_value(line, "index")), own));
                if (lost[m] && !lift && !start) for (size_t i = 0; i < size; i++) own[i] = NAN;
            }
            if (!lift && !start) led_write(out, s, count, fields, 0);
        }
        if (lift || start || (advance && s->state_bytes)) led_write(out, s, count, states, 1);
        fputs("{\"done\": true}\n", out);
    }
    return 0;
}
#endif
