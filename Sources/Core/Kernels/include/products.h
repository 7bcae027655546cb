// Matrix products.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// c [m, n] = op(a) op(b) + beta c, row-major; op transposes where its flag is set. Library and threads are chosen here, by shape.
void emolab_product(
    int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float beta,
    float *c, size_t ldc);
/// The same on the calling thread, for use inside a parallel loop.
void emolab_product_serial(
    int transpose_a, int transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb,
    float beta, float *c, size_t ldc);
/// `batch` products of contiguous matrices that lie stride_a, stride_b, stride_c floats apart (0 repeats one matrix).
void emolab_product_batch(
    size_t batch, int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const float *a, size_t stride_a, const float *b,
    size_t stride_b, float beta, float *c, size_t stride_c);
