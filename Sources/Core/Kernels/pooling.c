// Max and average pooling over up to three axes, and resampling of one axis by a table of taps.
#include "pooling.h"
#include "parallel.h"
#include "vectors.h"

typedef struct {
    const emolab_pooling *s;
    const float *x;
    float *y;
    int32_t *index;
    const int32_t *kept;
    int flag;
} pooling_job;

static long volume(const long *axes) { return axes[0] * axes[1] * axes[2]; }

// The part of window o along an axis that lies inside the input.
ALWAYS_INLINE void window(const emolab_pooling *s, int axis, long o, long *first, long *last) {
    if (s->adaptive) {
        *first = o * s->in[axis] / s->out[axis];
        *last = ((o + 1) * s->in[axis] + s->out[axis] - 1) / s->out[axis];
        return;
    }
    *first = o * s->stride[axis] - s->padding[axis];
    *last = *first + s->kernel[axis];
    if (*last > s->in[axis]) *last = s->in[axis];
    if (*first < 0) *first = 0;
}

static void max_chunk(void *context, size_t chunk, size_t first_plane, size_t last_plane) {
    (void)chunk;
    pooling_job *j = context;
    const emolab_pooling *s = j->s;
    for (size_t plane = first_plane; plane < last_plane; plane++) {
        const float *x = j->x + plane * (size_t)volume(s->in);
        size_t at = plane * (size_t)volume(s->out);
        for (long od = 0; od < s->out[0]; od++)
            for (long oh = 0; oh < s->out[1]; oh++)
                for (long ow = 0; ow < s->out[2]; ow++, at++) {
                    long d0, d1, h0, h1, w0, w1, best = -1;
                    window(s, 0, od, &d0, &d1);
                    window(s, 1, oh, &h0, &h1);
                    window(s, 2, ow, &w0, &w1);
                    float most = -INFINITY;
                    for (long d = d0; d < d1; d++)
                        for (long h = h0; h < h1; h++)
                            for (long w = w0; w < w1; w++) {
                                long i = (d * s->in[1] + h) * s->in[2] + w;
                                if (best < 0 || x[i] > most || x[i] != x[i]) {
                                    most = x[i];
                                    best = i;
                                }
                            }
                    j->y[at] = most;
                    j->index[at] = (int32_t)best;
                }
    }
}

void emolab_max_pool_forward(const emolab_pooling *s, const float *x, float *y, int32_t *index) {
    pooling_job job = {.s = s, .x = x, .y = y, .index = index};
    emolab_rows((size_t)s->planes, (size_t)(volume(s->out) * volume(s->kernel)), max_chunk, &job);
}

static void max_backward_chunk(void *context, size_t chunk, size_t first_plane, size_t last_plane) {
    (void)chunk;
    pooling_job *j = context;
    size_t in = (size_t)volume(j->s->in), out = (size_t)volume(j->s->out);
    for (size_t plane = first_plane; plane < last_plane; plane++) {
        float *dx = j->y + plane * in;
        memset(dx, 0, in * sizeof(float));
        for (size_t i = plane * out; i < (plane + 1) * out; i++) dx[j->kept[i]] += j->x[i];
    }
}

void emolab_max_pool_backward(const emolab_pooling *s, const float *dy, const int32_t *index, float *dx) {
    pooling_job job = {.s = s, .x = dy, .y = dx, .kept = index};
    emolab_rows((size_t)s->planes, (size_t)volume(s->in), max_backward_chunk, &job);
}

// How many values a window's mean is over: PyTorch counts padding up to the padded border, never what ceil mode adds beyond it.
ALWAYS_INLINE long divisor_of(const emolab_pooling *s, long od, long oh, long ow, long inside, int count_padding) {
    if (!count_padding) return inside;
    long size = 1, o[3] = {od, oh, ow};
    for (int axis = 0; axis < 3; axis++) {
        long first = o[axis] * s->stride[axis] - s->padding[axis], last = first + s->kernel[axis], border = s->in[axis] + s->padding[axis];
        size *= (last < border ? last : border) - first;
    }
    return size;
}

// x is read and y written forward; backward y (the gradient of the input) is added to and x is the gradient of the output.
static void average_chunk(void *context, size_t chunk, size_t first_plane, size_t last_plane) {
    (void)chunk;
    pooling_job *j = context;
    const emolab_pooling *s = j->s;
    int backward = j->flag & 2, count_padding = j->flag & 1;
    size_t in = (size_t)volume(s->in), out = (size_t)volume(s->out);
    for (size_t plane = first_plane; plane < last_plane; plane++) {
        size_t at = plane * out;
        if (backward) memset(j->y + plane * in, 0, in * sizeof(float));
        for (long od = 0; od < s->out[0]; od++)
            for (long oh = 0; oh < s->out[1]; oh++)
                for (long ow = 0; ow < s->out[2]; ow++, at++) {
                    long d0, d1, h0, h1, w0, w1;
                    window(s, 0, od, &d0, &d1);
                    window(s, 1, oh, &h0, &h1);
                    window(s, 2, ow, &w0, &w1);
                    float scale = 1.f / (float)divisor_of(s, od, oh, ow, (d1 - d0) * (h1 - h0) * (w1 - w0), count_padding), sum = 0.f;
                    for (long d = d0; d < d1; d++)
                        for (long h = h0; h < h1; h++)
                            for (long w = w0; w < w1; w++) {
                                size_t i = plane * in + (size_t)((d * s->in[1] + h) * s->in[2] + w);
                                if (backward)
                                    j->y[i] += j->x[at] * scale;
                                else
                                    sum += j->x[i];
                            }
                    if (!backward) j->y[at] = sum * scale;
                }
    }
}

void emolab_average_pool_forward(const emolab_pooling *s, const float *x, float *y, int count_padding) {
    pooling_job job = {.s = s, .x = x, .y = y, .flag = count_padding ? 1 : 0};
    emolab_rows((size_t)s->planes, (size_t)(volume(s->out) * volume(s->kernel)), average_chunk, &job);
}

void emolab_average_pool_backward(const emolab_pooling *s, const float *dy, float *dx, int count_padding) {
    pooling_job job = {.s = s, .x = dy, .y = dx, .flag = (count_padding ? 1 : 0) | 2};
    emolab_rows((size_t)s->planes, (size_t)(volume(s->out) * volume(s->kernel)), average_chunk, &job);
}

typedef struct {
    const float *x;
    float *y;
    size_t in, out, inner, width;
    const long *index;
    const float *weights;
} resample_job;

VECTOR_LEVELS static void resample_range(const resample_job *j, size_t first, size_t last) {
    for (size_t o = first; o < last; o++)
        for (size_t i = 0; i < j->out; i++) {
            float *restrict y = j->y + (o * j->out + i) * j->inner;
            for (size_t c = 0; c < j->inner; c++) y[c] = 0.f;
            for (size_t k = i * j->width; k < (i + 1) * j->width; k++) {
                const float *restrict x = j->x + (o * j->in + (size_t)j->index[k]) * j->inner;
                float weight = j->weights[k];
                for (size_t c = 0; c < j->inner; c++) y[c] += weight * x[c];
            }
        }
}

VECTOR_LEVELS static void resample_backward_range(const resample_job *j, size_t first, size_t last) {
    for (size_t o = first; o < last; o++) {
        memset(j->y + o * j->in * j->inner, 0, j->in * j->inner * sizeof(float));
        for (size_t i = 0; i < j->out; i++) {
            const float *restrict dy = j->x + (o * j->out + i) * j->inner;
            for (size_t k = i * j->width; k < (i + 1) * j->width; k++) {
                float *restrict dx = j->y + (o * j->in + (size_t)j->index[k]) * j->inner;
                float weight = j->weights[k];
                for (size_t c = 0; c < j->inner; c++) dx[c] += weight * dy[c];
            }
        }
    }
}

static void resample_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    resample_range(context, first, last);
}
static void resample_backward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    resample_backward_range(context, first, last);
}

void emolab_resample_axis(
    const float *x, float *y, size_t outer, size_t in, size_t out, size_t inner, const long *index, const float *weights, size_t width) {
    resample_job job = {x, y, in, out, inner, width, index, weights};
    emolab_rows(outer, out * inner * width, resample_chunk, &job);
}

void emolab_resample_axis_backward(
    const float *dy, float *dx, size_t outer, size_t in, size_t out, size_t inner, const long *index, const float *weights, size_t width) {
    resample_job job = {dy, dx, in, out, inner, width, index, weights};
    emolab_rows(outer, out * inner * width, resample_backward_chunk, &job);
}
