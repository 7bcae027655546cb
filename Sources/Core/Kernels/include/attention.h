// Scaled dot-product attention over strided heads, so that packed query-key-value rows need no copy.
#pragma once
#include "packed_products.h"
#include <stddef.h>

/// Where a head's rows lie: element (b, h, t, i) is base[b * batch + h * head + t * row + i].
typedef struct {
    size_t batch, head, row;
} emolab_heads;

typedef struct {
    size_t batch, heads, queries, keys, width;
    float scale;
    const long *lengths; // [batch] keys that count, or null for all
    emolab_heads q, k, v, out;
} emolab_attention;

/// out = softmax(scale q k^T) v; `kept` float32 [batch, heads, queries, 2] keeps each row's maximum and 1 / sum. All four are of `type`.
void emolab_attention_forward(
    const emolab_attention *shape, emolab_type type, const void *q, const void *k, const void *v, void *out, float *kept);
/// Gradients are overwritten and lie as q, k, v do; dout lies as out. Probabilities are computed again from `kept` (FlashAttention's way).
void emolab_attention_backward(
    const emolab_attention *shape, emolab_type type, const void *q, const void *k, const void *v, const float *kept, const void *dout,
    void *dq, void *dk, void *dv);
