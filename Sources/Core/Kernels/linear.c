// Rows are worked through in blocks that stay in the L2 cache: operand conversion, product and everything after it meet the same block.
#include "linear.h"
#include "elementwise.h"
#include "parallel.h"
#include "products.h"
#include "vectors.h"

enum { rows_a_block = 112 };

// Cut by the shape alone; an even number of blocks, so that two threads finish together.
static size_t block_rows(size_t rows) {
    if (rows < 64) return rows;
    size_t pairs = (rows + 2 * rows_a_block - 1) / (2 * rows_a_block);
    return (rows + 2 * pairs - 1) / (2 * pairs);
}

static size_t bytes_of(emolab_type type) { return type == emolab_bfloat16 ? 2 : 4; }
static const void *row_of(const void *x, emolab_type type, size_t row, size_t width) {
    return (const char *)x + row * width * bytes_of(type);
}

VECTOR_LEVELS static void to_float(const bfloat *restrict x, float *restrict y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = float_of(x[i]);
}
VECTOR_LEVELS static void to_bfloat(const float *restrict x, bfloat *restrict y, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = bfloat_of(x[i]);
}

static void load(const void *x, emolab_type type, float *y, size_t n) {
    if (type == emolab_bfloat16)
        to_float(x, y, n);
    else
        memcpy(y, x, n * sizeof(float));
}
static void store(const float *x, void *y, emolab_type type, size_t n) {
    if (type == emolab_bfloat16)
        to_bfloat(x, y, n);
    else
        memcpy(y, x, n * sizeof(float));
}

void emolab_convert(const void *x, emolab_type from, void *y, emolab_type to, size_t n) {
    if (from == emolab_float32)
        store(x, y, to, n);
    else
        load(x, from, y, n);
}

// The block of x in the type that the product takes: x itself, or a copy in scratch.
static const void *operand(const void *x, emolab_type type, emolab_type wanted, size_t first, size_t rows, size_t width) {
    const void *block = row_of(x, type, first, width);
    if (type == wanted) return block;
    void *copy = emolab_scratch(0, rows * width);
    emolab_convert(block, type, copy, wanted, rows * width);
    return copy;
}

static void product(const emolab_weights *w, size_t m, const void *a, float beta, float *c) {
    if (w->packed)
        emolab_product_packed(w->type, m, w->n, w->k, a, w->packed, c);
    else
        emolab_product_serial(0, w->transposed, m, w->n, w->k, 1.f, a, w->k, w->plain, w->transposed ? w->k : w->n, beta, c, w->n);
}

static emolab_type product_type(const emolab_weights *w) { return w->packed ? w->type : emolab_float32; }

// --- adapter ---

// A row after dropout. `first` is the position of the row's first element in the whole tensor.
VECTOR_LEVELS static void drop_row(float *restrict x, size_t first, size_t n, float p, uint64_t key) {
    if (p <= 0.f) return;
    uint32_t threshold = drop_threshold(p);
    float scale = 1.f / (1.f - p);
    for (uint32_t i = 0; i < (uint32_t)n; i++) x[i] = keeps(key, (uint32_t)first + i, threshold) ? x[i] * scale : 0.f;
}

VECTOR_LEVELS static void dots(
    const float *restrict x, const float *restrict rows, float *restrict y, size_t count, size_t n, float scale) {
    for (size_t r = 0; r < count; r++) {
        float sum = 0.f;
        for (size_t i = 0; i < n; i++) sum += x[i] * rows[r * n + i];
        y[r] = sum * scale;
    }
}

// y += sum over r of u[r] rows[r]
VECTOR_LEVELS static void add_combination(
    float *restrict y, const float *restrict u, const float *restrict rows, size_t count, size_t n, float scale) {
    size_t r = 0;
    for (; r + 4 <= count; r += 4) {
        float a = u[r] * scale, b = u[r + 1] * scale, c = u[r + 2] * scale, d = u[r + 3] * scale;
        const float *restrict p = rows + r * n, *restrict q = p + n, *restrict s = q + n, *restrict t = s + n;
        for (size_t i = 0; i < n; i++) y[i] += a * p[i] + b * q[i] + c * s[i] + d * t[i];
    }
    for (; r < count; r++) {
        float a = u[r] * scale;
        for (size_t i = 0; i < n; i++) y[i] += a * rows[r * n + i];
    }
}

// rows[r] += u[r] x
VECTOR_LEVELS static void add_outer(
    float *restrict rows, const float *restrict u, const float *restrict x, size_t count, size_t n, float scale) {
    for (size_t r = 0; r < count; r++) {
        float a = u[r] * scale;
        for (size_t i = 0; i < n; i++) rows[r * n + i] += a * x[i];
    }
}

static void adapt_row(const emolab_linear *l, size_t row, float *z, float *x) {
    const emolab_adapter *d = &l->adapter;
    float *u = d->u + row * d->parts * d->rank;
    load(row_of(l->x, l->x_type, row, l->in), l->x_type, x, l->in);
    drop_row(x, row * l->in, l->in, d->dropout, d->key);
    dots(x, d->a, u, d->parts * d->rank, l->in, 1.f);
    for (size_t p = 0; p < d->parts; p++)
        add_combination(z + d->offsets[p], u + p * d->rank, d->bt + p * d->rank * d->width, d->rank, d->width, d->scale);
}

// --- correction: each group's mean times what the weights lost, as a bias of its own ---

static size_t group_of(const emolab_correction *c, size_t row) {
    return row < c->whole * c->group ? row / c->group : row - c->whole * (c->group - 1);
}
static size_t groups_of(size_t group, size_t whole, size_t rows) { return whole + rows - whole * group; }

size_t emolab_correction_floats(size_t group, size_t whole, size_t rows, size_t in, size_t out) {
    return groups_of(group, whole, rows) * (in + 2 * out) + 64;
}

enum { columns_a_task = 128 };

VECTOR_LEVELS static void mean_columns(const emolab_linear *l, bfloat *means, size_t first, size_t columns) {
    float sum[columns_a_task];
    const emolab_correction *c = &l->correction;
    size_t groups = groups_of(c->group, c->whole, l->rows), whole = c->whole;
    for (size_t g = 0; g < groups; g++) {
        size_t begin = g < whole ? g * c->group : whole * c->group + g - whole, count = g < whole ? c->group : 1;
        for (size_t i = 0; i < columns; i++) sum[i] = 0.f;
        for (size_t row = begin; row < begin + count; row++) {
            if (l->x_type == emolab_bfloat16) {
                const bfloat *restrict x = (const bfloat *)l->x + row * l->in + first;
                for (size_t i = 0; i < columns; i++) sum[i] += float_of(x[i]);
            } else {
                const float *restrict x = (const float *)l->x + row * l->in + first;
                for (size_t i = 0; i < columns; i++) sum[i] += x[i];
            }
        }
        for (size_t i = 0; i < columns; i++) means[g * l->in + first + i] = bfloat_of(sum[i] / (float)count);
    }
}

static void mean_task(void *context, size_t task) {
    const emolab_linear *l = context;
    size_t first = task * columns_a_task;
    mean_columns(l, (bfloat *)l->correction.room, first, first + columns_a_task < l->in ? columns_a_task : l->in - first);
}

static void half_task(void *context, size_t half) {
    const emolab_linear *l = context;
    const emolab_correction *c = &l->correction;
    size_t groups = groups_of(c->group, c->whole, l->rows), n = l->out / 2;
    float *product = c->room + (groups * l->in + 15) / 16 * 16 + half * groups * n,
          *table = c->room + (groups * l->in + 15) / 16 * 16 + groups * l->out;
    emolab_product_packed(emolab_bfloat16, groups, n, l->in, c->room, c->packed[half], product);
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < n; i++) table[g * l->out + half * n + i] = product[g * n + i] + (l->bias ? l->bias[half * n + i] : 0.f);
}

// The bias of every group, [groups, out].
static const float *corrected_biases(const emolab_linear *l) {
    emolab_parallel((l->in + columns_a_task - 1) / columns_a_task, mean_task, (void *)l);
    emolab_parallel(2, half_task, (void *)l);
    size_t groups = groups_of(l->correction.group, l->correction.whole, l->rows);
    return l->correction.room + (groups * l->in + 15) / 16 * 16 + groups * l->out;
}

// --- forward ---

// One row, in one pass: bias, what is kept from before the activation, the activation, the residual, the result's type.
#define FINISH(expression)                                                                                                                 \
    for (size_t i = 0; i < n; i++) {                                                                                                       \
        float v = z[i] + bias[i];                                                                                                          \
        if (before_wide) before_wide[i] = v;                                                                                               \
        if (before_narrow) before_narrow[i] = bfloat_of(v);                                                                                \
        v = expression;                                                                                                                    \
        if (residual) v += residual[i];                                                                                                    \
        if (narrow)                                                                                                                        \
            narrow[i] = bfloat_of(v);                                                                                                      \
        else                                                                                                                               \
            z[i] = v;                                                                                                                      \
    }                                                                                                                                      \
    break

ALWAYS_INLINE void finish(
    float *restrict z, const float *restrict bias, float *restrict before_wide, bfloat *restrict before_narrow,
    const float *restrict residual, bfloat *restrict narrow, size_t n, int activation) {
    switch (activation) {
    case emolab_relu:
        FINISH(v > 0.f ? v : 0.f);
    case emolab_gelu:
        FINISH(gelu_value(v));
    case emolab_gelu_tanh:
        FINISH(gelu_tanh_value(v));
    default:
        FINISH(v);
    }
}

// Each combination that layers use becomes a loop without choices in it. `bias` is zeros where there is none.
VECTOR_LEVELS static void finish_row(
    float *z, const float *bias, float *before_wide, bfloat *before_narrow, const float *residual, bfloat *narrow, size_t n,
    int activation) {
    if (narrow && before_narrow)
        finish(z, bias, 0, before_narrow, 0, narrow, n, activation);
    else if (narrow)
        finish(z, bias, 0, 0, 0, narrow, n, activation);
    else if (before_wide && residual)
        finish(z, bias, before_wide, 0, residual, 0, n, activation);
    else if (before_wide)
        finish(z, bias, before_wide, 0, 0, 0, n, activation);
    else if (residual)
        finish(z, bias, 0, 0, residual, 0, n, activation);
    else
        finish(z, bias, 0, 0, 0, 0, n, activation);
}

// z is where the product put the block: y itself where it is float32, else scratch.
static void finish_block(const emolab_linear *l, const float *biases, size_t first, size_t last, float *z) {
    size_t n = l->out;
    float *room = emolab_scratch(2, l->in + n), *x = room + n;
    const float *bias = l->bias ? l->bias : memset(room, 0, n * sizeof(float));
    int narrow = l->y_type == emolab_bfloat16;
    for (size_t row = first; row < last; row++, z += n) {
        if (l->adapter.parts) adapt_row(l, row, z, x);
        if (biases) bias = biases + group_of(&l->correction, row) * n;
        finish_row(
            z, bias, l->before && !narrow ? (float *)l->before + row * n : 0, l->before && narrow ? (bfloat *)l->before + row * n : 0,
            l->residual ? l->residual + row * n : 0, narrow ? (bfloat *)l->y + row * n : 0, n, l->activation);
    }
}

static int needs_finish(const emolab_linear *l) {
    return l->bias || l->correction.group || l->adapter.parts || l->before || l->activation >= 0 || l->residual ||
        l->y_type == emolab_bfloat16;
}

typedef struct {
    const emolab_linear *l;
    const float *biases;
    size_t each;
} forward_job;

static void forward_task(void *context, size_t task) {
    forward_job *j = context;
    const emolab_linear *l = j->l;
    size_t first = task * j->each, last = first + j->each < l->rows ? first + j->each : l->rows;
    float *z = l->y_type == emolab_float32 ? (float *)l->y + first * l->out : emolab_scratch(1, (last - first) * l->out);
    product(&l->weights, last - first, operand(l->x, l->x_type, product_type(&l->weights), first, last - first, l->in), 0.f, z);
    if (needs_finish(l)) finish_block(l, j->biases, first, last, z);
}

static void finish_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    const emolab_linear *l = context;
    finish_block(l, 0, first, last, (float *)l->y + first * l->out);
}

void emolab_linear_forward(const emolab_linear *l) {
    if (!l->rows || !l->out) return;
    if (!l->weights.packed && l->x_type == emolab_float32 && l->y_type == emolab_float32) {
        const emolab_weights *w = &l->weights;
        emolab_product(0, w->transposed, l->rows, l->out, l->in, l->x, l->in, w->plain, w->transposed ? l->in : l->out, 0.f, l->y, l->out);
        if (!needs_finish(l)) return;
        size_t work = l->out * (l->activation < 0 || l->activation == emolab_relu ? 1 : 8) + l->in * l->adapter.parts * l->adapter.rank;
        emolab_rows(l->rows, work, finish_chunk, (void *)l);
        return;
    }
    forward_job job = {l, l->correction.group ? corrected_biases(l) : 0, block_rows(l->rows)};
    emolab_parallel((l->rows + job.each - 1) / job.each, forward_task, &job);
}

// --- backward ---

VECTOR_LEVELS static void add(float *restrict x, const float *restrict y, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] += y[i];
}

VECTOR_LEVELS static void slopes(float *restrict g, const float *restrict before, size_t n, int activation) {
    switch (activation) {
    case emolab_relu:
        for (size_t i = 0; i < n; i++) g[i] = before[i] > 0.f ? g[i] : 0.f;
        break;
    case emolab_gelu:
        for (size_t i = 0; i < n; i++) g[i] *= gelu_slope(before[i]);
        break;
    case emolab_gelu_tanh:
        for (size_t i = 0; i < n; i++) g[i] *= gelu_tanh_slope(before[i]);
        break;
    default:
        break;
    }
}

// The block's gradient before the activation, in the type that the product takes; written to dz too where that is kept.
static const void *gradient_block(const emolab_linear_gradient *l, emolab_type wanted, size_t first, size_t rows) {
    size_t n = l->out;
    if (l->activation < 0 && !l->dz) return operand(l->dy, l->dy_type, wanted, first, rows, n);
    if (l->activation < 0 && l->dy_type == l->dz_type) {
        memcpy((void *)row_of(l->dz, l->dz_type, first, n), row_of(l->dy, l->dy_type, first, n), rows * n * bytes_of(l->dy_type));
        return operand(l->dy, l->dy_type, wanted, first, rows, n);
    }
    int lies_in_dz = l->dz && l->dz_type == wanted;
    char *block = lies_in_dz ? (char *)row_of(l->dz, wanted, first, n) : (char *)emolab_scratch(0, rows * n);
    float *g = emolab_scratch(2, 2 * n), *before = g + n;
    for (size_t row = 0; row < rows; row++) {
        load(row_of(l->dy, l->dy_type, first + row, n), l->dy_type, g, n);
        if (l->activation >= 0) {
            load(row_of(l->before, l->dy_type, first + row, n), l->dy_type, before, n);
            slopes(g, before, n, l->activation);
        }
        store(g, block + row * n * bytes_of(wanted), wanted, n);
        if (l->dz && !lies_in_dz) store(g, (void *)row_of(l->dz, l->dz_type, first + row, n), l->dz_type, n);
    }
    return block;
}

// The adapter's part of one row: p = scale dz b, da += p^T dropout(x), db += scale u^T dz, dx += mask (p a).
static void adapter_row(const emolab_linear_gradient *l, size_t row, const float *dz, float *dx, float *da, float *dbt, float *room) {
    const emolab_adapter *d = &l->adapter;
    size_t all = d->parts * d->rank;
    float *x = room, *back = room + l->in, *p = back + l->in;
    const float *u = d->u + row * all;
    for (size_t part = 0; part < d->parts; part++) {
        const float *g = dz + d->offsets[part];
        dots(g, d->bt + part * d->rank * d->width, p + part * d->rank, d->rank, d->width, d->scale);
        add_outer(dbt + part * d->rank * d->width, u + part * d->rank, g, d->rank, d->width, d->scale);
    }
    load(row_of(l->x, l->x_type, row, l->in), l->x_type, x, l->in);
    drop_row(x, row * l->in, l->in, d->dropout, d->key);
    add_outer(da, p, x, all, l->in, 1.f);
    if (!dx) return;
    memset(back, 0, l->in * sizeof(float));
    add_combination(back, p, d->a, all, l->in, 1.f);
    drop_row(back, row * l->in, l->in, d->dropout, d->key);
    add(dx, back, l->in);
}

typedef struct {
    const emolab_linear_gradient *l;
    size_t each, adapter_floats;
    float *partial;
} backward_job;

static void backward_task(void *context, size_t task) {
    backward_job *j = context;
    const emolab_linear_gradient *l = j->l;
    const emolab_adapter *d = &l->adapter;
    size_t first = task * j->each, rows = first + j->each < l->rows ? j->each : l->rows - first, n = l->in;
    emolab_type wanted = product_type(&l->weights);
    const void *dz = gradient_block(l, wanted, first, rows);
    int in_place = l->dx && l->dx_type == emolab_float32 && (l->beta == 0.f || !l->weights.packed);
    float *block = !l->dx ? 0 : in_place ? (float *)l->dx + first * n : emolab_scratch(1, rows * n);
    if (l->dx) product(&l->weights, rows, dz, in_place ? l->beta : 0.f, block);
    if (d->parts) {
        size_t all = d->parts * d->rank;
        float *room = emolab_scratch(2, l->out + 2 * n + all), *g = room + 2 * n + all;
        float *da = j->partial + task * j->adapter_floats, *dbt = da + all * n;
        memset(da, 0, j->adapter_floats * sizeof(float));
        for (size_t row = 0; row < rows; row++) {
            load((const char *)dz + row * l->out * bytes_of(wanted), wanted, g, l->out);
            adapter_row(l, first + row, g, block ? block + row * n : 0, da, dbt, room);
        }
    }
    if (!l->dx || in_place) return;
    if (l->dx_type == emolab_bfloat16)
        to_bfloat(block, (bfloat *)l->dx + first * n, rows * n);
    else
        add((float *)l->dx + first * n, block, rows * n);
}

void emolab_linear_backward(const emolab_linear_gradient *l) {
    const emolab_adapter *d = &l->adapter;
    size_t all = d->parts * d->rank, floats = all * (l->in + d->width), each = block_rows(l->rows),
           tasks = each ? (l->rows + each - 1) / each : 0;
    float *partial = 0;
    if (d->parts) {
        // Held by the caller's thread beyond its own tasks, so not one of the regions that they use.
        partial = emolab_scratch(4, tasks * floats + 1);
        memset(l->da, 0, all * l->in * sizeof(float));
        memset(l->dbt, 0, all * d->width * sizeof(float));
    }
    if (!tasks) return;
    backward_job job = {l, each, floats, partial};
    emolab_parallel(tasks, backward_task, &job);
    for (size_t task = 0; d->parts && task < tasks; task++) {
        add(l->da, partial + task * floats, all * l->in);
        add(l->dbt, partial + task * floats + all * l->in, all * d->width);
    }
}
