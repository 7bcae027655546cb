// Channels-last maps: which kernel convolves them, batch norm joined with the residual sum and ReLU after it, max pooling.
#include "channels_last.h"
#include "onednn_convolution.h"
#include "parallel.h"
#include "vectors.h"
#include "winograd.h"

// Effective rates on one Zen 4 core (peak of products 117 GFLOP/s), ResNet-18's 3x3 layers of stride 1, forward and both backward passes: filtering
// 190-218 with 64 to 256 channels and 97-138 with 512, oneDNN's channels-last primitives 63-115. Without wide registers filtering loses its lead.
static int prefers_winograd(const emolab_convolution *s) {
#if defined(__x86_64__)
    return emolab_winograd_fits(s) && __builtin_cpu_supports("avx512f");
#else
    (void)s;
    return 0;
#endif
}

int emolab_channels_last_fits(const emolab_convolution *s, int pass) {
    return prefers_winograd(s) || emolab_onednn_convolution_fits(s, pass);
}

size_t emolab_channels_last_workspace(const emolab_convolution *s, int pass) {
    if (!prefers_winograd(s)) return emolab_onednn_convolution_workspace(s, pass);
    return pass == emolab_pass_backward_weight ? emolab_winograd_weight_workspace(s) : emolab_winograd_workspace(s);
}

void emolab_channels_last_forward(
    const emolab_convolution *s, const float *x, const float *w, const float *bias, float *y, float *workspace) {
    (prefers_winograd(s) ? emolab_winograd_forward : emolab_onednn_forward)(s, x, w, bias, y, workspace);
}

void emolab_channels_last_backward_input(const emolab_convolution *s, const float *w, const float *dy, float *dx, float *workspace) {
    (prefers_winograd(s) ? emolab_winograd_backward_input : emolab_onednn_backward_input)(s, w, dy, dx, workspace);
}

void emolab_channels_last_backward_weight(const emolab_convolution *s, const float *x, const float *dy, float *dw, float *workspace) {
    (prefers_winograd(s) ? emolab_winograd_backward_weight : emolab_onednn_backward_weight)(s, x, dy, dw, workspace);
}

// Column sums: floats over a few rows, doubles over those, one pair of double rows a chunk, chunks added in order.
enum { rows_in_float = 64, columns_at_once = 64 };

typedef struct {
    const emolab_norm_last *s;
    const float *x, *y, *dy, *residual, *mean_dy, *mean_dy_xhat;
    float *out, *dresidual;
    double *sums;
    size_t channels;
} norm_job;

VECTOR_LEVELS static void moments_range(const norm_job *j, double *total, size_t first, size_t last) {
    size_t channels = j->channels;
    double *squares = total + channels;
    for (size_t c = 0; c < channels; c++) total[c] = squares[c] = 0;
    for (size_t begin = first; begin < last; begin += rows_in_float) {
        size_t end = begin + rows_in_float < last ? begin + rows_in_float : last;
        for (size_t c = 0; c < channels; c += columns_at_once) {
            size_t width = channels - c < columns_at_once ? channels - c : columns_at_once;
            float sum[columns_at_once] = {0}, square[columns_at_once] = {0};
            // Against the first row, so that squares do not lose a small variance beside a large mean.
            const float *pivot = j->x + c;
            if (width == columns_at_once) {
                for (size_t row = begin; row < end; row++) {
                    const float *x = j->x + row * channels + c;
                    for (size_t i = 0; i < columns_at_once; i++) {
                        float d = x[i] - pivot[i];
                        sum[i] += d;
                        square[i] += d * d;
                    }
                }
            } else {
                for (size_t row = begin; row < end; row++) {
                    const float *x = j->x + row * channels + c;
                    for (size_t i = 0; i < width; i++) {
                        float d = x[i] - pivot[i];
                        sum[i] += d;
                        square[i] += d * d;
                    }
                }
            }
            for (size_t i = 0; i < width; i++) {
                total[c + i] += sum[i];
                squares[c + i] += square[i];
            }
        }
    }
}

static void moments_chunk(void *context, size_t chunk, size_t first, size_t last) {
    norm_job *j = context;
    moments_range(j, j->sums + chunk * 2 * j->channels, first, last);
}

static double *chunk_sums(size_t chunks, size_t channels) { return (double *)emolab_scratch(0, chunks * 2 * channels * 2); }

static void add_chunks(double *sums, size_t chunks, size_t channels) {
    for (size_t chunk = 1; chunk < chunks; chunk++)
        for (size_t c = 0; c < 2 * channels; c++) sums[c] += sums[chunk * 2 * channels + c];
}

void emolab_moments_last(const float *x, float *mean, float *variance, size_t rows, size_t channels) {
    size_t work = 2 * channels, chunks = emolab_chunks(rows, work);
    norm_job job = {.x = x, .sums = chunk_sums(chunks, channels), .channels = channels};
    emolab_rows(rows, work, moments_chunk, &job);
    add_chunks(job.sums, chunks, channels);
    for (size_t c = 0; c < channels; c++) {
        double shift = job.sums[c] / (double)rows, spread = job.sums[channels + c] / (double)rows - shift * shift;
        mean[c] = (float)(x[c] + shift);
        variance[c] = spread > 0 ? (float)spread : 0.f;
    }
}

VECTOR_LEVELS static void norm_rows(const norm_job *j, size_t first, size_t last) {
    size_t channels = j->s->channels;
    float *scale = emolab_scratch(1, 2 * channels), *shift = scale + channels;
    for (size_t c = 0; c < channels; c++) {
        scale[c] = j->s->rstd[c] * j->s->weight[c];
        shift[c] = j->s->bias[c] - j->s->mean[c] * scale[c];
    }
    float floor = j->s->relu ? 0.f : -INFINITY;
    for (size_t row = first; row < last; row++) {
        const float *restrict x = j->x + row * channels;
        float *restrict y = j->out + row * channels;
        if (j->residual) {
            const float *restrict r = j->residual + row * channels;
            for (size_t c = 0; c < channels; c++) {
                float v = x[c] * scale[c] + shift[c] + r[c];
                y[c] = v < floor ? floor : v;
            }
        } else {
            for (size_t c = 0; c < channels; c++) {
                float v = x[c] * scale[c] + shift[c];
                y[c] = v < floor ? floor : v;
            }
        }
    }
}

static void norm_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    norm_rows(context, first, last);
}

void emolab_norm_last_forward(const emolab_norm_last *s, const float *x, const float *residual, float *y) {
    norm_job job = {.s = s, .x = x, .residual = residual, .out = y};
    emolab_rows(s->rows, 2 * s->channels, norm_chunk, &job);
}

VECTOR_LEVELS static void norm_sums_range(const norm_job *j, double *total, size_t first, size_t last) {
    size_t channels = j->s->channels;
    double *products = total + channels;
    for (size_t c = 0; c < channels; c++) total[c] = products[c] = 0;
    int relu = j->s->relu;
    for (size_t begin = first; begin < last; begin += rows_in_float) {
        size_t end = begin + rows_in_float < last ? begin + rows_in_float : last;
        for (size_t c = 0; c < channels; c += columns_at_once) {
            size_t width = channels - c < columns_at_once ? channels - c : columns_at_once;
            float sum[columns_at_once] = {0}, product[columns_at_once] = {0};
            const float *mean = j->s->mean + c;
            for (size_t row = begin; row < end; row++) {
                const float *x = j->x + row * channels + c, *dy = j->dy + row * channels + c, *y = relu ? j->y + row * channels + c : 0;
                if (width == columns_at_once && relu) {
                    for (size_t i = 0; i < columns_at_once; i++) {
                        float g = y[i] > 0.f ? dy[i] : 0.f;
                        sum[i] += g;
                        product[i] += g * (x[i] - mean[i]);
                    }
                } else if (width == columns_at_once) {
                    for (size_t i = 0; i < columns_at_once; i++) {
                        sum[i] += dy[i];
                        product[i] += dy[i] * (x[i] - mean[i]);
                    }
                } else {
                    for (size_t i = 0; i < width; i++) {
                        float g = !relu || y[i] > 0.f ? dy[i] : 0.f;
                        sum[i] += g;
                        product[i] += g * (x[i] - mean[i]);
                    }
                }
            }
            for (size_t i = 0; i < width; i++) {
                total[c + i] += sum[i];
                products[c + i] += product[i];
            }
        }
    }
}

static void norm_sums_chunk(void *context, size_t chunk, size_t first, size_t last) {
    norm_job *j = context;
    norm_sums_range(j, j->sums + chunk * 2 * j->s->channels, first, last);
}

// dx = scale (g - mean of g - xhat mean of (g xhat)) = scale g + slope x + offset.
VECTOR_LEVELS static void norm_backward_rows(const norm_job *j, size_t first, size_t last) {
    const emolab_norm_last *s = j->s;
    size_t channels = s->channels;
    float *scale = emolab_scratch(1, 3 * channels), *slope = scale + channels, *offset = slope + channels;
    for (size_t c = 0; c < channels; c++) {
        scale[c] = s->weight[c] * s->rstd[c];
        slope[c] = s->frozen ? 0.f : -scale[c] * s->rstd[c] * j->mean_dy_xhat[c];
        offset[c] = s->frozen ? 0.f : -scale[c] * j->mean_dy[c] - slope[c] * s->mean[c];
    }
    for (size_t row = first; row < last; row++) {
        const float *restrict x = j->x + row * channels, *restrict dy = j->dy + row * channels;
        float *restrict dx = j->out ? j->out + row * channels : 0;
        float *restrict dr = j->dresidual ? j->dresidual + row * channels : 0;
        if (s->relu) {
            const float *restrict y = j->y + row * channels;
            if (dr)
                for (size_t c = 0; c < channels; c++) dr[c] = y[c] > 0.f ? dy[c] : 0.f;
            if (dx)
                for (size_t c = 0; c < channels; c++) dx[c] = scale[c] * (y[c] > 0.f ? dy[c] : 0.f) + (slope[c] * x[c] + offset[c]);
        } else {
            if (dr) memcpy(dr, dy, channels * sizeof(float));
            if (dx)
                for (size_t c = 0; c < channels; c++) dx[c] = scale[c] * dy[c] + (slope[c] * x[c] + offset[c]);
        }
    }
}

static void norm_backward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    norm_backward_rows(context, first, last);
}

void emolab_norm_last_backward(
    const emolab_norm_last *s, const float *x, const float *y, const float *dy, float *dx, float *dresidual, float *dweight, float *dbias) {
    size_t work = 3 * s->channels, chunks = emolab_chunks(s->rows, work);
    norm_job job = {.s = s, .x = x, .y = y, .dy = dy, .out = dx, .dresidual = dresidual, .sums = chunk_sums(chunks, s->channels)};
    emolab_rows(s->rows, work, norm_sums_chunk, &job);
    add_chunks(job.sums, chunks, s->channels);
    float *means = emolab_scratch(2, 2 * s->channels);
    for (size_t c = 0; c < s->channels; c++) {
        double product = job.sums[s->channels + c] * s->rstd[c];
        dbias[c] = (float)job.sums[c], dweight[c] = (float)product;
        means[c] = (float)(job.sums[c] / (double)s->rows), means[s->channels + c] = (float)(product / (double)s->rows);
    }
    if (!dx && !dresidual) return;
    job.mean_dy = means, job.mean_dy_xhat = means + s->channels;
    emolab_rows(s->rows, work, norm_backward_chunk, &job);
}

typedef struct {
    const emolab_pooling *s;
    size_t channels;
    const float *x;
    float *y;
    uint8_t *place;
} pool_job;

ALWAYS_INLINE void window(const emolab_pooling *s, int axis, long o, long *first, long *last) {
    long start = o * s->stride[axis] - s->padding[axis];
    *first = start < 0 ? -start : 0;
    *last = s->in[axis] - start < s->kernel[axis] ? s->in[axis] - start : s->kernel[axis];
}

// One row of outputs along the last axis a task row. NaN wins, as in PyTorch.
VECTOR_LEVELS static void max_rows(const pool_job *j, size_t first, size_t last) {
    const emolab_pooling *s = j->s;
    size_t channels = j->channels;
    for (size_t row = first; row < last; row++) {
        long oh = (long)row % s->out[1], od = (long)row / s->out[1] % s->out[0], n = (long)row / (s->out[1] * s->out[0]);
        long d0, d1, h0, h1, w0, w1;
        window(s, 0, od, &d0, &d1);
        window(s, 1, oh, &h0, &h1);
        for (long ow = 0; ow < s->out[2]; ow++) {
            window(s, 2, ow, &w0, &w1);
            float *restrict y = j->y + (row * (size_t)s->out[2] + (size_t)ow) * channels;
            uint8_t *restrict place = j->place + (row * (size_t)s->out[2] + (size_t)ow) * channels;
            for (size_t c = 0; c < channels; c++) y[c] = -INFINITY, place[c] = (uint8_t)((d0 * s->kernel[1] + h0) * s->kernel[2] + w0);
            for (long kd = d0; kd < d1; kd++)
                for (long kh = h0; kh < h1; kh++)
                    for (long kw = w0; kw < w1; kw++) {
                        long id = od * s->stride[0] - s->padding[0] + kd, ih = oh * s->stride[1] - s->padding[1] + kh;
                        long iw = ow * s->stride[2] - s->padding[2] + kw;
                        const float *restrict x = j->x + (size_t)(((n * s->in[0] + id) * s->in[1] + ih) * s->in[2] + iw) * channels;
                        uint8_t here = (uint8_t)((kd * s->kernel[1] + kh) * s->kernel[2] + kw);
                        for (size_t c = 0; c < channels; c++) {
                            int better = !(x[c] <= y[c]) && y[c] == y[c];
                            y[c] = better ? x[c] : y[c];
                            place[c] = better ? here : place[c];
                        }
                    }
        }
    }
}

static void max_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    max_rows(context, first, last);
}

void emolab_max_pool_last_forward(const emolab_pooling *s, size_t channels, const float *x, float *y, uint8_t *place) {
    pool_job job = {.s = s, .channels = channels, .x = x, .y = y, .place = place};
    emolab_rows(
        (size_t)(s->planes * s->out[0] * s->out[1]), (size_t)(s->out[2] * s->kernel[0] * s->kernel[1] * s->kernel[2]) * channels, max_chunk,
        &job);
}

// Windows along `axis` that see input position i.
ALWAYS_INLINE void windows_over(const emolab_pooling *s, int axis, long i, long *first, long *last) {
    long from = i + s->padding[axis] - s->kernel[axis] + 1;
    *first = from <= 0 ? 0 : (from + s->stride[axis] - 1) / s->stride[axis];
    *last = (i + s->padding[axis]) / s->stride[axis] + 1;
    if (*last > s->out[axis]) *last = s->out[axis];
}

// Each input position collects from the windows that chose it, so rows of inputs are independent.
VECTOR_LEVELS static void max_backward_rows(const pool_job *j, size_t first, size_t last) {
    const emolab_pooling *s = j->s;
    size_t channels = j->channels;
    for (size_t row = first; row < last; row++) {
        long ih = (long)row % s->in[1], id = (long)row / s->in[1] % s->in[0], n = (long)row / (s->in[1] * s->in[0]);
        long d0, d1, h0, h1, w0, w1;
        windows_over(s, 0, id, &d0, &d1);
        windows_over(s, 1, ih, &h0, &h1);
        for (long iw = 0; iw < s->in[2]; iw++) {
            windows_over(s, 2, iw, &w0, &w1);
            float *restrict dx = j->y + (row * (size_t)s->in[2] + (size_t)iw) * channels;
            for (size_t c = 0; c < channels; c++) dx[c] = 0.f;
            for (long od = d0; od < d1; od++)
                for (long oh = h0; oh < h1; oh++)
                    for (long ow = w0; ow < w1; ow++) {
                        long kd = id + s->padding[0] - od * s->stride[0], kh = ih + s->padding[1] - oh * s->stride[1];
                        long kw = iw + s->padding[2] - ow * s->stride[2];
                        uint8_t here = (uint8_t)((kd * s->kernel[1] + kh) * s->kernel[2] + kw);
                        size_t at = (size_t)(((n * s->out[0] + od) * s->out[1] + oh) * s->out[2] + ow) * channels;
                        const float *restrict dy = j->x + at;
                        const uint8_t *restrict place = j->place + at;
                        for (size_t c = 0; c < channels; c++) dx[c] += place[c] == here ? dy[c] : 0.f;
                    }
        }
    }
}

static void max_backward_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    max_backward_rows(context, first, last);
}

void emolab_max_pool_last_backward(const emolab_pooling *s, size_t channels, const float *dy, const uint8_t *place, float *dx) {
    pool_job job = {.s = s, .channels = channels, .x = dy, .y = dx, .place = (uint8_t *)place};
    emolab_rows((size_t)(s->planes * s->in[0] * s->in[1]), (size_t)s->in[2] * channels * 4, max_backward_chunk, &job);
}
