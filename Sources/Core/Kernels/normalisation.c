// Layer norm, softmax and batch norm, forward and backward.
#include "normalisation.h"
#include "parallel.h"
#include "vectors.h"

typedef struct {
    const float *x, *dy;
    float *y, *dx;
    size_t n;
    int flag;
} row_job;

// --- layer norm ---

typedef struct {
    const float *x, *weight, *bias, *mean_in, *rstd_in;
    const emolab_row_map *map;
    const void *dy;
    void *y;
    emolab_type type; // of y and dy
    float *mean, *rstd, *dx, *partial;
    float beta, epsilon;
    size_t n;
} layer_norm_job;

VECTOR_LEVELS static void layer_norm_rows(const layer_norm_job *j, size_t first, size_t last) {
    size_t n = j->n;
    const float *restrict weight = j->weight, *restrict bias = j->bias;
    for (size_t row = first; row < last; row++) {
        const float *restrict x = j->x + (j->map ? (size_t)j->map->source[row] : row) * n;
        float sum = 0.f, squares = 0.f;
        for (size_t i = 0; i < n; i++) sum += x[i];
        float mean = sum / (float)n;
        for (size_t i = 0; i < n; i++) {
            float d = x[i] - mean;
            squares += d * d;
        }
        float rstd = 1.f / __builtin_sqrtf(squares / (float)n + j->epsilon);
        if (j->type == emolab_float32) {
            float *restrict y = (float *)j->y + row * n;
            for (size_t i = 0; i < n; i++) y[i] = (x[i] - mean) * rstd * weight[i] + bias[i];
        } else {
            bfloat *restrict y = (bfloat *)j->y + row * n;
            for (size_t i = 0; i < n; i++) y[i] = bfloat_of((x[i] - mean) * rstd * weight[i] + bias[i]);
        }
        j->mean[row] = mean;
        j->rstd[row] = rstd;
    }
}

static void layer_norm_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    layer_norm_rows(context, first, last);
}

void emolab_layer_norm_forward(
    const float *x, const emolab_row_map *map, const float *weight, const float *bias, void *y, emolab_type y_type, float *mean,
    float *rstd, size_t rows, size_t n, float epsilon) {
    layer_norm_job job = {
        .x = x, .map = map, .weight = weight, .bias = bias, .y = y, .type = y_type, .mean = mean, .rstd = rstd, .n = n, .epsilon = epsilon};
    emolab_rows(rows, 4 * n, layer_norm_chunk, &job);
}

// The gradient of all rows made from row `row` of x, added up in `sum`.
VECTOR_LEVELS static void gather_gradient(const layer_norm_job *j, size_t row, float *restrict sum) {
    size_t n = j->n, first = j->map ? (size_t)j->map->starts[row] : 0, last = j->map ? (size_t)j->map->starts[row + 1] : 1;
    for (size_t use = first; use < last; use++) {
        size_t from = (j->map ? (size_t)j->map->users[use] : row) * n;
        if (j->type == emolab_float32) {
            const float *restrict dy = (const float *)j->dy + from;
            if (use == first)
                for (size_t i = 0; i < n; i++) sum[i] = dy[i];
            else
                for (size_t i = 0; i < n; i++) sum[i] += dy[i];
        } else {
            const bfloat *restrict dy = (const bfloat *)j->dy + from;
            if (use == first)
                for (size_t i = 0; i < n; i++) sum[i] = float_of(dy[i]);
            else
                for (size_t i = 0; i < n; i++) sum[i] += float_of(dy[i]);
        }
    }
}

// dx and both parameter gradients in one pass over dy; each chunk has its own row of partial sums (as in ATen's kernel).
VECTOR_LEVELS static void layer_norm_backward_rows(const layer_norm_job *j, size_t chunk, size_t first, size_t last) {
    size_t n = j->n;
    const float *restrict weight = j->weight;
    float *restrict dweight = j->partial ? j->partial + chunk * 2 * n : 0, *restrict dbias = dweight ? dweight + n : 0;
    float *restrict g = emolab_scratch(1, n);
    if (dweight) memset(dweight, 0, 2 * n * sizeof(float));
    for (size_t row = first; row < last; row++) {
        float *restrict dx = j->dx ? j->dx + row * n : 0;
        if (j->map && j->map->starts[row] == j->map->starts[row + 1]) {
            if (dx && j->beta == 0.f) memset(dx, 0, n * sizeof(float));
            continue;
        }
        const float *restrict x = j->x + row * n;
        size_t kept = j->map ? (size_t)j->map->users[j->map->starts[row]] : row;
        float mean = j->mean_in[kept], rstd = j->rstd_in[kept];
        gather_gradient(j, row, g);
        if (dweight)
            for (size_t i = 0; i < n; i++) {
                dweight[i] += g[i] * (x[i] - mean) * rstd;
                dbias[i] += g[i];
            }
        if (!dx) continue;
        float sum = 0.f, product = 0.f;
        for (size_t i = 0; i < n; i++) {
            g[i] *= weight[i];
            sum += g[i];
            product += g[i] * (x[i] - mean);
        }
        sum /= (float)n;
        product *= rstd * rstd / (float)n;
        if (j->beta == 0.f)
            for (size_t i = 0; i < n; i++) dx[i] = (g[i] - sum - (x[i] - mean) * product) * rstd;
        else
            for (size_t i = 0; i < n; i++) dx[i] += (g[i] - sum - (x[i] - mean) * product) * rstd;
    }
}

static void layer_norm_backward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    layer_norm_backward_rows(context, chunk, first, last);
}

void emolab_layer_norm_backward(
    const float *x, const emolab_row_map *map, const float *weight, const void *dy, emolab_type dy_type, const float *mean,
    const float *rstd, float *dx, float beta, float *dweight, float *dbias, size_t rows, size_t n) {
    if (map) rows = map->sources;
    size_t chunks = emolab_chunks(rows, 6 * n);
    float *partial = dweight || dbias ? emolab_scratch(0, chunks * 2 * n) : 0;
    layer_norm_job job = {
        .x = x,
        .map = map,
        .weight = weight,
        .dy = dy,
        .type = dy_type,
        .mean_in = mean,
        .rstd_in = rstd,
        .dx = dx,
        .beta = beta,
        .partial = partial,
        .n = n};
    emolab_rows(rows, 6 * n, layer_norm_backward_chunk, &job);
    if (!rows) chunks = 0;
    for (int which = 0; which < 2; which++) {
        float *sum = which ? dbias : dweight;
        if (!sum) continue;
        memset(sum, 0, n * sizeof(float));
        for (size_t chunk = 0; chunk < chunks; chunk++)
            for (size_t i = 0; i < n; i++) sum[i] += partial[(2 * chunk + which) * n + i];
    }
}

// --- rows that come and go ---

typedef struct {
    const float *x, *y;
    const emolab_row_map *map;
    float *out;
    size_t n;
} rows_job;

VECTOR_LEVELS static void add_rows_range(const rows_job *j, size_t first, size_t last) {
    size_t n = j->n;
    for (size_t row = first; row < last; row++) {
        size_t begin = (size_t)j->map->starts[row], end = (size_t)j->map->starts[row + 1];
        const float *restrict x = j->x + row * n;
        float *restrict out = j->out + row * n;
        if (end == begin + 1) {
            const float *restrict y = j->y + (size_t)j->map->users[begin] * n;
            for (size_t i = 0; i < n; i++) out[i] = x[i] + y[i];
            continue;
        }
        memcpy(out, x, n * sizeof(float));
        float share = end > begin ? 1.f / (float)(end - begin) : 0.f;
        for (size_t use = begin; use < end; use++) {
            const float *restrict y = j->y + (size_t)j->map->users[use] * n;
            for (size_t i = 0; i < n; i++) out[i] += share * y[i];
        }
    }
}

VECTOR_LEVELS static void add_rows_backward_range(const rows_job *j, size_t first, size_t last) {
    size_t n = j->n;
    for (size_t row = first; row < last; row++) {
        size_t source = (size_t)j->map->source[row];
        float share = 1.f / (float)(j->map->starts[source + 1] - j->map->starts[source]);
        const float *restrict x = j->x + source * n;
        float *restrict out = j->out + row * n;
        for (size_t i = 0; i < n; i++) out[i] = share * x[i];
    }
}

static void add_rows_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    add_rows_range(context, first, last);
}
static void add_rows_backward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    add_rows_backward_range(context, first, last);
}

void emolab_add_rows(const float *x, const float *y, const emolab_row_map *map, float *out, size_t n) {
    rows_job job = {x, y, map, out, n};
    emolab_rows(map->sources, 2 * n, add_rows_chunk, &job);
}

void emolab_add_rows_backward(const float *dout, const emolab_row_map *map, float *dy, size_t n) {
    rows_job job = {dout, 0, map, dy, n};
    emolab_rows(map->rows, 2 * n, add_rows_backward_chunk, &job);
}

// --- softmax ---

VECTOR_LEVELS static void softmax_rows(const row_job *j, size_t first, size_t last) {
    size_t n = j->n;
    for (size_t row = first; row < last; row++) {
        const float *restrict x = j->x + row * n;
        float *restrict y = j->y + row * n;
        float most = x[0], sum = 0.f;
        for (size_t i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
        if (j->flag) {
            for (size_t i = 0; i < n; i++) sum += fast_exp(x[i] - most);
            float offset = most + logf(sum);
            for (size_t i = 0; i < n; i++) y[i] = x[i] - offset;
        } else {
            for (size_t i = 0; i < n; i++) {
                y[i] = fast_exp(x[i] - most);
                sum += y[i];
            }
            float scale = 1.f / sum;
            for (size_t i = 0; i < n; i++) y[i] *= scale;
        }
    }
}

VECTOR_LEVELS static void softmax_backward_rows(const row_job *j, size_t first, size_t last) {
    size_t n = j->n;
    for (size_t row = first; row < last; row++) {
        const float *restrict y = j->x + row * n, *restrict dy = j->dy + row * n;
        float *restrict dx = j->dx + row * n;
        float sum = 0.f;
        if (j->flag) {
            for (size_t i = 0; i < n; i++) sum += dy[i];
            for (size_t i = 0; i < n; i++) dx[i] = dy[i] - fast_exp(y[i]) * sum;
        } else {
            for (size_t i = 0; i < n; i++) sum += dy[i] * y[i];
            for (size_t i = 0; i < n; i++) dx[i] = y[i] * (dy[i] - sum);
        }
    }
}

static void softmax_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    softmax_rows(context, first, last);
}
static void softmax_backward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    softmax_backward_rows(context, first, last);
}

void emolab_softmax_forward(const float *x, float *y, size_t rows, size_t n, int logarithm) {
    row_job job = {.x = x, .y = y, .n = n, .flag = logarithm};
    emolab_rows(rows, 8 * n, softmax_chunk, &job);
}

void emolab_softmax_backward(const float *y, const float *dy, float *dx, size_t rows, size_t n, int logarithm) {
    row_job job = {.x = y, .dy = dy, .dx = dx, .n = n, .flag = logarithm};
    emolab_rows(rows, 4 * n, softmax_backward_chunk, &job);
}

typedef struct {
    const float *x, *dy, *mean, *rstd, *weight, *bias, *sum_dy, *sum_dy_xhat;
    float *out_a, *out_b;
    size_t outer, channels, inner;
    int frozen;
} channel_job;

// Sums over a channel run in double: a channel of a large picture has a million values.
VECTOR_LEVELS static void moments_range(const channel_job *j, size_t first, size_t last) {
    for (size_t c = first; c < last; c++) {
        double sum = 0, squares = 0;
        for (size_t o = 0; o < j->outer; o++) {
            const float *x = j->x + (o * j->channels + c) * j->inner;
            for (size_t i = 0; i < j->inner; i++) sum += x[i];
        }
        float mean = (float)(sum / (double)(j->outer * j->inner));
        for (size_t o = 0; o < j->outer; o++) {
            const float *x = j->x + (o * j->channels + c) * j->inner;
            for (size_t i = 0; i < j->inner; i++) {
                float d = x[i] - mean;
                squares += d * d;
            }
        }
        j->out_a[c] = mean;
        j->out_b[c] = (float)(squares / (double)(j->outer * j->inner));
    }
}

VECTOR_LEVELS static void affine_range(const channel_job *j, size_t first, size_t last) {
    for (size_t row = first; row < last; row++) {
        size_t c = row % j->channels;
        float scale = j->rstd[c] * j->weight[c], shift = j->bias[c], mean = j->mean[c];
        const float *restrict x = j->x + row * j->inner;
        float *restrict y = j->out_a + row * j->inner;
        for (size_t i = 0; i < j->inner; i++) y[i] = (x[i] - mean) * scale + shift;
    }
}

VECTOR_LEVELS static void sums_range(const channel_job *j, size_t first, size_t last) {
    for (size_t c = first; c < last; c++) {
        double sum = 0, product = 0;
        float mean = j->mean[c];
        for (size_t o = 0; o < j->outer; o++) {
            size_t at = (o * j->channels + c) * j->inner;
            for (size_t i = 0; i < j->inner; i++) {
                sum += j->dy[at + i];
                product += j->dy[at + i] * (j->x[at + i] - mean);
            }
        }
        j->out_a[c] = (float)sum;
        j->out_b[c] = (float)(product * j->rstd[c]);
    }
}

VECTOR_LEVELS static void batch_norm_backward_range(const channel_job *j, size_t first, size_t last) {
    float count = (float)(j->outer * j->inner);
    for (size_t row = first; row < last; row++) {
        size_t c = row % j->channels;
        float scale = j->weight[c] * j->rstd[c], mean = j->mean[c];
        float a = j->frozen ? 0.f : j->sum_dy[c] / count, b = j->frozen ? 0.f : j->sum_dy_xhat[c] * j->rstd[c] / count;
        const float *restrict x = j->x + row * j->inner, *restrict dy = j->dy + row * j->inner;
        float *restrict dx = j->out_a + row * j->inner;
        for (size_t i = 0; i < j->inner; i++) dx[i] = scale * (dy[i] - a - (x[i] - mean) * b);
    }
}

static void moments_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    moments_range(context, first, last);
}
static void affine_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    affine_range(context, first, last);
}
static void sums_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    sums_range(context, first, last);
}
static void batch_norm_backward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    batch_norm_backward_range(context, first, last);
}

void emolab_channel_moments(const float *x, float *mean, float *variance, size_t outer, size_t channels, size_t inner) {
    channel_job job = {.x = x, .out_a = mean, .out_b = variance, .outer = outer, .channels = channels, .inner = inner};
    emolab_rows(channels, 2 * outer * inner, moments_chunk, &job);
}

void emolab_channel_affine(
    const float *x, const float *mean, const float *rstd, const float *weight, const float *bias, float *y, size_t outer, size_t channels,
    size_t inner) {
    channel_job job = {
        .x = x, .mean = mean, .rstd = rstd, .weight = weight, .bias = bias, .out_a = y, .channels = channels, .inner = inner};
    emolab_rows(outer * channels, inner, affine_chunk, &job);
}

void emolab_batch_norm_sums(
    const float *x, const float *dy, const float *mean, const float *rstd, float *sum_dy, float *sum_dy_xhat, size_t outer, size_t channels,
    size_t inner) {
    channel_job job = {
        .x = x,
        .dy = dy,
        .mean = mean,
        .rstd = rstd,
        .out_a = sum_dy,
        .out_b = sum_dy_xhat,
        .outer = outer,
        .channels = channels,
        .inner = inner};
    emolab_rows(channels, 2 * outer * inner, sums_chunk, &job);
}

void emolab_batch_norm_backward(
    const float *x, const float *dy, const float *mean, const float *rstd, const float *weight, const float *sum_dy,
    const float *sum_dy_xhat, float *dx, size_t outer, size_t channels, size_t inner, int frozen) {
    channel_job job = {x, dy, mean, rstd, weight, 0, sum_dy, sum_dy_xhat, dx, 0, outer, channels, inner, frozen};
    emolab_rows(outer * channels, inner, batch_norm_backward_chunk, &job);
}
