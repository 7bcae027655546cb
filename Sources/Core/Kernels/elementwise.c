// Functions of one or two values, their slopes, sums, and dropout.
#include "elementwise.h"
#include "parallel.h"
#include "vectors.h"

#define EACH(expression)                                                                                                                   \
    for (size_t i = 0; i < n; i++) { expression; }                                                                                         \
    break

VECTOR_LEVELS static void unary_range(int op, const float *restrict x, float *restrict y, size_t n, float p) {
    switch (op) {
    case emolab_relu:
        EACH(y[i] = x[i] > 0.f ? x[i] : 0.f);
    case emolab_leaky_relu:
        EACH(y[i] = x[i] > 0.f ? x[i] : p * x[i]);
    case emolab_elu:
        EACH(y[i] = x[i] > 0.f ? x[i] : p * (fast_exp(x[i]) - 1.f));
    case emolab_gelu:
        EACH(y[i] = gelu_value(x[i]));
    case emolab_gelu_tanh:
        EACH(y[i] = gelu_tanh_value(x[i]));
    case emolab_silu:
        EACH(y[i] = x[i] * fast_sigmoid(x[i]));
    case emolab_sigmoid:
        EACH(y[i] = fast_sigmoid(x[i]));
    case emolab_tanh:
        EACH(y[i] = fast_tanh(x[i]));
    case emolab_exp:
        EACH(y[i] = fast_exp(x[i]));
    case emolab_log:
        EACH(y[i] = logf(x[i]));
    case emolab_sqrt:
        EACH(y[i] = __builtin_sqrtf(x[i]));
    case emolab_square:
        EACH(y[i] = x[i] * x[i]);
    case emolab_abs:
        EACH(y[i] = fabsf(x[i]));
    case emolab_scale:
        EACH(y[i] = p * x[i]);
    case emolab_shift:
        EACH(y[i] = x[i] + p);
    case emolab_reciprocal:
        EACH(y[i] = 1.f / x[i]);
    }
}

VECTOR_LEVELS static void unary_slope_range(
    int op, const float *restrict k, const float *restrict dy, float *restrict dx, size_t n, float p) {
    switch (op) {
    case emolab_relu:
        EACH(dx[i] = k[i] > 0.f ? dy[i] : 0.f);
    case emolab_leaky_relu:
        EACH(dx[i] = k[i] > 0.f ? dy[i] : p * dy[i]);
    case emolab_elu:
        EACH(dx[i] = k[i] > 0.f ? dy[i] : dy[i] * p * fast_exp(k[i]));
    case emolab_gelu:
        EACH(dx[i] = dy[i] * gelu_slope(k[i]));
    case emolab_gelu_tanh:
        EACH(dx[i] = dy[i] * gelu_tanh_slope(k[i]));
    case emolab_silu:
        EACH(float s = fast_sigmoid(k[i]); dx[i] = dy[i] * (s + k[i] * s * (1.f - s)));
    case emolab_sigmoid:
        EACH(dx[i] = dy[i] * k[i] * (1.f - k[i]));
    case emolab_tanh:
        EACH(dx[i] = dy[i] * (1.f - k[i] * k[i]));
    case emolab_exp:
        EACH(dx[i] = dy[i] * k[i]);
    case emolab_log:
        EACH(dx[i] = dy[i] / k[i]);
    case emolab_sqrt:
        EACH(dx[i] = 0.5f * dy[i] / k[i]);
    case emolab_square:
        EACH(dx[i] = 2.f * dy[i] * k[i]);
    case emolab_abs:
        EACH(dx[i] = k[i] > 0.f ? dy[i] : (k[i] < 0.f ? -dy[i] : 0.f));
    case emolab_scale:
        EACH(dx[i] = p * dy[i]);
    case emolab_shift:
        EACH(dx[i] = dy[i]);
    case emolab_reciprocal:
        EACH(dx[i] = -dy[i] * k[i] * k[i]);
    }
}

// Flat loops are cut into blocks of this many values, so a block boundary never splits a vector.
enum { block = 1024 };

typedef struct {
    int op;
    const float *a, *b;
    float *y;
    size_t n;
    float p;
    uint64_t key;
} flat_job;

#define FLAT(name, call)                                                                                                                   \
    static void name(void *context, size_t chunk, size_t first, size_t last) {                                                             \
        (void)chunk;                                                                                                                       \
        flat_job *j = context;                                                                                                             \
        size_t i = first * block, n = last * block < j->n ? last * block - i : j->n - i;                                                   \
        call;                                                                                                                              \
    }

FLAT(unary_chunk, unary_range(j->op, j->a + i, j->y + i, n, j->p))
FLAT(unary_slope_chunk, unary_slope_range(j->op, j->a ? j->a + i : j->a, j->b + i, j->y + i, n, j->p))

static size_t unary_work(int op) { return op >= emolab_elu && op <= emolab_log ? 8 * block : block; }

void emolab_unary_forward(int op, const float *x, float *y, size_t n, float p) {
    flat_job job = {.op = op, .a = x, .y = y, .n = n, .p = p};
    emolab_rows((n + block - 1) / block, unary_work(op), unary_chunk, &job);
}

void emolab_unary_backward(int op, const float *kept, const float *dy, float *dx, size_t n, float p) {
    flat_job job = {.op = op, .a = kept, .b = dy, .y = dx, .n = n, .p = p};
    emolab_rows((n + block - 1) / block, unary_work(op), unary_slope_chunk, &job);
}

VECTOR_LEVELS static void binary_range(int op, const float *restrict a, const float *restrict b, float *restrict y, size_t n) {
    switch (op) {
    case emolab_add:
        EACH(y[i] = a[i] + b[i]);
    case emolab_subtract:
        EACH(y[i] = a[i] - b[i]);
    case emolab_multiply:
        EACH(y[i] = a[i] * b[i]);
    case emolab_divide:
        EACH(y[i] = a[i] / b[i]);
    }
}

VECTOR_LEVELS static void binary_value(int op, const float *restrict a, float b, float *restrict y, size_t n, int swapped) {
    switch (op) {
    case emolab_add:
        EACH(y[i] = a[i] + b);
    case emolab_subtract:
        EACH(y[i] = swapped ? b - a[i] : a[i] - b);
    case emolab_multiply:
        EACH(y[i] = a[i] * b);
    case emolab_divide:
        EACH(y[i] = swapped ? b / a[i] : a[i] / b);
    }
}

FLAT(binary_chunk, binary_range(j->op, j->a + i, j->b + i, j->y + i, n))

void emolab_binary_same(int op, const float *a, const float *b, float *y, size_t n) {
    flat_job job = {.op = op, .a = a, .b = b, .y = y, .n = n};
    emolab_rows((n + block - 1) / block, block, binary_chunk, &job);
}

typedef struct {
    int op;
    const float *a, *b;
    float *y;
    size_t middle, inner;
    int swapped;
} broadcast_job;

static void broadcast_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    broadcast_job *j = context;
    if (j->inner == 1) {
        for (size_t row = first; row < last; row++) {
            const float *a = j->a + row * j->middle;
            binary_range(j->op, j->swapped ? j->b : a, j->swapped ? a : j->b, j->y + row * j->middle, j->middle);
        }
    } else {
        for (size_t row = first; row < last; row++)
            binary_value(j->op, j->a + row * j->inner, j->b[row % j->middle], j->y + row * j->inner, j->inner, j->swapped);
    }
}

void emolab_binary_broadcast(int op, const float *a, const float *b, float *y, size_t outer, size_t middle, size_t inner, int swapped) {
    broadcast_job job = {op, a, b, y, middle, inner, swapped};
    if (inner == 1)
        emolab_rows(outer, middle, broadcast_chunk, &job);
    else
        emolab_rows(outer * middle, inner, broadcast_chunk, &job);
}

VECTOR_LEVELS static void add_rows(const float *restrict x, float *restrict y, size_t rows, size_t columns) {
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < columns; i++) y[i] += x[row * columns + i];
}

VECTOR_LEVELS static float sum_range(const float *x, size_t n) {
    float sum = 0.f;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum;
}

typedef struct {
    const float *x;
    float *partial;
    size_t columns;
} column_job;

static void column_chunk(void *context, size_t chunk, size_t first, size_t last) {
    column_job *j = context;
    float *y = j->partial + chunk * j->columns;
    memset(y, 0, j->columns * sizeof(float));
    add_rows(j->x + first * j->columns, y, last - first, j->columns);
}

void emolab_sum_to_middle(const float *x, float *y, size_t outer, size_t middle, size_t inner, int accumulate) {
    if (!accumulate) memset(y, 0, middle * sizeof(float));
    if (inner == 1) {
        size_t chunks = emolab_chunks(outer, middle);
        column_job job = {x, emolab_scratch(0, chunks * middle), middle};
        emolab_rows(outer, middle, column_chunk, &job);
        add_rows(job.partial, y, outer ? chunks : 0, middle);
    } else {
        for (size_t row = 0; row < outer * middle; row++) y[row % middle] += sum_range(x + row * inner, inner);
    }
}

typedef struct {
    const float *x;
    float *y;
    size_t middle, inner;
    float scale;
} middle_job;

VECTOR_LEVELS static void repeat_middle_range(const middle_job *j, size_t first, size_t last) {
    for (size_t o = first; o < last; o++)
        for (size_t m = 0; m < j->middle; m++) {
            const float *restrict x = j->x + o * j->inner;
            float *restrict y = j->y + (o * j->middle + m) * j->inner;
            for (size_t i = 0; i < j->inner; i++) y[i] = j->scale * x[i];
        }
}

VECTOR_LEVELS static void sum_middle_range(const middle_job *j, size_t first, size_t last) {
    if (j->inner == 1) {
        for (size_t o = first; o < last; o++) j->y[o] = j->scale * sum_range(j->x + o * j->middle, j->middle);
        return;
    }
    for (size_t o = first; o < last; o++) {
        float *restrict y = j->y + o * j->inner;
        const float *restrict x = j->x + o * j->middle * j->inner;
        for (size_t i = 0; i < j->inner; i++) y[i] = 0.f;
        for (size_t m = 0; m < j->middle; m++)
            for (size_t i = 0; i < j->inner; i++) y[i] += x[m * j->inner + i];
        for (size_t i = 0; i < j->inner; i++) y[i] *= j->scale;
    }
}

static void repeat_middle_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    repeat_middle_range(context, first, last);
}
static void sum_middle_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    sum_middle_range(context, first, last);
}

void emolab_repeat_middle(const float *x, float *y, size_t outer, size_t middle, size_t inner, float scale) {
    middle_job job = {x, y, middle, inner, scale};
    emolab_rows(outer, middle * inner, repeat_middle_chunk, &job);
}

void emolab_sum_middle(const float *x, float *y, size_t outer, size_t middle, size_t inner, float scale) {
    middle_job job = {x, y, middle, inner, scale};
    emolab_rows(outer, middle * inner, sum_middle_chunk, &job);
}

VECTOR_LEVELS static void add_scaled_range(const float *restrict x, float *restrict y, size_t n, float scale) {
    for (size_t i = 0; i < n; i++) y[i] += scale * x[i];
}

FLAT(add_scaled_chunk, add_scaled_range(j->a + i, j->y + i, n, j->p))

void emolab_add_scaled(const float *x, float *y, size_t n, float scale) {
    flat_job job = {.a = x, .y = y, .n = n, .p = scale};
    emolab_rows((n + block - 1) / block, block, add_scaled_chunk, &job);
}

void emolab_fill(float *y, size_t n, float value) {
    for (size_t i = 0; i < n; i++) y[i] = value;
}

float emolab_sum(const float *x, size_t n) {
    // Blocks are summed one by one and their sums in double, so a long sum keeps its accuracy and its bits.
    double sum = 0;
    for (size_t i = 0; i < n; i += 4096) sum += sum_range(x + i, n - i < 4096 ? n - i : 4096);
    return (float)sum;
}

VECTOR_LEVELS double emolab_sum_of_squares(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    return sum;
}

VECTOR_LEVELS float emolab_dot(const float *x, const float *y, size_t n) {
    float sum = 0.f;
    for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

VECTOR_LEVELS static void dropout_range(const float *restrict x, float *restrict y, size_t first, size_t n, float p, uint64_t key) {
    uint32_t threshold = drop_threshold(p);
    float scale = 1.f / (1.f - p);
    for (uint32_t i = 0; i < (uint32_t)n; i++) y[i] = keeps(key, (uint32_t)first + i, threshold) ? x[i] * scale : 0.f;
}

FLAT(dropout_chunk, dropout_range(j->a + i, j->y + i, i, n, j->p, j->key))

void emolab_dropout(const float *x, float *y, size_t n, float p, uint64_t key) {
    flat_job job = {.a = x, .y = y, .n = n, .p = p, .key = key};
    emolab_rows((n + block - 1) / block, 4 * block, dropout_chunk, &job);
}
