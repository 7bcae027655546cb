// Convolution: each sample's windows are unfolded into a matrix in the thread's scratch memory, then one product a group.
#include "convolution.h"
#include "parallel.h"
#include "products.h"
#include "vectors.h"

typedef struct {
    const emolab_convolution *s;
    const float *x, *w, *bias, *dy;
    float *y, *dx, *partial;
} convolution_job;

static long volume(const long *axes) { return axes[0] * axes[1] * axes[2]; }

// Valid output range along the last axis for kernel offset k: all o with 0 <= o stride - padding + k dilation < length.
static void valid_range(const emolab_convolution *s, int axis, long k, long *first, long *last) {
    long shift = k * s->dilation[axis] - s->padding[axis], stride = s->stride[axis];
    *first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    long reach = s->in[axis] - 1 - shift;
    *last = reach < 0 ? 0 : reach / stride + 1;
    if (*last > s->out[axis]) *last = s->out[axis];
    if (*first > *last) *first = *last;
}

// columns [channels * kernel, out]: row (c, k) holds the input value that window offset k sees at each output position; zero outside.
// `fold` adds columns back into x instead.
VECTOR_LEVELS static void unfold(const emolab_convolution *s, float *x, float *columns, long channels, int fold) {
    long plane = volume(s->out), input = volume(s->in);
    for (long c = 0; c < channels; c++)
        for (long kd = 0; kd < s->kernel[0]; kd++)
            for (long kh = 0; kh < s->kernel[1]; kh++)
                for (long kw = 0; kw < s->kernel[2]; kw++, columns += plane) {
                    long first, last;
                    valid_range(s, 2, kw, &first, &last);
                    for (long od = 0; od < s->out[0]; od++) {
                        long id = od * s->stride[0] - s->padding[0] + kd * s->dilation[0];
                        for (long oh = 0; oh < s->out[1]; oh++) {
                            long ih = oh * s->stride[1] - s->padding[1] + kh * s->dilation[1];
                            float *row = columns + (od * s->out[1] + oh) * s->out[2];
                            if (id < 0 || id >= s->in[0] || ih < 0 || ih >= s->in[1]) {
                                if (!fold) memset(row, 0, (size_t)s->out[2] * sizeof(float));
                                continue;
                            }
                            float *source = x + c * input + (id * s->in[1] + ih) * s->in[2] + kw * s->dilation[2] - s->padding[2];
                            long stride = s->stride[2];
                            if (fold) {
                                for (long o = first; o < last; o++) source[o * stride] += row[o];
                            } else {
                                for (long o = 0; o < first; o++) row[o] = 0.f;
                                if (stride == 1)
                                    for (long o = first; o < last; o++) row[o] = source[o];
                                else
                                    for (long o = first; o < last; o++) row[o] = source[o * stride];
                                for (long o = last; o < s->out[2]; o++) row[o] = 0.f;
                            }
                        }
                    }
                }
}

// A window of one value that never skips or pads sees the input itself.
static int is_pointwise(const emolab_convolution *s) {
    return volume(s->kernel) == 1 && volume(s->stride) == 1 && s->padding[0] + s->padding[1] + s->padding[2] == 0;
}

static void forward_task(void *context, size_t task) {
    convolution_job *j = context;
    const emolab_convolution *s = j->s;
    long g = (long)task % s->groups, n = (long)task / s->groups;
    long ci = s->in_channels / s->groups, co = s->out_channels / s->groups, depth = ci * volume(s->kernel), plane = volume(s->out);
    const float *x = j->x + (n * s->in_channels + g * ci) * volume(s->in);
    float *y = j->y + (n * s->out_channels + g * co) * plane;
    const float *columns = x;
    if (!is_pointwise(s)) {
        float *unfolded = emolab_scratch(1, (size_t)(depth * plane));
        unfold(s, (float *)x, unfolded, ci, 0);
        columns = unfolded;
    }
    if (j->bias)
        for (long c = 0; c < co; c++)
            for (long i = 0; i < plane; i++) y[c * plane + i] = j->bias[g * co + c];
    emolab_product(
        0, 0, (size_t)co, (size_t)plane, (size_t)depth, j->w + g * co * depth, (size_t)depth, columns, (size_t)plane, j->bias ? 1.f : 0.f,
        y, (size_t)plane);
}

void emolab_convolution_forward(const emolab_convolution *s, const float *x, const float *w, const float *bias, float *y) {
    convolution_job job = {.s = s, .x = x, .w = w, .bias = bias, .y = y};
    emolab_parallel((size_t)(s->batch * s->groups), forward_task, &job);
}

static void backward_input_task(void *context, size_t task) {
    convolution_job *j = context;
    const emolab_convolution *s = j->s;
    long g = (long)task % s->groups, n = (long)task / s->groups;
    long ci = s->in_channels / s->groups, co = s->out_channels / s->groups, depth = ci * volume(s->kernel), plane = volume(s->out);
    const float *dy = j->dy + (n * s->out_channels + g * co) * plane, *w = j->w + g * co * depth;
    float *dx = j->dx + (n * s->in_channels + g * ci) * volume(s->in);
    if (is_pointwise(s)) {
        emolab_product(1, 0, (size_t)depth, (size_t)plane, (size_t)co, w, (size_t)depth, dy, (size_t)plane, 0.f, dx, (size_t)plane);
        return;
    }
    float *columns = emolab_scratch(1, (size_t)(depth * plane));
    emolab_product(1, 0, (size_t)depth, (size_t)plane, (size_t)co, w, (size_t)depth, dy, (size_t)plane, 0.f, columns, (size_t)plane);
    memset(dx, 0, (size_t)(ci * volume(s->in)) * sizeof(float));
    unfold(s, dx, columns, ci, 1);
}

void emolab_convolution_backward_input(const emolab_convolution *s, const float *w, const float *dy, float *dx) {
    convolution_job job = {.s = s, .w = w, .dy = dy, .dx = dx};
    emolab_parallel((size_t)(s->batch * s->groups), backward_input_task, &job);
}

// The weight gradient is a sum over samples: a fixed number of partial sums, added in order.
size_t emolab_convolution_partials(const emolab_convolution *s) { return s->batch < 4 ? (size_t)s->batch : 4; }

static void backward_weight_task(void *context, size_t task) {
    convolution_job *j = context;
    const emolab_convolution *s = j->s;
    long parts = (long)emolab_convolution_partials(s), part = (long)task / s->groups, g = (long)task % s->groups;
    long ci = s->in_channels / s->groups, co = s->out_channels / s->groups, depth = ci * volume(s->kernel), plane = volume(s->out);
    float *dw = j->partial + (part * s->out_channels + g * co) * depth;
    float *unfolded = is_pointwise(s) ? 0 : emolab_scratch(1, (size_t)(depth * plane));
    long first = s->batch * part / parts, last = s->batch * (part + 1) / parts;
    for (long n = first; n < last; n++) {
        const float *x = j->x + (n * s->in_channels + g * ci) * volume(s->in), *columns = x;
        if (unfolded) {
            unfold(s, (float *)x, unfolded, ci, 0);
            columns = unfolded;
        }
        emolab_product(
            0, 1, (size_t)co, (size_t)depth, (size_t)plane, j->dy + (n * s->out_channels + g * co) * plane, (size_t)plane, columns,
            (size_t)plane, n == first ? 0.f : 1.f, dw, (size_t)depth);
    }
}

void emolab_convolution_backward_weight(const emolab_convolution *s, const float *x, const float *dy, float *dw, float *workspace) {
    convolution_job job = {.s = s, .x = x, .dy = dy, .partial = workspace};
    size_t parts = emolab_convolution_partials(s), count = (size_t)(s->out_channels * (s->in_channels / s->groups) * volume(s->kernel));
    emolab_parallel(parts * (size_t)s->groups, backward_weight_task, &job);
    memcpy(dw, workspace, count * sizeof(float));
    for (size_t part = 1; part < parts; part++)
        for (size_t i = 0; i < count; i++) dw[i] += workspace[part * count + i];
}
