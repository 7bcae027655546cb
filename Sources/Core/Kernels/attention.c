// Scaled dot-product attention: one head is one task; its probabilities live in scratch memory only.
// Backward computes them again from each row's maximum and sum (Dao et al., "FlashAttention", 2022).
#include "attention.h"
#include "parallel.h"
#include "products.h"
#include "vectors.h"

typedef struct {
    const emolab_attention *s;
    emolab_type type;
    const void *q, *k, *v, *dout;
    const float *kept_in;
    void *out, *dq, *dk, *dv;
    float *kept;
} attention_job;

// Rows are short (8 frames), so the exponentials run over all rows in one loop. kept: for each row its largest scaled score and 1 / sum.
VECTOR_LEVELS static void softmax_scores(float *restrict scores, float *restrict kept, size_t rows, size_t n, float scale) {
    for (size_t row = 0; row < rows; row++) {
        float *restrict s = scores + row * n;
        float most = s[0];
        for (size_t i = 1; i < n; i++) most = s[i] > most ? s[i] : most;
        for (size_t i = 0; i < n; i++) s[i] = (s[i] - most) * scale;
        kept[2 * row] = most * scale;
    }
    for (size_t i = 0; i < rows * n; i++) scores[i] = fast_exp(scores[i]);
    for (size_t row = 0; row < rows; row++) {
        float *restrict s = scores + row * n;
        float sum = 0.f;
        for (size_t i = 0; i < n; i++) sum += s[i];
        float inverse = 1.f / sum;
        for (size_t i = 0; i < n; i++) s[i] *= inverse;
        kept[2 * row + 1] = inverse;
    }
}

// scores become probabilities; dp becomes the gradient of the raw scores: p (dp - rowsum(p dp)) scale.
VECTOR_LEVELS static void score_gradients(
    float *restrict scores, float *restrict dp, const float *restrict kept, size_t rows, size_t n, float scale) {
    for (size_t row = 0; row < rows; row++) {
        float *restrict s = scores + row * n;
        float most = kept[2 * row];
        for (size_t i = 0; i < n; i++) s[i] = s[i] * scale - most;
    }
    for (size_t i = 0; i < rows * n; i++) scores[i] = fast_exp(scores[i]);
    for (size_t row = 0; row < rows; row++) {
        float *restrict s = scores + row * n, *restrict g = dp + row * n;
        float dot = 0.f, inverse = kept[2 * row + 1];
        for (size_t i = 0; i < n; i++) {
            s[i] *= inverse;
            dot += s[i] * g[i];
        }
        for (size_t i = 0; i < n; i++) g[i] = s[i] * (g[i] - dot) * scale;
    }
}

ALWAYS_INLINE size_t keys_of(const emolab_attention *s, size_t b) {
    return s->lengths && (size_t)s->lengths[b] < s->keys ? (size_t)s->lengths[b] : s->keys;
}

// --- heads: float32 ones are worked on where they lie, bfloat16 ones in a float32 copy ---

typedef struct {
    float *rows;
    size_t stride;
} head_view;

VECTOR_LEVELS static void head_to_float(const bfloat *restrict x, size_t stride, float *restrict y, size_t rows, size_t width) {
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < width; c++) y[i * width + c] = float_of(x[i * stride + c]);
}
VECTOR_LEVELS static void head_to_bfloat(const float *restrict x, bfloat *restrict y, size_t stride, size_t rows, size_t width) {
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < width; c++) y[i * stride + c] = bfloat_of(x[i * width + c]);
}

static size_t place(const emolab_heads *h, size_t batch, size_t head) { return batch * h->batch + head * h->head; }

// `room` is moved on behind the copy, if there is one. What is only written is not read.
static head_view view(
    const void *base, emolab_type type, const emolab_heads *h, size_t at, size_t rows, size_t width, int reads, float **room) {
    if (type == emolab_float32) return (head_view){(float *)base + at, h->row};
    head_view copy = {*room, width};
    if (reads) head_to_float((const bfloat *)base + at, h->row, copy.rows, rows, width);
    *room += rows * width;
    return copy;
}

static void write_back(head_view view, void *base, emolab_type type, const emolab_heads *h, size_t at, size_t rows, size_t width) {
    if (type == emolab_bfloat16) head_to_bfloat(view.rows, (bfloat *)base + at, h->row, rows, width);
}

static void clear_rows(head_view view, size_t first, size_t last, size_t width) {
    for (size_t i = first; i < last; i++) memset(view.rows + i * view.stride, 0, width * sizeof(float));
}

static void forward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    attention_job *j = context;
    const emolab_attention *s = j->s;
    size_t q_rows = s->queries, width = s->width;
    float *scores = emolab_scratch(1, q_rows * s->keys + 2 * (q_rows + s->keys) * width);
    for (size_t index = first; index < last; index++) {
        size_t b = index / s->heads, h = index % s->heads, keys = keys_of(s, b), at = place(&s->out, b, h);
        float *room = scores + q_rows * s->keys;
        head_view out = view(j->out, j->type, &s->out, at, q_rows, width, 0, &room);
        if (keys) {
            head_view q = view(j->q, j->type, &s->q, place(&s->q, b, h), q_rows, width, 1, &room);
            head_view k = view(j->k, j->type, &s->k, place(&s->k, b, h), keys, width, 1, &room);
            head_view v = view(j->v, j->type, &s->v, place(&s->v, b, h), keys, width, 1, &room);
            emolab_product_serial(0, 1, q_rows, keys, width, 1.f, q.rows, q.stride, k.rows, k.stride, 0.f, scores, keys);
            softmax_scores(scores, j->kept + index * 2 * q_rows, q_rows, keys, s->scale);
            emolab_product_serial(0, 0, q_rows, width, keys, 1.f, scores, keys, v.rows, v.stride, 0.f, out.rows, out.stride);
        } else {
            clear_rows(out, 0, q_rows, width);
        }
        write_back(out, j->out, j->type, &s->out, at, q_rows, width);
    }
}

static void backward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    attention_job *j = context;
    const emolab_attention *s = j->s;
    size_t q_rows = s->queries, width = s->width, square = q_rows * s->keys;
    float *scores = emolab_scratch(1, 2 * square + 4 * (q_rows + s->keys) * width), *dp = scores + square;
    for (size_t index = first; index < last; index++) {
        size_t b = index / s->heads, h = index % s->heads, keys = keys_of(s, b);
        size_t at_q = place(&s->q, b, h), at_k = place(&s->k, b, h), at_v = place(&s->v, b, h), at_out = place(&s->out, b, h);
        float *room = dp + square;
        head_view dq = view(j->dq, j->type, &s->q, at_q, q_rows, width, 0, &room);
        head_view dk = view(j->dk, j->type, &s->k, at_k, s->keys, width, 0, &room),
                  dv = view(j->dv, j->type, &s->v, at_v, s->keys, width, 0, &room);
        if (keys) {
            head_view q = view(j->q, j->type, &s->q, at_q, q_rows, width, 1, &room);
            head_view k = view(j->k, j->type, &s->k, at_k, keys, width, 1, &room),
                      v = view(j->v, j->type, &s->v, at_v, keys, width, 1, &room);
            head_view dout = view(j->dout, j->type, &s->out, at_out, q_rows, width, 1, &room);
            emolab_product_serial(0, 1, q_rows, keys, width, 1.f, q.rows, q.stride, k.rows, k.stride, 0.f, scores, keys);
            emolab_product_serial(0, 1, q_rows, keys, width, 1.f, dout.rows, dout.stride, v.rows, v.stride, 0.f, dp, keys);
            score_gradients(scores, dp, j->kept_in + index * 2 * q_rows, q_rows, keys, s->scale);
            emolab_product_serial(1, 0, keys, width, q_rows, 1.f, scores, keys, dout.rows, dout.stride, 0.f, dv.rows, dv.stride);
            emolab_product_serial(0, 0, q_rows, width, keys, 1.f, dp, keys, k.rows, k.stride, 0.f, dq.rows, dq.stride);
            emolab_product_serial(1, 0, keys, width, q_rows, 1.f, dp, keys, q.rows, q.stride, 0.f, dk.rows, dk.stride);
        } else {
            clear_rows(dq, 0, q_rows, width);
        }
        clear_rows(dk, keys, s->keys, width);
        clear_rows(dv, keys, s->keys, width);
        write_back(dq, j->dq, j->type, &s->q, at_q, q_rows, width);
        write_back(dk, j->dk, j->type, &s->k, at_k, s->keys, width);
        write_back(dv, j->dv, j->type, &s->v, at_v, s->keys, width);
    }
}

void emolab_attention_forward(
    const emolab_attention *s, emolab_type type, const void *q, const void *k, const void *v, void *out, float *kept) {
    attention_job job = {.s = s, .type = type, .q = q, .k = k, .v = v, .out = out, .kept = kept};
    emolab_rows(s->batch * s->heads, s->queries * s->keys * (s->width / 4 + 8), forward_chunk, &job);
}

void emolab_attention_backward(
    const emolab_attention *s, emolab_type type, const void *q, const void *k, const void *v, const float *kept, const void *dout, void *dq,
    void *dk, void *dv) {
    attention_job job = {.s = s, .type = type, .q = q, .k = k, .v = v, .kept_in = kept, .dout = dout, .dq = dq, .dk = dk, .dv = dv};
    emolab_rows(s->batch * s->heads, s->queries * s->keys * (s->width / 2 + 8), backward_chunk, &job);
}
