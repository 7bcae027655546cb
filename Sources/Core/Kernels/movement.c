// Permutations, slices, repetition and gathering, all as walks over strided memory.
#include "movement.h"
#include "parallel.h"
#include "vectors.h"

typedef struct { const float *x; float *y; int rank; long shape[8], strides[8], inner; } walk;

// Axes of length 1 go, and neighbours that step as one axis become one.
static walk collapsed(const float *x, float *y, int rank, const long *shape, const long *strides) {
    walk w = {.x = x, .y = y};
    for (int axis = 0; axis < rank; axis++) {
        if (shape[axis] == 1) continue;
        int last = w.rank - 1;
        if (last >= 0 && w.strides[last] == strides[axis] * shape[axis]) {
            w.shape[last] *= shape[axis];
            w.strides[last] = strides[axis];
        } else {
            w.shape[w.rank] = shape[axis];
            w.strides[w.rank++] = strides[axis];
        }
    }
    if (w.rank == 0) { w.shape[0] = 1; w.strides[0] = 1; w.rank = 1; }
    w.inner = w.shape[w.rank - 1];
    return w;
}

static long offset_of_row(const walk *w, size_t row) {
    long offset = 0;
    for (int axis = w->rank - 2; axis >= 0; axis--) {
        offset += (long)(row % (size_t)w->shape[axis]) * w->strides[axis];
        row /= (size_t)w->shape[axis];
    }
    return offset;
}

static size_t rows_of(const walk *w) {
    size_t rows = 1;
    for (int axis = 0; axis < w->rank - 1; axis++) rows *= (size_t)w->shape[axis];
    return rows;
}

VECTOR_LEVELS static void gather_chunk_body(const walk *w, size_t first, size_t last) {
    long step = w->strides[w->rank - 1], inner = w->inner;
    for (size_t row = first; row < last; row++) {
        const float *restrict x = w->x + offset_of_row(w, row);
        float *restrict y = w->y + row * (size_t)inner;
        if (step == 1) { for (long i = 0; i < inner; i++) y[i] = x[i]; }
        else for (long i = 0; i < inner; i++) y[i] = x[i * step];
    }
}

static void gather_chunk(void *context, size_t chunk, size_t first, size_t last) { (void)chunk; gather_chunk_body(context, first, last); }

void emolab_gather_strided(const float *x, float *y, int rank, const long *shape, const long *strides) {
    walk w = collapsed(x, y, rank, shape, strides);
    emolab_rows(rows_of(&w), (size_t)w.inner + 8, gather_chunk, &w);
}

VECTOR_LEVELS void emolab_scatter_strided(float *x, const float *y, int rank, const long *shape, const long *strides) {
    walk w = collapsed(0, 0, rank, shape, strides);
    long step = w.strides[w.rank - 1], inner = w.inner;
    size_t rows = rows_of(&w);
    for (size_t row = 0; row < rows; row++) {
        float *restrict to = x + offset_of_row(&w, row);
        const float *restrict from = y + row * (size_t)inner;
        if (step == 1) { for (long i = 0; i < inner; i++) to[i] += from[i]; }
        else if (step == 0) { float sum = 0.f; for (long i = 0; i < inner; i++) sum += from[i]; to[0] += sum; }
        else for (long i = 0; i < inner; i++) to[i * step] += from[i];
    }
}

void emolab_gather_rows(const float *table, const long *indices, float *y, size_t count, size_t width) {
    for (size_t i = 0; i < count; i++) memcpy(y + i * width, table + (size_t)indices[i] * width, width * sizeof(float));
}

VECTOR_LEVELS void emolab_scatter_rows(float *table, const long *indices, const float *y, size_t count, size_t width) {
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < width; c++) table[(size_t)indices[i] * width + c] += y[i * width + c];
}
