// Pooling over windows and resizing of pictures; shorter ranks have leading axes of length 1.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Where `adaptive`, window o along an axis is floor(o in / out) up to ceil((o + 1) in / out), and kernel is only an estimate of its length.
typedef struct {
    long planes, in[3], out[3], kernel[3], stride[3], padding[3];
    int adaptive;
} emolab_pooling;

/// Largest value of each window; `index` [planes, out...] keeps where in its plane it was.
void emolab_max_pool_forward(const emolab_pooling *s, const float *x, float *y, int32_t *index);
/// Mean of each window, padding counted where `count_padding`.
void emolab_average_pool_forward(const emolab_pooling *s, const float *x, float *y, int count_padding);
/// dx is overwritten.
void emolab_max_pool_backward(const emolab_pooling *s, const float *dy, const int32_t *index, float *dx);
void emolab_average_pool_backward(const emolab_pooling *s, const float *dy, float *dx, int count_padding);

/// y [outer, out, inner] from x [outer, in, inner]: output i is the sum over `width` taps of weights[i][k] * x[index[i][k]].
void emolab_resample_axis(
    const float *x, float *y, size_t outer, size_t in, size_t out, size_t inner, const long *index, const float *weights, size_t width);
/// The transpose of the above; dx is overwritten.
void emolab_resample_axis_backward(
    const float *dy, float *dx, size_t outer, size_t in, size_t out, size_t inner, const long *index, const float *weights, size_t width);
