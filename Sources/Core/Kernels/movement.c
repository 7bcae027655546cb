// Permutations, slices, repetition and gathering, all as walks over strided memory.
#include "movement.h"
#include "parallel.h"
#include "vectors.h"

typedef struct {
    const float *x;
    float *y;
    int rank;
    long shape[8], strides[8], inner;
} walk;

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
    if (w.rank == 0) {
        w.shape[0] = 1;
        w.strides[0] = 1;
        w.rank = 1;
    }
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
        if (step == 1) {
            for (long i = 0; i < inner; i++) y[i] = x[i];
        } else
            for (long i = 0; i < inner; i++) y[i] = x[i * step];
    }
}

static void gather_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    gather_chunk_body(context, first, last);
}

// Where the source runs along another axis than the result, squares of 16 by 16 are moved, so that every cache line is used whole while it is near.
enum { tile = 16 };

typedef struct {
    walk w;
    int fast;
    long fast_step;
    size_t tiles;
} tiled_walk;

VECTOR_LEVELS static void transpose_tiles(const tiled_walk *t, size_t first, size_t last) {
    const walk *w = &t->w;
    long inner = w->inner, step = w->strides[w->rank - 1], fast = w->shape[t->fast];
    for (size_t task = first; task < last; task++) {
        long i0 = (long)(task % t->tiles) * tile, i1 = i0 + tile < fast ? i0 + tile : fast, from = 0, to = 0, y_step = inner;
        size_t rest = task / t->tiles;
        for (int axis = w->rank - 2; axis >= 0; axis--) {
            if (axis != t->fast) {
                long at = (long)(rest % (size_t)w->shape[axis]);
                rest /= (size_t)w->shape[axis];
                from += at * w->strides[axis];
                to += at * y_step;
            }
            y_step *= w->shape[axis];
        }
        for (long j0 = 0; j0 < inner; j0 += tile) {
            long j1 = j0 + tile < inner ? j0 + tile : inner;
            for (long i = i0; i < i1; i++) {
                const float *restrict x = w->x + from + i;
                float *restrict y = w->y + to + i * t->fast_step;
                for (long j = j0; j < j1; j++) y[j] = x[j * step];
            }
        }
    }
}

static void transpose_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    transpose_tiles(context, first, last);
}

void emolab_gather_strided(const float *x, float *y, int rank, const long *shape, const long *strides) {
    walk w = collapsed(x, y, rank, shape, strides);
    if (w.rank > 1 && w.strides[w.rank - 1] > 1) {
        tiled_walk t = {.w = w, .fast = -1};
        long y_step = w.inner;
        size_t rest = 1;
        for (int axis = w.rank - 2; axis >= 0; axis--) {
            if (w.strides[axis] == 1 && t.fast < 0) {
                t.fast = axis;
                t.fast_step = y_step;
            } else {
                rest *= (size_t)w.shape[axis];
            }
            y_step *= w.shape[axis];
        }
        if (t.fast >= 0) {
            t.tiles = (size_t)(w.shape[t.fast] + tile - 1) / tile;
            emolab_rows(rest * t.tiles, (size_t)w.inner * tile, transpose_chunk, &t);
            return;
        }
    }
    emolab_rows(rows_of(&w), (size_t)w.inner + 8, gather_chunk, &w);
}

VECTOR_LEVELS static void scatter_range(const walk *w, size_t first, size_t last) {
    long step = w->strides[w->rank - 1], inner = w->inner;
    for (size_t row = first; row < last; row++) {
        float *restrict to = w->y + offset_of_row(w, row);
        const float *restrict from = w->x + row * (size_t)inner;
        if (step == 1) {
            for (long i = 0; i < inner; i++) to[i] += from[i];
        } else if (step == 0) {
            float sum = 0.f;
            for (long i = 0; i < inner; i++) sum += from[i];
            to[0] += sum;
        } else
            for (long i = 0; i < inner; i++) to[i * step] += from[i];
    }
}

static void scatter_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    scatter_range(context, first, last);
}

void emolab_scatter_strided(float *x, const float *y, int rank, const long *shape, const long *strides) {
    walk w = collapsed(y, x, rank, shape, strides);
    int repeats = 0;
    for (int axis = 0; axis < w.rank - 1; axis++) repeats |= w.strides[axis] == 0;
    // Rows that are repeated add to the same place: one thread, in order.
    if (repeats)
        scatter_range(&w, 0, rows_of(&w));
    else
        emolab_rows(rows_of(&w), (size_t)w.inner + 8, scatter_chunk, &w);
}

void emolab_gather_rows(const float *table, const long *indices, float *y, size_t count, size_t width) {
    for (size_t i = 0; i < count; i++) memcpy(y + i * width, table + (size_t)indices[i] * width, width * sizeof(float));
}

VECTOR_LEVELS void emolab_scatter_rows(float *table, const long *indices, const float *y, size_t count, size_t width) {
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < width; c++) table[(size_t)indices[i] * width + c] += y[i * width + c];
}
