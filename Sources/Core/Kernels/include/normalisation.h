// Layer norm, batch norm and softmax over rows.
#pragma once
#include <stddef.h>

/// y [rows, n] = (x - mean) rstd weight + bias over the last axis; mean and rstd [rows] are kept for the backward pass.
void emolab_layer_norm_forward(
    const float *x, const float *weight, const float *bias, float *y, float *mean, float *rstd, size_t rows, size_t n, float epsilon);
/// dx [rows, n]; dweight, dbias [n] are overwritten. Any of the three may be null.
void emolab_layer_norm_backward(
    const float *x, const float *weight, const float *dy, const float *mean, const float *rstd, float *dx, float *dweight, float *dbias, size_t rows,
    size_t n);

/// Softmax (or its logarithm) over the last axis of x [rows, n].
void emolab_softmax_forward(const float *x, float *y, size_t rows, size_t n, int logarithm);
void emolab_softmax_backward(const float *y, const float *dy, float *dx, size_t rows, size_t n, int logarithm);

/// Mean and biased variance of each channel of x [outer, channels, inner].
void emolab_channel_moments(const float *x, float *mean, float *variance, size_t outer, size_t channels, size_t inner);
/// y = (x - mean[c]) rstd[c] weight[c] + bias[c]
void emolab_channel_affine(
    const float *x, const float *mean, const float *rstd, const float *weight, const float *bias, float *y, size_t outer, size_t channels,
    size_t inner);
/// sum_dy[c] = sum of dy, sum_dy_xhat[c] = sum of dy * (x - mean) rstd
void emolab_batch_norm_sums(
    const float *x, const float *dy, const float *mean, const float *rstd, float *sum_dy, float *sum_dy_xhat, size_t outer, size_t channels,
    size_t inner);
/// dx of batch norm with batch statistics; with `frozen` statistics dx = dy weight rstd.
void emolab_batch_norm_backward(
    const float *x, const float *dy, const float *mean, const float *rstd, const float *weight, const float *sum_dy, const float *sum_dy_xhat,
    float *dx, size_t outer, size_t channels, size_t inner, int frozen);
