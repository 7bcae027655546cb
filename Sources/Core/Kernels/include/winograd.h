// 3x3 and 3x3x3 convolutions of channels-last maps by minimal filtering. Maps are [batch, (depth,) height, width, channels], weights [out, in, (taps,) 3, 3].
#pragma once
#include "convolution.h"

/// Whether the shape is one of this method's: a window of stride 1, 3x3 over the last two axes and at most 3 over the first, channels by multiples of 32.
int emolab_winograd_fits(const emolab_convolution *s);
/// Floats that the forward and input-gradient passes need for transformed weights.
size_t emolab_winograd_workspace(const emolab_convolution *s);
/// Floats that the weight-gradient pass needs.
size_t emolab_winograd_weight_workspace(const emolab_convolution *s);

/// y is overwritten; bias [out] may be null.
void emolab_winograd_forward(const emolab_convolution *s, const float *x, const float *w, const float *bias, float *y, float *workspace);
void emolab_winograd_backward_input(const emolab_convolution *s, const float *w, const float *dy, float *dx, float *workspace);
void emolab_winograd_backward_weight(const emolab_convolution *s, const float *x, const float *dy, float *dw, float *workspace);
