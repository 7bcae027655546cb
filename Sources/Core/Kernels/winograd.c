// 3x3 convolution by minimal filtering, F(2x2, 3x3): 16 products where the plain sum takes 36 (Winograd 1980; Lavin and Gray 2016, arXiv:1509.09308).
// Activations are channels-last. Tiles of 4x4 inputs are transformed, multiplied over channels one frequency at a time, transformed back.
#include "winograd.h"
#include "parallel.h"
#include "vectors.h"

enum { frequencies = 16, lanes = 16, panel = 32, rows = 8, most_tiles = 112 };

// The helpers below are inlined into functions built for each vector level, so how a wide vector would be passed to them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

// 16 floats: one register where vectors are 512 bits wide. Whoever calls through such arguments gets the wide registers.
typedef float vector __attribute__((vector_size(4 * lanes)));

ALWAYS_INLINE vector load(const float *p) { vector v; memcpy(&v, p, sizeof v); return v; }
ALWAYS_INLINE void store(float *p, vector v) { memcpy(p, &v, sizeof v); }
ALWAYS_INLINE vector multiply_add(vector sum, float a, vector b) { return sum + a * b; }

// A map [batch, height, width, channels] that is cut into tiles of 2x2 outputs, and how many tiles a block holds.
typedef struct { long batch, height, width, channels; } map;
typedef struct { long down, across, all, block; } tiling;

static tiling tiles_of(long batch, long height, long width, long channels) {
    tiling t = {(height + 1) / 2, (width + 1) / 2, 0, 0};
    t.all = batch * t.down * t.across;
    // Both transformed blocks together stay near the second cache level's size.
    t.block = most_tiles * 64 / channels / rows * rows;
    if (t.block > most_tiles) t.block = most_tiles;
    if (t.block < 32) t.block = 32;
    return t;
}

static long blocks_of(tiling t) { return (t.all + t.block - 1) / t.block; }
// One line more than a power of two, so that the 16 frequencies of a tile do not share a cache set.
static long frequency_step(long tiles, long channels) { return tiles * channels + lanes; }

// t = transform of d along one axis: B' for inputs, A for gradients of outputs, A' for sums.
#define INPUT(t, d0, d1, d2, d3) t[0] = d0 - d2, t[1] = d1 + d2, t[2] = d2 - d1, t[3] = d1 - d3

// v [frequency][channels / 16][block][16] from the 4x4 inputs of tiles first ... last; rows up to a multiple of 8 are zero.
ALWAYS_INLINE void transform_inputs(const float *x, map m, long padding, tiling t, long first, long last, float *v) {
    long step = frequency_step(t.block, m.channels), count = last - first;
    for (long i = 0; i < (count + rows - 1) / rows * rows; i++) {
        long tile = first + i, n = tile / (t.down * t.across), top = tile / t.across % t.down * 2 - padding, left = tile % t.across * 2 - padding;
        const float *origin = x + ((n * m.height + top) * m.width + left) * m.channels;
        int inside = i < count && top >= 0 && left >= 0 && top + 4 <= m.height && left + 4 <= m.width;
        for (long c = 0; c < m.channels; c += lanes) {
            vector d[4][4], h[4][4];
            if (inside) {
                for (int a = 0; a < 4; a++) for (int b = 0; b < 4; b++) d[a][b] = load(origin + (a * m.width + b) * m.channels + c);
            } else {
                for (int a = 0; a < 4; a++)
                    for (int b = 0; b < 4; b++)
                        d[a][b] = i < count && top + a >= 0 && top + a < m.height && left + b >= 0 && left + b < m.width
                            ? load(origin + (a * m.width + b) * m.channels + c) : (vector){0};
            }
            for (int b = 0; b < 4; b++) {
                h[0][b] = d[0][b] - d[2][b], h[1][b] = d[1][b] + d[2][b], h[2][b] = d[2][b] - d[1][b], h[3][b] = d[1][b] - d[3][b];
            }
            float *out = v + c * t.block + i * lanes;
            for (int a = 0; a < 4; a++) {
                vector r[4];
                INPUT(r, h[a][0], h[a][1], h[a][2], h[a][3]);
                for (int b = 0; b < 4; b++) store(out + (4 * a + b) * step, r[b]);
            }
        }
    }
}

// e [frequency][channels / 32][block][32] from the 2x2 output gradients of the tiles; rows past the last are left alone.
ALWAYS_INLINE void transform_gradients(const float *dy, map m, tiling t, long first, long last, float *e) {
    long step = frequency_step(t.block, m.channels);
    for (long i = 0; i < last - first; i++) {
        long tile = first + i, n = tile / (t.down * t.across), top = tile / t.across % t.down * 2, left = tile % t.across * 2;
        const float *origin = dy + ((n * m.height + top) * m.width + left) * m.channels;
        int low = top + 1 < m.height, right = left + 1 < m.width;
        for (long c = 0; c < m.channels; c += lanes) {
            vector zero = {0}, d[2][2], h[4][2];
            d[0][0] = load(origin + c);
            d[0][1] = right ? load(origin + m.channels + c) : zero;
            d[1][0] = low ? load(origin + m.width * m.channels + c) : zero;
            d[1][1] = low && right ? load(origin + (m.width + 1) * m.channels + c) : zero;
            for (int b = 0; b < 2; b++) h[0][b] = d[0][b], h[1][b] = d[0][b] + d[1][b], h[2][b] = d[0][b] - d[1][b], h[3][b] = -d[1][b];
            float *out = e + c / panel * panel * t.block + i * panel + c % panel;
            for (int a = 0; a < 4; a++) {
                store(out + (4 * a) * step, h[a][0]);
                store(out + (4 * a + 1) * step, h[a][0] + h[a][1]);
                store(out + (4 * a + 2) * step, h[a][0] - h[a][1]);
                store(out + (4 * a + 3) * step, -h[a][1]);
            }
        }
    }
}

// y of the tiles from sums laid out as e above.
ALWAYS_INLINE void transform_outputs(const float *sums, map m, tiling t, long first, long last, const float *bias, float *y) {
    long step = frequency_step(t.block, m.channels);
    for (long i = 0; i < last - first; i++) {
        long tile = first + i, n = tile / (t.down * t.across), top = tile / t.across % t.down * 2, left = tile % t.across * 2;
        float *origin = y + ((n * m.height + top) * m.width + left) * m.channels;
        int low = top + 1 < m.height, right = left + 1 < m.width;
        for (long c = 0; c < m.channels; c += lanes) {
            const float *in = sums + c / panel * panel * t.block + i * panel + c % panel;
            vector h[4][2], add = bias ? load(bias + c) : (vector){0};
            for (int a = 0; a < 4; a++) {
                vector s1 = load(in + (4 * a + 1) * step), s2 = load(in + (4 * a + 2) * step);
                h[a][0] = load(in + (4 * a) * step) + s1 + s2;
                h[a][1] = s1 - s2 - load(in + (4 * a + 3) * step);
            }
            store(origin + c, h[0][0] + h[1][0] + h[2][0] + add);
            if (right) store(origin + m.channels + c, h[0][1] + h[1][1] + h[2][1] + add);
            if (low) store(origin + m.width * m.channels + c, h[1][0] - h[2][0] - h[3][0] + add);
            if (low && right) store(origin + (m.width + 1) * m.channels + c, h[1][1] - h[2][1] - h[3][1] + add);
        }
    }
}

// c [8][32] (+)= sum over outer x inner steps of a (8 values, row_step apart) times b (32 values a step).
ALWAYS_INLINE void multiply_block(
    const float *a, long row_step, long outer, long jump, long inner, long a_step, const float *b, float *c, int accumulate) {
    vector sum[rows][2];
    for (int i = 0; i < rows; i++) {
        sum[i][0] = accumulate ? load(c + i * panel) : (vector){0};
        sum[i][1] = accumulate ? load(c + i * panel + lanes) : (vector){0};
    }
    for (long o = 0; o < outer; o++)
        for (long s = 0; s < inner; s++, b += panel) {
            const float *from = a + o * jump + s * a_step;
            vector b0 = load(b), b1 = load(b + lanes);
#pragma clang loop unroll(full)
            for (int i = 0; i < rows; i++) {
                sum[i][0] = multiply_add(sum[i][0], from[i * row_step], b0);
                sum[i][1] = multiply_add(sum[i][1], from[i * row_step], b1);
            }
        }
    for (int i = 0; i < rows; i++) { store(c + i * panel, sum[i][0]); store(c + i * panel + lanes, sum[i][1]); }
}

typedef struct {
    map in, out;
    tiling tiles;
    long padding, parts;
    const float *x, *dy, *u, *bias, *w;
    float *y;
} winograd_job;

VECTOR_LEVELS static void convolve_tiles(const winograd_job *j, long first, long last, float *v, float *sums) {
    long in = j->in.channels, out = j->out.channels, block = j->tiles.block, count = last - first;
    long v_step = frequency_step(block, in), sums_step = frequency_step(block, out);
    transform_inputs(j->x, j->in, j->padding, j->tiles, first, last, v);
    for (int f = 0; f < frequencies; f++)
        for (long k = 0; k < out; k += panel)
            for (long i = 0; i < count; i += rows)
                multiply_block(
                    v + f * v_step + i * lanes, lanes, in / lanes, block * lanes, lanes, 1, j->u + f * in * out + k * in,
                    sums + f * sums_step + k * block + i * panel, 0);
    transform_outputs(sums, j->out, j->tiles, first, last, j->bias, j->y);
}

static void convolve_task(void *context, size_t task) {
    winograd_job *j = context;
    long first = (long)task * j->tiles.block, last = first + j->tiles.block < j->tiles.all ? first + j->tiles.block : j->tiles.all;
    float *v = emolab_scratch(1, (size_t)(frequencies * frequency_step(j->tiles.block, j->in.channels)));
    float *sums = emolab_scratch(2, (size_t)(frequencies * frequency_step(j->tiles.block, j->out.channels)));
    convolve_tiles(j, first, last, v, sums);
}

// u [frequency][to / 32][from][32] = G g G' of each filter g, for one panel of 32. Forward: from input channels to output channels;
// backward: the other way round with filters turned by half a turn.
VECTOR_LEVELS static void transform_filters(const float *w, long in, long out, int backward, long p, float *u) {
    long from = backward ? out : in, to = backward ? in : out;
    for (long c = 0; c < from; c++) {
        float g[9][panel], h[12][panel];
        for (int l = 0; l < panel; l++) {
            const float *filter = w + (backward ? c * in + p * panel + l : (p * panel + l) * in + c) * 9;
            for (int q = 0; q < 9; q++) g[q][l] = filter[backward ? 8 - q : q];
        }
        for (int q = 0; q < 3; q++)
            for (int l = 0; l < panel; l++) {
                float middle = g[3 + q][l], outside = g[q][l] + g[6 + q][l];
                h[q][l] = g[q][l], h[3 + q][l] = 0.5f * (outside + middle), h[6 + q][l] = 0.5f * (outside - middle), h[9 + q][l] = g[6 + q][l];
            }
        for (int a = 0; a < 4; a++) {
            float *r = u + (4 * a) * from * to + (p * from + c) * panel;
            for (int l = 0; l < panel; l++) {
                float middle = h[3 * a + 1][l], outside = h[3 * a][l] + h[3 * a + 2][l];
                r[l] = h[3 * a][l], r[from * to + l] = 0.5f * (outside + middle), r[2 * from * to + l] = 0.5f * (outside - middle);
                r[3 * from * to + l] = h[3 * a + 2][l];
            }
        }
    }
}

static void forward_filters_task(void *context, size_t task) {
    winograd_job *j = context;
    transform_filters(j->w, j->in.channels, j->out.channels, 0, (long)task, j->y);
}

static void backward_filters_task(void *context, size_t task) {
    winograd_job *j = context;
    transform_filters(j->w, j->out.channels, j->in.channels, 1, (long)task, j->y);
}

static map map_of(const emolab_convolution *s, const long *axes, long channels) { return (map){s->batch * s->in[0], axes[1], axes[2], channels}; }

static winograd_job job_of(const emolab_convolution *s) {
    map in = map_of(s, s->in, s->in_channels), out = map_of(s, s->out, s->out_channels);
    return (winograd_job){.in = in, .out = out, .padding = s->padding[2]};
}

int emolab_winograd_fits(const emolab_convolution *s) {
    return s->groups == 1 && s->kernel[0] == 1 && s->kernel[1] == 3 && s->kernel[2] == 3 && s->padding[0] == 0 && s->padding[1] == s->padding[2]
        && s->padding[2] <= 2 && s->stride[0] * s->stride[1] * s->stride[2] == 1 && s->dilation[1] * s->dilation[2] == 1
        && s->in_channels % panel == 0 && s->out_channels % panel == 0;
}

static size_t filters_size(const emolab_convolution *s) { return (size_t)(frequencies * s->in_channels * s->out_channels); }

void emolab_winograd_forward(const emolab_convolution *s, const float *x, const float *w, const float *bias, float *y, float *workspace) {
    winograd_job job = job_of(s), filters = job;
    filters.w = w, filters.y = workspace;
    emolab_parallel((size_t)(s->out_channels / panel), forward_filters_task, &filters);
    job.x = x, job.u = workspace, job.bias = bias, job.y = y;
    job.tiles = tiles_of(job.out.batch, job.out.height, job.out.width, s->in_channels > s->out_channels ? s->in_channels : s->out_channels);
    emolab_parallel((size_t)blocks_of(job.tiles), convolve_task, &job);
}

void emolab_winograd_backward_input(const emolab_convolution *s, const float *w, const float *dy, float *dx, float *workspace) {
    winograd_job job = job_of(s);
    map in = job.in;
    job.in = job.out, job.out = in, job.padding = 2 - job.padding;
    winograd_job filters = job;
    filters.w = w, filters.y = workspace;
    emolab_parallel((size_t)(s->in_channels / panel), backward_filters_task, &filters);
    job.x = dy, job.u = workspace, job.y = dx;
    job.tiles = tiles_of(in.batch, in.height, in.width, s->in_channels > s->out_channels ? s->in_channels : s->out_channels);
    emolab_parallel((size_t)blocks_of(job.tiles), convolve_task, &job);
}

// Sums of products over the tiles of one part: du [frequency][out / 32][in][32].
VECTOR_LEVELS static void correlate_tiles(const winograd_job *j, long first, long last, float *v, float *e, float *du, int accumulate) {
    long in = j->in.channels, out = j->out.channels, block = j->tiles.block, count = last - first;
    long v_step = frequency_step(block, in), e_step = frequency_step(block, out);
    transform_inputs(j->x, j->in, j->padding, j->tiles, first, last, v);
    transform_gradients(j->dy, j->out, j->tiles, first, last, e);
    for (int f = 0; f < frequencies; f++)
        for (long k = 0; k < out; k += panel)
            for (long c = 0; c < in; c += rows)
                multiply_block(
                    v + f * v_step + c / lanes * lanes * block + c % lanes, 1, 1, 0, count, lanes, e + f * e_step + k * block,
                    du + f * in * out + k * in + c * panel, accumulate);
}

static void correlate_task(void *context, size_t task) {
    winograd_job *j = context;
    float *v = emolab_scratch(1, (size_t)(frequencies * frequency_step(j->tiles.block, j->in.channels)));
    float *e = emolab_scratch(2, (size_t)(frequencies * frequency_step(j->tiles.block, j->out.channels)));
    float *du = j->y + (long)task * frequencies * j->in.channels * j->out.channels;
    long blocks = blocks_of(j->tiles), begin = blocks * (long)task / j->parts, end = blocks * ((long)task + 1) / j->parts;
    for (long b = begin; b < end; b++) {
        long last = (b + 1) * j->tiles.block;
        correlate_tiles(j, b * j->tiles.block, last < j->tiles.all ? last : j->tiles.all, v, e, du, b > begin);
    }
}

// dw [out, in, 3, 3] = G' du G, the parts added in order.
VECTOR_LEVELS static void gather_filters(const winograd_job *j, long p, float *dw) {
    long in = j->in.channels, all = in * j->out.channels;
    for (long c = 0; c < in; c++) {
        float u[frequencies][panel], h[12][panel], g[9][panel];
        for (int f = 0; f < frequencies; f++) {
            const float *part = j->u + f * all + (p * in + c) * panel;
            for (int l = 0; l < panel; l++) u[f][l] = part[l];
            for (long q = 1; q < j->parts; q++) for (int l = 0; l < panel; l++) u[f][l] += part[q * frequencies * all + l];
        }
        for (int b = 0; b < 4; b++)
            for (int l = 0; l < panel; l++) {
                float sum = 0.5f * (u[4 + b][l] + u[8 + b][l]);
                h[b][l] = u[b][l] + sum, h[4 + b][l] = 0.5f * (u[4 + b][l] - u[8 + b][l]), h[8 + b][l] = sum + u[12 + b][l];
            }
        for (int a = 0; a < 3; a++)
            for (int l = 0; l < panel; l++) {
                float sum = 0.5f * (h[4 * a + 1][l] + h[4 * a + 2][l]);
                g[3 * a][l] = h[4 * a][l] + sum, g[3 * a + 1][l] = 0.5f * (h[4 * a + 1][l] - h[4 * a + 2][l]), g[3 * a + 2][l] = sum + h[4 * a + 3][l];
            }
        for (int l = 0; l < panel; l++) for (int q = 0; q < 9; q++) dw[((p * panel + l) * in + c) * 9 + q] = g[q][l];
    }
}

static void gather_task(void *context, size_t task) { gather_filters(context, (long)task, ((winograd_job *)context)->y); }

static long parts_of(const emolab_convolution *s, tiling tiles) {
    long most = s->in_channels * s->out_channels > 16384 ? 2 : 4;
    return blocks_of(tiles) < most ? blocks_of(tiles) : most;
}

static tiling weight_tiles(const emolab_convolution *s) {
    return tiles_of(s->batch * s->in[0], s->out[1], s->out[2], s->in_channels > s->out_channels ? s->in_channels : s->out_channels);
}

size_t emolab_winograd_workspace(const emolab_convolution *s) { return filters_size(s); }
size_t emolab_winograd_weight_workspace(const emolab_convolution *s) { return filters_size(s) * (size_t)parts_of(s, weight_tiles(s)); }

void emolab_winograd_backward_weight(const emolab_convolution *s, const float *x, const float *dy, float *dw, float *workspace) {
    winograd_job job = job_of(s);
    job.tiles = weight_tiles(s), job.parts = parts_of(s, job.tiles), job.x = x, job.dy = dy, job.y = workspace;
    emolab_parallel((size_t)job.parts, correlate_task, &job);
    job.u = workspace, job.y = dw;
    emolab_parallel((size_t)(s->out_channels / panel), gather_task, &job);
}
