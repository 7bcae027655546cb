// What a face detector runs on pictures of a few channels: area means of an 8-bit picture, valid convolutions, max pools. All on the calling
// thread, row by row and without memory of their own, so that a whole network passes through the second cache level.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Positions that emolab_small_convolve may read and write beyond those asked for; what it finds there is never used.
enum { emolab_small_slack = 12 };

/// A convolution of stride 1 without padding, and PReLU. With `taps_down` and `taps_across` 1 it is a linear layer, with positions as its rows.
typedef struct {
    size_t taps_down, taps_across, in_channels;
    /// A multiple of 16; what a network has less is zero in weights, bias and slopes.
    size_t out_channels;
    /// [taps_down, taps_across, in_channels, out_channels]
    const float *weights;
    /// [out_channels]
    const float *bias;
    /// [out_channels]; null for no PReLU.
    const float *slopes;
} emolab_small_layer;

/// y [positions, out_channels]: position p sees taps_across * in_channels floats from rows[r] + p * in_channels on, for each of taps_down rows.
void emolab_small_convolve(const emolab_small_layer *layer, const float *const *rows, size_t positions, float *y);

/// Floats of workspace that emolab_small_convolve_pair takes.
size_t emolab_small_pair_workspace(const emolab_small_layer *layer);

/// Two rows of a 3x3 convolution and PReLU at once, by minimal filtering: y[0] and y[1] [positions, out_channels] from four rows. The layer's weights
/// are emolab_small_transform's, at most 256 outputs. rows[3] has no influence on y[0].
void emolab_small_convolve_pair(
    const emolab_small_layer *layer, const float *const *rows, size_t positions, float *workspace, float *const *y);

/// u [16, in_channels, out_channels] for emolab_small_convolve_pair, from w [3, 3, in_channels, out_channels].
void emolab_small_transform(const float *w, size_t in_channels, size_t out_channels, float *u);

/// y [positions] = the difference of scores second - first of each position of x [positions, channels]: w [channels] holds the difference of both
/// rows of weights, a multiple of 16; `bias` that of both biases.
void emolab_small_dots(const float *x, size_t positions, size_t channels, const float *w, float bias, float *y);

/// y [count, channels]: maxima over `window` columns from 2 i on, cut off at `width`, of all `row_count` rows [width, pitch].
/// `pitch` is a multiple of 16; 16 floats beyond the end of y are written.
void emolab_small_max_pool(
    const float *const *rows, size_t row_count, size_t width, size_t pitch, size_t channels, size_t window, size_t count, float *y);

/// y [width, 3] = scale * mean + shift over `rows` rows of an 8-bit RGB picture, `stride` bytes apart, and columns starts[i] ..< ends[i] of
/// source_width. `sums` is workspace of 3 source_width + 1 floats; one float beyond the end of y is written.
void emolab_area_row(
    const uint8_t *pixels, size_t stride, size_t rows, size_t source_width, const int32_t *starts, const int32_t *ends, size_t width,
    float scale, float shift, float *sums, float *y);
