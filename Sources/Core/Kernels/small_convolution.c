// Convolution of few channels, channels last. The window of a position overlaps that of the next, so a row of the input is already the matrix of
// unfolded windows, with rows that start `in_channels` floats apart: nothing is copied, and the loop is that of a matrix product.
#include "small_convolution.h"
#include "vectors.h"

enum { lanes = 16 };

// 16 floats at any address of floats; one register, two or four, as the processor has them. Macros, because a function that passes such vectors
// would have to be built for one vector level.
typedef float vector __attribute__((vector_size(4 * lanes), aligned(4), may_alias));
#define load(p) (*(const vector *)(p))
#define store(p, v) (*(vector *)(p) = (v))

// `count` positions from `first` on and `groups` times 16 output channels from `channel` on. All but the layer's sizes are constants where it is
// inlined, so that the sums stay in registers.
ALWAYS_INLINE void convolve_block(
    const emolab_small_layer *l, const float *const *rows, size_t first, size_t channel, float *y, const int count, const int groups,
    const size_t in_channels) {
    vector sum[12][2];
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) {
        vector bias = load(l->bias + channel + g * lanes);
#pragma clang loop unroll(full)
        for (int p = 0; p < count; p++) sum[p][g] = bias;
    }
    const float *w = l->weights + channel;
    const size_t across = l->taps_across * in_channels, step = l->out_channels;
    for (size_t row = 0; row < l->taps_down; row++) {
        const float *x = rows[row] + first * in_channels;
        for (size_t i = 0; i < across; i++, w += step, x++) {
            vector w0 = load(w), w1 = groups > 1 ? load(w + lanes) : w0;
#pragma clang loop unroll(full)
            for (int p = 0; p < count; p++) {
                float value = x[(size_t)p * in_channels];
                sum[p][0] += value * w0;
                if (groups > 1) sum[p][1] += value * w1;
            }
        }
    }
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) {
        const size_t from = channel + g * lanes;
        if (l->slopes) {
            vector slope = load(l->slopes + from), zero = {0};
#pragma clang loop unroll(full)
            for (int p = 0; p < count; p++)
                sum[p][g] = __builtin_elementwise_max(sum[p][g], zero) + slope * __builtin_elementwise_min(sum[p][g], zero);
        }
#pragma clang loop unroll(full)
        for (int p = 0; p < count; p++) store(y + (first + p) * step + from, sum[p][g]);
    }
}

// Weights of 16 or 32 output channels stay in the first cache level while all positions pass.
ALWAYS_INLINE void convolve_all(
    const emolab_small_layer *l, const float *const *rows, size_t positions, float *y, const int wide, const size_t in_channels) {
    size_t channel = 0;
    if (wide) {
        for (; channel + 2 * lanes <= l->out_channels; channel += 2 * lanes)
            for (size_t p = 0; p < positions; p += 12) convolve_block(l, rows, p, channel, y, 12, 2, in_channels);
        for (; channel < l->out_channels; channel += lanes)
            for (size_t p = 0; p < positions; p += 12) convolve_block(l, rows, p, channel, y, 12, 1, in_channels);
    } else {
        for (; channel < l->out_channels; channel += lanes)
            for (size_t p = 0; p < positions; p += 6) convolve_block(l, rows, p, channel, y, 6, 1, in_channels);
    }
}

// 32 registers of 16 floats hold 24 sums; 16 of 8 floats (AVX2) or 32 of 4 (arm64) hold 6 times 16.
VECTOR_LEVELS static void convolve_wide(const emolab_small_layer *l, const float *const *rows, size_t positions, float *y) {
    switch (l->in_channels) {
    case 3:
        convolve_all(l, rows, positions, y, 1, 3);
        break;
    case 10:
        convolve_all(l, rows, positions, y, 1, 10);
        break;
    case 16:
        convolve_all(l, rows, positions, y, 1, 16);
        break;
    case 32:
        convolve_all(l, rows, positions, y, 1, 32);
        break;
    default:
        convolve_all(l, rows, positions, y, 1, l->in_channels);
    }
}

VECTOR_LEVELS static void convolve_narrow(const emolab_small_layer *l, const float *const *rows, size_t positions, float *y) {
    switch (l->in_channels) {
    case 3:
        convolve_all(l, rows, positions, y, 0, 3);
        break;
    case 10:
        convolve_all(l, rows, positions, y, 0, 10);
        break;
    case 16:
        convolve_all(l, rows, positions, y, 0, 16);
        break;
    case 32:
        convolve_all(l, rows, positions, y, 0, 32);
        break;
    default:
        convolve_all(l, rows, positions, y, 0, l->in_channels);
    }
}

void emolab_small_convolve(const emolab_small_layer *layer, const float *const *rows, size_t positions, float *y) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) {
        convolve_wide(layer, rows, positions, y);
        return;
    }
#endif
    convolve_narrow(layer, rows, positions, y);
}

// Minimal filtering F(2x2, 3x3): 16 products where the plain sum takes 36 (Winograd 1980; Lavin and Gray 2016, arXiv:1509.09308), as in winograd.c,
// for two rows that are at hand. Transformed patches and products of a few tiles stay in the caches.
enum { frequencies = 16, block = 36 };

size_t emolab_small_pair_workspace(const emolab_small_layer *l) {
    return frequencies * (block + emolab_small_slack) * (l->in_channels + l->out_channels);
}

void emolab_small_transform(const float *w, size_t in_channels, size_t out_channels, float *u) {
    static const double g[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
    const size_t size = in_channels * out_channels;
    for (size_t i = 0; i < size; i++)
        for (int a = 0; a < 4; a++)
            for (int b = 0; b < 4; b++) {
                double sum = 0;
                for (int r = 0; r < 3; r++)
                    for (int c = 0; c < 3; c++) sum += g[a][r] * g[b][c] * (double)w[(size_t)(3 * r + c) * size + i];
                u[(size_t)(4 * a + b) * size + i] = (float)sum;
            }
}

// v [frequency][block + slack][in_channels], whose last 16 channels may reach into the next patch, of `tiles` 4x4 patches, two columns apart, from x on.
VECTOR_LEVELS static void transform_patches(const float *const *x, size_t first, size_t tiles, size_t channels, float *v) {
    const size_t step = (block + emolab_small_slack) * channels;
    for (size_t t = 0; t < tiles; t++)
        for (size_t c = 0; c < channels; c += lanes) {
            vector h[4][4];
            for (int b = 0; b < 4; b++) {
                const size_t at = (2 * (first + t) + (size_t)b) * channels + c;
                vector r0 = load(x[0] + at), r1 = load(x[1] + at), r2 = load(x[2] + at), r3 = load(x[3] + at);
                h[0][b] = r0 - r2, h[1][b] = r1 + r2, h[2][b] = r2 - r1, h[3][b] = r1 - r3;
            }
            float *out = v + t * channels + c;
            for (int a = 0; a < 4; a++) {
                store(out + (size_t)(4 * a) * step, h[a][0] - h[a][2]);
                store(out + (size_t)(4 * a + 1) * step, h[a][1] + h[a][2]);
                store(out + (size_t)(4 * a + 2) * step, h[a][2] - h[a][1]);
                store(out + (size_t)(4 * a + 3) * step, h[a][1] - h[a][3]);
            }
        }
}

VECTOR_LEVELS static void transform_products(const emolab_small_layer *l, const float *m, size_t first, size_t tiles, float *const *y) {
    const size_t channels = l->out_channels, step = (block + emolab_small_slack) * channels;
    for (size_t c = 0; c < channels; c += lanes) {
        const vector zero = {0}, bias = load(l->bias + c), slope = l->slopes ? load(l->slopes + c) : zero + 1.f;
        for (size_t t = 0; t < tiles; t++) {
            const float *in = m + t * channels + c;
            vector h[4][2];
            for (int a = 0; a < 4; a++) {
                vector m1 = load(in + (size_t)(4 * a + 1) * step), m2 = load(in + (size_t)(4 * a + 2) * step);
                h[a][0] = load(in + (size_t)(4 * a) * step) + m1 + m2;
                h[a][1] = m1 - m2 - load(in + (size_t)(4 * a + 3) * step);
            }
            for (int b = 0; b < 2; b++) {
                vector above = h[0][b] + h[1][b] + h[2][b] + bias, below = h[1][b] - h[2][b] - h[3][b] + bias;
                const size_t at = (2 * (first + t) + (size_t)b) * channels + c;
                store(y[0] + at, __builtin_elementwise_max(above, zero) + slope * __builtin_elementwise_min(above, zero));
                store(y[1] + at, __builtin_elementwise_max(below, zero) + slope * __builtin_elementwise_min(below, zero));
            }
        }
    }
}

// As many zeros as a layer has outputs at most.
static const float no_bias[256];

void emolab_small_convolve_pair(
    const emolab_small_layer *l, const float *const *rows, size_t positions, float *workspace, float *const *y) {
    const size_t tiles = (positions + 1) / 2, in = l->in_channels, out = l->out_channels, length = block + emolab_small_slack;
    float *products = workspace + frequencies * length * in;
    for (size_t first = 0; first < tiles; first += block) {
        size_t count = tiles - first < block ? tiles - first : block;
        transform_patches(rows, first, count, in, workspace);
        for (size_t f = 0; f < frequencies; f++) {
            const float *row = workspace + f * length * in;
            emolab_small_layer product = {1, 1, in, out, l->weights + f * in * out, no_bias, NULL};
            emolab_small_convolve(&product, &row, count, products + f * length * out);
        }
        transform_products(l, products, first, count, y);
    }
}

VECTOR_LEVELS void emolab_small_dots(const float *x, size_t positions, size_t channels, const float *w, float bias, float *y) {
    for (size_t p = 0; p < positions; p++) {
        vector sum = {0};
        for (size_t c = 0; c < channels; c += lanes) sum += load(x + p * channels + c) * load(w + c);
        float total = bias;
        for (int i = 0; i < lanes; i++) total += sum[i];
        y[p] = total;
    }
}

VECTOR_LEVELS void emolab_small_max_pool(
    const float *const *rows, size_t row_count, size_t width, size_t pitch, size_t channels, size_t window, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) {
        size_t end = 2 * i + window < width ? 2 * i + window : width;
        // The last 16 channels may reach into the next position, which is written after them.
        for (size_t c = 0; c < channels; c += lanes) {
            vector most = load(rows[0] + 2 * i * pitch + c);
            for (size_t r = 0; r < row_count; r++)
                for (size_t x = 2 * i; x < end; x++) most = __builtin_elementwise_max(most, load(rows[r] + x * pitch + c));
            store(y + i * channels + c, most);
        }
    }
}

typedef uint8_t byte_vector __attribute__((vector_size(lanes), aligned(1), may_alias));
typedef int32_t integer_vector __attribute__((vector_size(4 * lanes)));
typedef float pixel __attribute__((vector_size(16), aligned(4), may_alias));

VECTOR_LEVELS void emolab_area_row(
    const uint8_t *pixels, size_t stride, size_t rows, size_t source_width, const int32_t *starts, const int32_t *ends, size_t width,
    float scale, float shift, float *sums, float *y) {
    size_t n = 3 * source_width, i = 0;
    for (; i + 2 * lanes <= n; i += 2 * lanes) {
        integer_vector a = {0}, b = {0};
        for (size_t r = 0; r < rows; r++) {
            a += __builtin_convertvector(*(const byte_vector *)(pixels + r * stride + i), integer_vector);
            b += __builtin_convertvector(*(const byte_vector *)(pixels + r * stride + i + lanes), integer_vector);
        }
        store(sums + i, __builtin_convertvector(a, vector));
        store(sums + i + lanes, __builtin_convertvector(b, vector));
    }
    for (; i < n; i++) {
        int32_t sum = 0;
        for (size_t r = 0; r < rows; r++) sum += pixels[r * stride + i];
        sums[i] = (float)sum;
    }
    sums[n] = 0.f;
    // Three channels and one float of the next pixel, which that pixel writes again.
    for (size_t x = 0; x < width; x++) {
        pixel sum = *(const pixel *)(sums + 3 * (size_t)starts[x]);
        for (size_t from = (size_t)starts[x] + 1; from < (size_t)ends[x]; from++) sum += *(const pixel *)(sums + 3 * from);
        float share = scale / ((float)rows * (float)(ends[x] - starts[x]));
        *(pixel *)(y + 3 * x) = sum * share + shift;
    }
}
