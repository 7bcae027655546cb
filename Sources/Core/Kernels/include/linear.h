// The linear layer as one pass: product, bias, low-rank adapter, activation, residual; and its way back.
#pragma once
#include "packed_products.h"
#include <stddef.h>
#include <stdint.h>

/// y = x in another type.
void emolab_convert(const void *x, emolab_type from, void *y, emolab_type to, size_t n);

/// The right operand of a product [k, n]: packed, or plain float32 [k, n] (or [n, k] where transposed) where `packed` is null.
typedef struct {
    emolab_type type;
    size_t k, n;
    const void *packed;
    const float *plain;
    int transposed;
} emolab_weights;

/// LoRA (Hu et al., 2021): y[:, offsets[p] + c] += scale (dropout(x) a_p^T) b_p^T for every part p. No parts: no adapter.
typedef struct {
    size_t parts, rank, width;
    size_t offsets[3];   // first output column of each part, `width` columns wide
    const float *a, *bt; // [parts rank, in], and b transposed, [parts rank, width]
    float scale, dropout;
    uint64_t key; // of the dropout mask, as emolab_dropout's
    float *u;     // [rows, parts rank]: dropout(x) a^T, kept for the way back
} emolab_adapter;

/// What rounding the weights to bfloat16 took away, given back for the mean of each group of rows: y += mean(x) residual^T. Rows of one clip have much in
/// common, and an error in what they share is not averaged out by attention; it is most of the rounding error (docs/performance.md).
typedef struct {
    size_t group,
        whole; // rows a group, and how many such groups, from row 0 on; later rows are groups of their own; group 0: no correction
    const void *packed[2]; // bfloat16 W - bfloat16(W), packed; the first and the second half of the output
    float *room;           // emolab_correction_floats of it
} emolab_correction;

size_t emolab_correction_floats(size_t group, size_t whole, size_t rows, size_t in, size_t out);

typedef struct {
    size_t rows, in, out;
    const void *x;
    emolab_type x_type;     // [rows, in]
    emolab_weights weights; // in → out
    const float *bias;      // [out] or null
    emolab_adapter adapter;
    emolab_correction correction;
    int activation;        // emolab_relu, emolab_gelu, emolab_gelu_tanh or -1
    void *before;          // [rows, out] of y's type: values before the activation; null where nobody asks
    const float *residual; // [rows, out] added last, or null
    void *y;
    emolab_type y_type;
} emolab_linear;

void emolab_linear_forward(const emolab_linear *layer);

typedef struct {
    size_t rows, in, out;
    const void *dy;
    emolab_type dy_type; // [rows, out]
    int activation;
    const void *before;     // of dy's type; relu: y itself
    emolab_weights weights; // out → in
    const void *x;
    emolab_type x_type; // for the adapter
    emolab_adapter adapter;
    void *dz;
    emolab_type dz_type; // [rows, out] gradient before the activation, for the weight's; or null
    void *dx;
    emolab_type dx_type;
    float beta;      // null: not wanted; beta only with float32
    float *da, *dbt; // adapter's gradients, as a and bt; overwritten
} emolab_linear_gradient;

void emolab_linear_backward(const emolab_linear_gradient *layer);
