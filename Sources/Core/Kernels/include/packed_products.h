// Matrix products whose right operand was laid out beforehand as the processor wants it, in float32 or bfloat16.
#pragma once
#include <stddef.h>

typedef enum { emolab_float32 = 0, emolab_bfloat16 = 1 } emolab_type;

/// Bytes that a packed [k, n] operand takes; 0 where this machine has no such product.
size_t emolab_packed_bytes(emolab_type type, size_t k, size_t n);
/// Lays out b [k, n] (or [n, k] where `transposed`), rounding to `type`.
void emolab_pack(emolab_type type, size_t k, size_t n, const float *b, int transposed, void *packed);
/// c [m, n] float32 = a [m, k] of `type` times the packed operand, on the calling thread. Rows of all three are contiguous.
void emolab_product_packed(emolab_type type, size_t m, size_t n, size_t k, const void *a, const void *packed, float *c);
/// c [m, n] float32 = a [k, m]^T b [k, n], both bfloat16: the gradient of a weight. Shared among threads.
void emolab_product_bfloat16_transposed(size_t m, size_t n, size_t k, const void *a, const void *b, float *c);
