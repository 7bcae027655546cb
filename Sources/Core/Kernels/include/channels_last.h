// Maps with channels last, [batch, (depth,) height, width, channels]: convolution, batch norm with what follows it, max pooling.
#pragma once
#include "convolution.h"
#include "pooling.h"
#include <stdint.h>

enum emolab_convolution_pass { emolab_pass_forward, emolab_pass_backward_input, emolab_pass_backward_weight };

/// Whether this machine's libraries and our kernels have the pass for this shape with channels last; where not, unfold channels-first maps.
int emolab_channels_last_fits(const emolab_convolution *s, int pass);
/// Floats of workspace that the pass wants.
size_t emolab_channels_last_workspace(const emolab_convolution *s, int pass);
/// y [batch, out..., out_channels] = x [batch, in..., in_channels] * w [out_channels, in_channels / groups, kernel...] + bias (may be null).
void emolab_channels_last_forward(
    const emolab_convolution *s, const float *x, const float *w, const float *bias, float *y, float *workspace);
/// dx and dw are overwritten. Sums over samples are cut by shape alone.
void emolab_channels_last_backward_input(const emolab_convolution *s, const float *w, const float *dy, float *dx, float *workspace);
void emolab_channels_last_backward_weight(const emolab_convolution *s, const float *x, const float *dy, float *dw, float *workspace);

/// Batch norm of x [rows, channels], then `+ residual` [rows, channels] where not null, then ReLU where asked.
typedef struct {
    size_t rows, channels;
    const float *mean, *rstd, *weight, *bias;
    int relu, frozen; // frozen: the statistics are given, not this batch's
} emolab_norm_last;

/// Mean and biased variance of each column of x [rows, channels].
void emolab_moments_last(const float *x, float *mean, float *variance, size_t rows, size_t channels);
void emolab_norm_last_forward(const emolab_norm_last *s, const float *x, const float *residual, float *y);
/// All gradients are overwritten; dresidual may be null, and dx where only the parameters' are wanted. y is the forward pass's result.
void emolab_norm_last_backward(
    const emolab_norm_last *s, const float *x, const float *y, const float *dy, float *dx, float *dresidual, float *dweight, float *dbias);

/// Largest value of each window; `planes` of `s` counts samples. `place` [planes, out..., channels] keeps where in its window it was.
void emolab_max_pool_last_forward(const emolab_pooling *s, size_t channels, const float *x, float *y, uint8_t *place);
/// dx is overwritten.
void emolab_max_pool_last_backward(const emolab_pooling *s, size_t channels, const float *dy, const uint8_t *place, float *dx);
