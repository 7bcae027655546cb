// Convolution of one, two or three spatial axes as a matrix product over unfolded windows; shorter ranks have leading axes of length 1.
#pragma once
#include <stddef.h>

typedef struct {
    long batch, in_channels, out_channels, groups;
    long in[3], out[3], kernel[3], stride[3], padding[3], dilation[3];
} emolab_convolution;

/// y [batch, out_channels, out...] = x [batch, in_channels, in...] * w [out_channels, in_channels / groups, kernel...] + bias (may be null).
void emolab_convolution_forward(const emolab_convolution *s, const float *x, const float *w, const float *bias, float *y);
/// dx is overwritten.
void emolab_convolution_backward_input(const emolab_convolution *s, const float *w, const float *dy, float *dx);
/// dw is overwritten; `workspace` holds emolab_convolution_partials(s) copies of dw.
void emolab_convolution_backward_weight(const emolab_convolution *s, const float *x, const float *dy, float *dw, float *workspace);
size_t emolab_convolution_partials(const emolab_convolution *s);
