// Losses with their gradients, and optimiser steps, each in one pass.
#include "losses.h"
#include "parallel.h"
#include "vectors.h"

float emolab_cross_entropy(
    const float *logits, const long *targets, const float *weights, float smoothing, float *dlogits, size_t rows, size_t classes) {
    double total = 0, norm = 0;
    for (size_t row = 0; row < rows; row++)
        if (targets[row] >= 0) norm += weights ? weights[targets[row]] : 1.;
    for (size_t row = 0; row < rows; row++) {
        const float *x = logits + row * classes;
        float *dx = dlogits + row * classes;
        if (targets[row] < 0) {
            memset(dx, 0, classes * sizeof(float));
            continue;
        }
        size_t target = (size_t)targets[row];
        float most = x[0];
        for (size_t i = 1; i < classes; i++) most = x[i] > most ? x[i] : most;
        double sum = 0;
        for (size_t i = 0; i < classes; i++) sum += exp((double)x[i] - most);
        double log_sum = most + log(sum), share = smoothing / (double)classes, loss = 0, mass = 0;
        for (size_t i = 0; i < classes; i++) {
            double q = ((i == target ? 1. - smoothing : 0.) + share) * (weights ? weights[i] : 1.);
            loss += q * (log_sum - x[i]);
            mass += q;
        }
        for (size_t i = 0; i < classes; i++) {
            double q = ((i == target ? 1. - smoothing : 0.) + share) * (weights ? weights[i] : 1.);
            dx[i] = (float)((mass * exp((double)x[i] - log_sum) - q) / norm);
        }
        total += loss;
    }
    return norm > 0 ? (float)(total / norm) : 0.f;
}

float emolab_mean_squared(const float *a, const float *b, float *da, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        float d = a[i] - b[i];
        sum += (double)d * d;
        da[i] = 2.f * d / (float)n;
    }
    return (float)(sum / (double)n);
}

float emolab_smooth_l1(const float *a, const float *b, float *da, size_t n, float beta) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        float d = a[i] - b[i], size = fabsf(d);
        int near = size < beta;
        sum += near ? 0.5 * d * d / beta : size - 0.5 * beta;
        da[i] = (near ? d / beta : (d > 0.f ? 1.f : -1.f)) / (float)n;
    }
    return (float)(sum / (double)n);
}

typedef struct {
    float *p;
    const float *g;
    float *m, *v;
    size_t n;
    float rate, beta1, beta2, epsilon, decay, correction1, correction2, scale, step, root;
    int flag, first, adaptive;
} step_job;

enum { block = 1024 };

VECTOR_LEVELS static void adam_range(const step_job *j, size_t first, size_t last) {
    float *restrict p = j->p, *restrict m = j->m, *restrict v = j->v;
    const float *restrict g = j->g;
    float beta1 = j->beta1, beta2 = j->beta2, step = j->rate / j->correction1, root = 1.f / __builtin_sqrtf(j->correction2);
    float coupled = j->flag ? 0.f : j->decay, shrink = j->flag ? 1.f - j->rate * j->decay : 1.f, epsilon = j->epsilon, scale = j->scale;
    for (size_t i = first; i < last; i++) {
        float gradient = g[i] * scale + coupled * p[i];
        m[i] = beta1 * m[i] + (1.f - beta1) * gradient;
        v[i] = beta2 * v[i] + (1.f - beta2) * gradient * gradient;
        p[i] = p[i] * shrink - step * m[i] / (__builtin_sqrtf(v[i]) * root + epsilon);
    }
}

VECTOR_LEVELS static void adabelief_range(const step_job *j, size_t first, size_t last) {
    float *restrict p = j->p, *restrict m = j->m, *restrict s = j->v;
    const float *restrict g = j->g;
    float beta1 = j->beta1, beta2 = j->beta2, step = j->step, root = j->root, epsilon = j->epsilon, scale = j->scale;
    float coupled = j->flag ? 0.f : j->decay, shrink = j->flag ? 1.f - j->rate * j->decay : 1.f;
    int adaptive = j->adaptive;
    for (size_t i = first; i < last; i++) {
        float gradient = g[i] * scale + coupled * p[i];
        m[i] = beta1 * m[i] + (1.f - beta1) * gradient;
        float surprise = gradient - m[i];
        s[i] = beta2 * s[i] + (1.f - beta2) * surprise * surprise + epsilon;
        p[i] = p[i] * shrink - step * m[i] / (adaptive ? __builtin_sqrtf(s[i]) * root + epsilon : 1.f);
    }
}

VECTOR_LEVELS static void sgd_range(const step_job *j, size_t first, size_t last) {
    float *restrict p = j->p, *restrict buffer = j->m;
    const float *restrict g = j->g;
    float momentum = j->beta1, decay = j->decay, rate = j->rate, scale = j->scale;
    for (size_t i = first; i < last; i++) {
        float gradient = g[i] * scale + decay * p[i];
        float velocity = j->first ? gradient : momentum * buffer[i] + gradient;
        buffer[i] = velocity;
        p[i] -= rate * (j->flag ? gradient + momentum * velocity : velocity);
    }
}

#define CHUNK(name, range)                                                                                                                 \
    static void name(void *context, size_t chunk, size_t first, size_t last) {                                                             \
        (void)chunk;                                                                                                                       \
        step_job *j = context;                                                                                                             \
        range(j, first *block, last *block < j->n ? last * block : j->n);                                                                  \
    }
CHUNK(adam_chunk, adam_range)
CHUNK(adabelief_chunk, adabelief_range)
CHUNK(sgd_chunk, sgd_range)

void emolab_adam_step(
    float *p, const float *g, float *m, float *v, size_t n, float rate, float beta1, float beta2, float epsilon, float decay, int decoupled,
    float correction1, float correction2, float scale) {
    step_job job = {
        .p = p,
        .g = g,
        .m = m,
        .v = v,
        .n = n,
        .rate = rate,
        .beta1 = beta1,
        .beta2 = beta2,
        .epsilon = epsilon,
        .decay = decay,
        .correction1 = correction1,
        .correction2 = correction2,
        .scale = scale,
        .flag = decoupled};
    emolab_rows((n + block - 1) / block, 4 * block, adam_chunk, &job);
}

void emolab_adabelief_step(
    float *p, const float *g, float *m, float *s, size_t n, float rate, float step, float root, int adaptive, float beta1, float beta2,
    float epsilon, float decay, int decoupled, float scale) {
    step_job job = {
        .p = p,
        .g = g,
        .m = m,
        .v = s,
        .n = n,
        .rate = rate,
        .beta1 = beta1,
        .beta2 = beta2,
        .epsilon = epsilon,
        .decay = decay,
        .scale = scale,
        .step = step,
        .root = root,
        .flag = decoupled,
        .adaptive = adaptive};
    emolab_rows((n + block - 1) / block, 4 * block, adabelief_chunk, &job);
}

void emolab_sgd_step(
    float *p, const float *g, float *buffer, size_t n, float rate, float momentum, int nesterov, float decay, int first, float scale) {
    step_job job = {
        .p = p,
        .g = g,
        .m = buffer,
        .n = n,
        .rate = rate,
        .beta1 = momentum,
        .decay = decay,
        .scale = scale,
        .flag = nesterov,
        .first = first};
    emolab_rows((n + block - 1) / block, 2 * block, sgd_chunk, &job);
}
