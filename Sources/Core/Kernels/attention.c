// Scaled dot-product attention: one head is one task; its probabilities live in scratch memory only.
// Backward computes them again from each row's maximum and sum (Dao et al., "FlashAttention", 2022).
#include "attention.h"
#include "parallel.h"
#include "products.h"
#include "vectors.h"

typedef struct {
    const emolab_attention *s;
    const float *q, *k, *v, *out_in, *kept_in, *dout;
    float *out, *kept, *dq, *dk, *dv;
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

// scores become probabilities; dp becomes the gradient of the raw scores: p (dp - rowsum(dout out)) scale.
VECTOR_LEVELS static void score_gradients(
    float *restrict scores, float *restrict dp, const float *restrict kept, const float *restrict out, const float *restrict dout, size_t out_row,
    size_t rows, size_t n, size_t width, float scale) {
    for (size_t row = 0; row < rows; row++) {
        float *restrict s = scores + row * n;
        float most = kept[2 * row];
        for (size_t i = 0; i < n; i++) s[i] = s[i] * scale - most;
    }
    for (size_t i = 0; i < rows * n; i++) scores[i] = fast_exp(scores[i]);
    for (size_t row = 0; row < rows; row++) {
        float *restrict s = scores + row * n, *restrict g = dp + row * n;
        const float *restrict o = out + row * out_row, *restrict d = dout + row * out_row;
        float dot = 0.f, inverse = kept[2 * row + 1];
        for (size_t i = 0; i < width; i++) dot += o[i] * d[i];
        for (size_t i = 0; i < n; i++) {
            s[i] *= inverse;
            g[i] = s[i] * (g[i] - dot) * scale;
        }
    }
}

ALWAYS_INLINE size_t keys_of(const emolab_attention *s, size_t b) {
    return s->lengths && (size_t)s->lengths[b] < s->keys ? (size_t)s->lengths[b] : s->keys;
}

static void clear_rows(float *x, size_t row, size_t rows, size_t width) {
    for (size_t i = 0; i < rows; i++) memset(x + i * row, 0, width * sizeof(float));
}

static void forward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    attention_job *j = context;
    const emolab_attention *s = j->s;
    float *scores = emolab_scratch(1, s->queries * s->keys);
    for (size_t index = first; index < last; index++) {
        size_t b = index / s->heads, h = index % s->heads, keys = keys_of(s, b);
        const float *q = j->q + b * s->q.batch + h * s->q.head, *k = j->k + b * s->k.batch + h * s->k.head, *v = j->v + b * s->v.batch + h * s->v.head;
        float *out = j->out + b * s->out.batch + h * s->out.head;
        if (!keys) {
            clear_rows(out, s->out.row, s->queries, s->width);
            continue;
        }
        emolab_product_serial(0, 1, s->queries, keys, s->width, 1.f, q, s->q.row, k, s->k.row, 0.f, scores, keys);
        softmax_scores(scores, j->kept + index * 2 * s->queries, s->queries, keys, s->scale);
        emolab_product_serial(0, 0, s->queries, s->width, keys, 1.f, scores, keys, v, s->v.row, 0.f, out, s->out.row);
    }
}

static void backward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    attention_job *j = context;
    const emolab_attention *s = j->s;
    float *scores = emolab_scratch(1, 2 * s->queries * s->keys), *dp = scores + s->queries * s->keys;
    for (size_t index = first; index < last; index++) {
        size_t b = index / s->heads, h = index % s->heads, keys = keys_of(s, b);
        size_t at_q = b * s->q.batch + h * s->q.head, at_k = b * s->k.batch + h * s->k.head, at_v = b * s->v.batch + h * s->v.head;
        size_t at_out = b * s->out.batch + h * s->out.head;
        if (keys < s->keys) {
            clear_rows(j->dk + at_k + keys * s->k.row, s->k.row, s->keys - keys, s->width);
            clear_rows(j->dv + at_v + keys * s->v.row, s->v.row, s->keys - keys, s->width);
        }
        if (!keys) {
            clear_rows(j->dq + at_q, s->q.row, s->queries, s->width);
            continue;
        }
        const float *q = j->q + at_q, *k = j->k + at_k, *v = j->v + at_v, *dout = j->dout + at_out;
        emolab_product_serial(0, 1, s->queries, keys, s->width, 1.f, q, s->q.row, k, s->k.row, 0.f, scores, keys);
        emolab_product_serial(0, 1, s->queries, keys, s->width, 1.f, dout, s->out.row, v, s->v.row, 0.f, dp, keys);
        score_gradients(scores, dp, j->kept_in + index * 2 * s->queries, j->out_in + at_out, dout, s->out.row, s->queries, keys, s->width, s->scale);
        emolab_product_serial(1, 0, keys, s->width, s->queries, 1.f, scores, keys, dout, s->out.row, 0.f, j->dv + at_v, s->v.row);
        emolab_product_serial(0, 0, s->queries, s->width, keys, 1.f, dp, keys, k, s->k.row, 0.f, j->dq + at_q, s->q.row);
        emolab_product_serial(1, 0, keys, s->width, s->queries, 1.f, dp, keys, q, s->q.row, 0.f, j->dk + at_k, s->k.row);
    }
}

void emolab_attention_forward(const emolab_attention *s, const float *q, const float *k, const float *v, float *out, float *kept) {
    attention_job job = {.s = s, .q = q, .k = k, .v = v, .out = out, .kept = kept};
    emolab_rows(s->batch * s->heads, s->queries * s->keys * (s->width / 4 + 8), forward_chunk, &job);
}

void emolab_attention_backward(
    const emolab_attention *s, const float *q, const float *k, const float *v, const float *out, const float *kept, const float *dout, float *dq,
    float *dk, float *dv) {
    attention_job job = {.s = s, .q = q, .k = k, .v = v, .out_in = out, .kept_in = kept, .dout = dout, .dq = dq, .dk = dk, .dv = dv};
    emolab_rows(s->batch * s->heads, s->queries * s->keys * (s->width / 2 + 8), backward_chunk, &job);
}
