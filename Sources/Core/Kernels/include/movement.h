// Values moved, not changed: permutations, slices, repetition, gathering.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// y, contiguous of `shape`, is filled from x, whose axes step by `strides` (0 repeats). rank <= 8.
void emolab_gather_strided(const float *x, float *y, int rank, const long *shape, const long *strides);
/// The backward of the above: x at its strides += y, contiguous.
void emolab_scatter_strided(float *x, const float *y, int rank, const long *shape, const long *strides);
/// y [count, width] = table[indices[i], width]
void emolab_gather_rows(const float *table, const long *indices, float *y, size_t count, size_t width);
/// table[indices[i]] += y[i], in order.
void emolab_scatter_rows(float *table, const long *indices, const float *y, size_t count, size_t width);
