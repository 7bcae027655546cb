// Scaled dot-product attention over strided heads, so that packed query-key-value rows need no copy.
#pragma once
#include <stddef.h>

/// Where a head's rows lie: element (b, h, t, i) is base[b * batch + h * head + t * row + i].
typedef struct { size_t batch, head, row; } emolab_heads;

typedef struct {
    size_t batch, heads, queries, keys, width;
    float scale;
    const long *lengths;  // [batch] keys that count, or null for all
    emolab_heads q, k, v, out;
} emolab_attention;

/// out = softmax(scale q k^T) v; `kept` [batch, heads, queries, 2] keeps each row's maximum and 1 / sum.
void emolab_attention_forward(const emolab_attention *shape, const float *q, const float *k, const float *v, float *out, float *kept);
/// Gradients are overwritten and lie as q, k, v do; dout lies as out. Probabilities are computed again from `kept` (FlashAttention's way).
void emolab_attention_backward(
    const emolab_attention *shape, const float *q, const float *k, const float *v, const float *out, const float *kept, const float *dout, float *dq,
    float *dk, float *dv);
