// Gated recurrent layers: per step one small product and one fused gate loop; everything that can be one product for all steps is done outside.
// Step s of a clip of length L handles time s forward, L - 1 - s in reverse; clips that have ended keep their state.
#include "recurrent.h"
#include "parallel.h"
#include "products.h"
#include "vectors.h"

// w [rows, columns] the other way round: products with an operand as it lies need no packing at every step.
static const float *turned(const float *w, size_t rows, size_t columns, float *out) {
    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++) out[column * rows + row] = w[row * columns + column];
    return out;
}

ALWAYS_INLINE size_t length_of(const emolab_recurrent *s, size_t b) {
    return s->lengths && (size_t)s->lengths[b] < s->steps ? (size_t)s->lengths[b] : s->steps;
}
ALWAYS_INLINE size_t time_of(const emolab_recurrent *s, size_t step, size_t length) { return s->reverse ? length - 1 - step : step; }

VECTOR_LEVELS static void gru_gates(
    const float *restrict a, const float *restrict c, const float *restrict h, const float *restrict bias, float *restrict next,
    float *restrict out, float *restrict kept, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float r = fast_sigmoid(a[i] + c[i] + bias[i]);
        float z = fast_sigmoid(a[n + i] + c[n + i] + bias[n + i]);
        float cn = c[2 * n + i] + bias[2 * n + i];
        float m = fast_tanh(a[2 * n + i] + r * cn);
        float value = (1.f - z) * m + z * h[i];
        next[i] = value;
        out[i] = value;
        kept[i] = r;
        kept[n + i] = z;
        kept[2 * n + i] = m;
        kept[3 * n + i] = cn;
    }
}

void emolab_gru_forward(
    const emolab_recurrent *s, const float *a, const float *w, const float *bias, float *out, float *states, float *gates) {
    size_t n = s->hidden, batch = s->batch;
    float *c = emolab_scratch(2, batch * 3 * n + 3 * n * n);
    const float *wt = turned(w, 3 * n, n, c + batch * 3 * n);
    memset(states, 0, batch * n * sizeof(float));
    for (size_t step = 0; step < s->steps; step++) {
        const float *h = states + step * batch * n;
        float *next = states + (step + 1) * batch * n, *kept = gates + step * batch * 4 * n;
        emolab_product_serial(0, 0, batch, 3 * n, n, 1.f, h, n, wt, 3 * n, 0.f, c, 3 * n);
        for (size_t b = 0; b < batch; b++) {
            size_t length = length_of(s, b);
            if (step >= length) {
                memcpy(next + b * n, h + b * n, n * sizeof(float));
                memset(kept + b * 4 * n, 0, 4 * n * sizeof(float));
                memset(out + (b * s->steps + step) * s->output_row, 0, n * sizeof(float));
                continue;
            }
            size_t row = b * s->steps + time_of(s, step, length);
            gru_gates(a + row * 3 * n, c + b * 3 * n, h + b * n, bias, next + b * n, out + row * s->output_row, kept + b * 4 * n, n);
        }
    }
}

VECTOR_LEVELS static void gru_gate_slopes(
    const float *restrict kept, const float *restrict h, const float *restrict dout, float *restrict dh, float *restrict da,
    float *restrict dc, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float r = kept[i], z = kept[n + i], m = kept[2 * n + i], cn = kept[3 * n + i];
        float g = dh[i] + dout[i];
        float dm = g * (1.f - z) * (1.f - m * m);
        float dr = dm * cn * r * (1.f - r);
        float dz = g * (h[i] - m) * z * (1.f - z);
        dh[i] = g * z;
        da[i] = dr;
        da[n + i] = dz;
        da[2 * n + i] = dm;
        dc[i] = dr;
        dc[n + i] = dz;
        dc[2 * n + i] = dm * r;
    }
}

void emolab_gru_backward(
    const emolab_recurrent *s, const float *w, const float *states, const float *gates, const float *dout, float *da, float *dc) {
    size_t n = s->hidden, batch = s->batch;
    float *dh = emolab_scratch(2, batch * n);
    memset(dh, 0, batch * n * sizeof(float));
    for (size_t step = s->steps; step-- > 0;) {
        float *dc_step = dc + step * batch * 3 * n;
        for (size_t b = 0; b < batch; b++) {
            size_t length = length_of(s, b);
            if (step >= length) {
                memset(dc_step + b * 3 * n, 0, 3 * n * sizeof(float));
                memset(da + (b * s->steps + step) * 3 * n, 0, 3 * n * sizeof(float));
                continue;
            }
            size_t row = b * s->steps + time_of(s, step, length);
            gru_gate_slopes(
                gates + (step * batch + b) * 4 * n, states + (step * batch + b) * n, dout + row * s->output_row, dh + b * n,
                da + row * 3 * n, dc_step + b * 3 * n, n);
        }
        if (step) emolab_product_serial(0, 0, batch, n, 3 * n, 1.f, dc_step, 3 * n, w, n, 1.f, dh, n);
    }
}

VECTOR_LEVELS static void lstm_gates(
    const float *restrict a, const float *restrict c, const float *restrict bias, const float *restrict cell, float *restrict next_cell,
    float *restrict next, float *restrict out, float *restrict kept, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float in = fast_sigmoid(a[i] + c[i] + bias[i]);
        float forget = fast_sigmoid(a[n + i] + c[n + i] + bias[n + i]);
        float m = fast_tanh(a[2 * n + i] + c[2 * n + i] + bias[2 * n + i]);
        float o = fast_sigmoid(a[3 * n + i] + c[3 * n + i] + bias[3 * n + i]);
        float value = forget * cell[i] + in * m;
        next_cell[i] = value;
        float h = o * fast_tanh(value);
        next[i] = h;
        out[i] = h;
        kept[i] = in;
        kept[n + i] = forget;
        kept[2 * n + i] = m;
        kept[3 * n + i] = o;
    }
}

void emolab_lstm_forward(
    const emolab_recurrent *s, const float *a, const float *w, const float *bias, float *out, float *states, float *cells, float *gates) {
    size_t n = s->hidden, batch = s->batch;
    float *c = emolab_scratch(2, batch * 4 * n + 4 * n * n);
    const float *wt = turned(w, 4 * n, n, c + batch * 4 * n);
    memset(states, 0, batch * n * sizeof(float));
    memset(cells, 0, batch * n * sizeof(float));
    for (size_t step = 0; step < s->steps; step++) {
        size_t here = step * batch * n, there = here + batch * n;
        emolab_product_serial(0, 0, batch, 4 * n, n, 1.f, states + here, n, wt, 4 * n, 0.f, c, 4 * n);
        for (size_t b = 0; b < batch; b++) {
            size_t length = length_of(s, b);
            float *kept = gates + (step * batch + b) * 4 * n;
            if (step >= length) {
                memcpy(states + there + b * n, states + here + b * n, n * sizeof(float));
                memcpy(cells + there + b * n, cells + here + b * n, n * sizeof(float));
                memset(kept, 0, 4 * n * sizeof(float));
                memset(out + (b * s->steps + step) * s->output_row, 0, n * sizeof(float));
                continue;
            }
            size_t row = b * s->steps + time_of(s, step, length);
            lstm_gates(
                a + row * 4 * n, c + b * 4 * n, bias, cells + here + b * n, cells + there + b * n, states + there + b * n,
                out + row * s->output_row, kept, n);
        }
    }
}

VECTOR_LEVELS static void lstm_gate_slopes(
    const float *restrict kept, const float *restrict cell, const float *restrict next_cell, const float *restrict dout, float *restrict dh,
    float *restrict dcell, float *restrict da, float *restrict dc, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float in = kept[i], forget = kept[n + i], m = kept[2 * n + i], o = kept[3 * n + i];
        float g = dh[i] + dout[i], t = fast_tanh(next_cell[i]);
        float dvalue = dcell[i] + g * o * (1.f - t * t);
        dc[i] = da[i] = dvalue * m * in * (1.f - in);
        dc[n + i] = da[n + i] = dvalue * cell[i] * forget * (1.f - forget);
        dc[2 * n + i] = da[2 * n + i] = dvalue * in * (1.f - m * m);
        dc[3 * n + i] = da[3 * n + i] = g * t * o * (1.f - o);
        dcell[i] = dvalue * forget;
        dh[i] = 0.f;
    }
}

void emolab_lstm_backward(
    const emolab_recurrent *s, const float *w, const float *cells, const float *gates, const float *dout, const float *dfinal, float *da,
    float *dc) {
    size_t n = s->hidden, batch = s->batch;
    float *dh = emolab_scratch(2, 2 * batch * n), *dcell = dh + batch * n;
    memset(dh, 0, 2 * batch * n * sizeof(float));
    // A clip that has ended keeps its state, so the gradient of the last one waits here for the clip's own last step.
    if (dfinal) memcpy(dcell, dfinal, batch * n * sizeof(float));
    for (size_t step = s->steps; step-- > 0;) {
        float *dc_step = dc + step * batch * 4 * n;
        for (size_t b = 0; b < batch; b++) {
            size_t length = length_of(s, b);
            if (step >= length) {
                memset(dc_step + b * 4 * n, 0, 4 * n * sizeof(float));
                memset(da + (b * s->steps + step) * 4 * n, 0, 4 * n * sizeof(float));
                continue;
            }
            size_t row = b * s->steps + time_of(s, step, length), here = (step * batch + b) * n;
            lstm_gate_slopes(
                gates + (step * batch + b) * 4 * n, cells + here, cells + here + batch * n, dout + row * s->output_row, dh + b * n,
                dcell + b * n, da + row * 4 * n, dc_step + b * 4 * n, n);
        }
        if (step) emolab_product_serial(0, 0, batch, n, 4 * n, 1.f, dc_step, 4 * n, w, n, 1.f, dh, n);
    }
}
