// Layer norm, batch norm and softmax over rows.
#pragma once
#include "packed_products.h"
#include <stddef.h>
#include <stdint.h>

/// Rows of one matrix that stand in another: row i is row source[i] there; the rows that come from its row r are users[starts[r] ..< starts[r + 1]].
typedef struct {
    size_t rows, sources;
    const int32_t *source, *starts, *users;
} emolab_row_map;

/// y [rows, n] of `y_type` = (x[map] - mean) rstd weight + bias over the last axis; mean and rstd [rows] are kept for the backward pass.
/// `map` may be null: every row of x, in order.
void emolab_layer_norm_forward(
    const float *x, const emolab_row_map *map, const float *weight, const float *bias, void *y, emolab_type y_type, float *mean,
    float *rstd, size_t rows, size_t n, float epsilon);
/// dx (of x's rows, times `beta` before) and dweight, dbias [n] (overwritten). Any of the three may be null.
void emolab_layer_norm_backward(
    const float *x, const emolab_row_map *map, const float *weight, const void *dy, emolab_type dy_type, const float *mean,
    const float *rstd, float *dx, float beta, float *dweight, float *dbias, size_t rows, size_t n);

/// out [map.sources, n] = x + the mean of the rows of y [map.rows, n] that come from each of its rows.
void emolab_add_rows(const float *x, const float *y, const emolab_row_map *map, float *out, size_t n);
/// dy [map.rows, n]: the gradient of y in emolab_add_rows, from that of out.
void emolab_add_rows_backward(const float *dout, const emolab_row_map *map, float *dy, size_t n);

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
    const float *x, const float *dy, const float *mean, const float *rstd, const float *weight, const float *sum_dy,
    const float *sum_dy_xhat, float *dx, size_t outer, size_t channels, size_t inner, int frozen);
