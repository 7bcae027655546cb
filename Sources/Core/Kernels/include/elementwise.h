// One value in, one value out, and pairs of values with or without broadcasting.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Functions of one value. The comment says what the backward pass keeps: x (input) or y (result).
enum emolab_unary {
    emolab_relu,       // y
    emolab_leaky_relu, // x, parameter: slope below 0
    emolab_elu,        // x, parameter: alpha
    emolab_gelu,       // x
    emolab_gelu_tanh,  // x
    emolab_silu,       // x
    emolab_sigmoid,    // y
    emolab_tanh,       // y
    emolab_exp,        // y
    emolab_log,        // x
    emolab_sqrt,       // y
    emolab_square,     // x
    emolab_abs,        // x
    emolab_scale,      // nothing, parameter: factor
    emolab_shift,      // nothing, parameter: summand
    emolab_reciprocal, // y
};

void emolab_unary_forward(int operation, const float *x, float *y, size_t count, float parameter);
/// dx = dy * slope; `kept` is the input or the result, as the operation wants.
void emolab_unary_backward(int operation, const float *kept, const float *dy, float *dx, size_t count, float parameter);

enum emolab_binary { emolab_add, emolab_subtract, emolab_multiply, emolab_divide };

/// y = a (op) b, all of `count` values.
void emolab_binary_same(int operation, const float *a, const float *b, float *y, size_t count);
/// a and y are [outer, middle, inner], b is [middle]; `swapped` computes b (op) a.
void emolab_binary_broadcast(
    int operation, const float *a, const float *b, float *y, size_t outer, size_t middle, size_t inner, int swapped);
/// sums x [outer, middle, inner] to y [middle]; adds to what y holds where `accumulate`.
void emolab_sum_to_middle(const float *x, float *y, size_t outer, size_t middle, size_t inner, int accumulate);
/// y[outer, middle, inner] = scale * x[outer, inner], the backward of a sum over the middle axis.
void emolab_repeat_middle(const float *x, float *y, size_t outer, size_t middle, size_t inner, float scale);
/// y[outer, inner] = scale * sum over the middle axis of x.
void emolab_sum_middle(const float *x, float *y, size_t outer, size_t middle, size_t inner, float scale);

/// y += scale * x
void emolab_add_scaled(const float *x, float *y, size_t count, float scale);
void emolab_fill(float *y, size_t count, float value);
float emolab_sum(const float *x, size_t count);
/// Sum of squares in double precision, for norms.
double emolab_sum_of_squares(const float *x, size_t count);
float emolab_dot(const float *x, const float *y, size_t count);

/// y[i] = keeps i ? x[i] / (1 - p) : 0. Whether i is kept is a hash of (key, i): the backward pass calls this again with dy.
void emolab_dropout(const float *x, float *y, size_t count, float p, uint64_t key);
