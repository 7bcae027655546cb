// oneDNN's convolution primitives for channels-last maps, made once a shape. The only place that calls them; version 2 and 3.
#pragma once
#include "channels_last.h"

/// Whether oneDNN has a fast primitive for the pass.
int emolab_onednn_convolution_fits(const emolab_convolution *s, int pass);
size_t emolab_onednn_convolution_workspace(const emolab_convolution *s, int pass);
void emolab_onednn_forward(const emolab_convolution *s, const float *x, const float *w, const float *bias, float *y, float *workspace);
void emolab_onednn_backward_input(const emolab_convolution *s, const float *w, const float *dy, float *dx, float *workspace);
void emolab_onednn_backward_weight(const emolab_convolution *s, const float *x, const float *dy, float *dw, float *workspace);
