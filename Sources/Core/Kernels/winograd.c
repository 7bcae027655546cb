// 3x3 convolution by minimal filtering, F(2x2, 3x3): 16 products where the plain sum takes 36 (Winograd 1980; Lavin and Gray 2016, arXiv:1509.09308).
// Maps have channels last. Tiles of 4x4 inputs are transformed, multiplied over channels one frequency at a time, transformed back. A third axis,
// time, is convolved plainly: transformed slices wait in a ring for as many results as they take part in.
#include "winograd.h"
#include "parallel.h"
#include "vectors.h"

enum { frequencies = 16, lanes = 16, panel = 32, rows = 8, most_tiles = 112, most_taps = 3 };

// 16 floats at any address of floats; one register, two or four, as the processor has them. Macros, because a function that passes such vectors
// would have to be built for one vector level.
typedef float vector __attribute__((vector_size(4 * lanes), aligned(4), may_alias));
#define load(p) (*(const vector *)(p))
#define store(p, v) (*(vector *)(p) = (v))

// A map [batch, depth, height, width, channels] whose slices are cut into tiles of 2x2 outputs; a block is some tiles through the whole depth.
typedef struct {
    long batch, depth, height, width, channels;
} map;
typedef struct {
    long down, across, all, block;
} tiling;

static tiling tiles_of(map outputs, long channels, long taps) {
    tiling t = {(outputs.height + 1) / 2, (outputs.width + 1) / 2, 0, 0};
    t.all = outputs.batch * t.down * t.across;
    // The transformed slices of a block stay near the second cache level's size; no block is much shorter than the others.
    long most = most_tiles * 64 / channels * 2 / (taps + 1);
    if (most > most_tiles) most = most_tiles;
    if (most < 32) most = 32;
    long blocks = (t.all + most - 1) / most;
    t.block = ((t.all + blocks - 1) / blocks + rows - 1) / rows * rows;
    return t;
}

static long blocks_of(tiling t) { return (t.all + t.block - 1) / t.block; }
// One line more than a power of two, so that the 16 frequencies of a tile do not share a cache set.
static long frequency_step(long tiles, long channels) { return tiles * channels + lanes; }

// v [frequency][channels / 16][block][16] from the 4x4 inputs of tiles first ... last of slice d; rows up to a multiple of 8 are zero.
VECTOR_LEVELS static void transform_inputs(const float *x, map m, long d, long padding, tiling t, long first, long last, float *v) {
    long step = frequency_step(t.block, m.channels), count = last - first;
    for (long i = 0; i < (count + rows - 1) / rows * rows; i++) {
        long tile = first + i, n = tile / (t.down * t.across) * m.depth + d, top = tile / t.across % t.down * 2 - padding,
             left = tile % t.across * 2 - padding;
        const float *origin = x + ((n * m.height + top) * m.width + left) * m.channels;
        int inside = i < count && top >= 0 && left >= 0 && top + 4 <= m.height && left + 4 <= m.width;
        for (long c = 0; c < m.channels; c += lanes) {
            vector in[4][4], h[4][4];
            if (inside) {
                for (int a = 0; a < 4; a++)
                    for (int b = 0; b < 4; b++) in[a][b] = load(origin + (a * m.width + b) * m.channels + c);
            } else {
                for (int a = 0; a < 4; a++)
                    for (int b = 0; b < 4; b++)
                        in[a][b] = i < count && top + a >= 0 && top + a < m.height && left + b >= 0 && left + b < m.width
                            ? load(origin + (a * m.width + b) * m.channels + c)
                            : (vector){0};
            }
            for (int b = 0; b < 4; b++) {
                h[0][b] = in[0][b] - in[2][b], h[1][b] = in[1][b] + in[2][b], h[2][b] = in[2][b] - in[1][b], h[3][b] = in[1][b] - in[3][b];
            }
            float *out = v + c * t.block + i * lanes;
            for (int a = 0; a < 4; a++) {
                store(out + (4 * a) * step, h[a][0] - h[a][2]);
                store(out + (4 * a + 1) * step, h[a][1] + h[a][2]);
                store(out + (4 * a + 2) * step, h[a][2] - h[a][1]);
                store(out + (4 * a + 3) * step, h[a][1] - h[a][3]);
            }
        }
    }
}

// e [frequency][width / 32][block][32] from the 2x2 output gradients of the tiles, `width` channels from dy on.
VECTOR_LEVELS static void transform_gradients(const float *dy, map m, long d, tiling t, long first, long last, long width, float *e) {
    long step = frequency_step(t.block, width);
    for (long i = 0; i < last - first; i++) {
        long tile = first + i, n = tile / (t.down * t.across) * m.depth + d, top = tile / t.across % t.down * 2, left = tile % t.across * 2;
        const float *origin = dy + ((n * m.height + top) * m.width + left) * m.channels;
        int low = top + 1 < m.height, right = left + 1 < m.width;
        for (long c = 0; c < width; c += lanes) {
            vector zero = {0}, in[2][2], h[4][2];
            in[0][0] = load(origin + c);
            in[0][1] = right ? load(origin + m.channels + c) : zero;
            in[1][0] = low ? load(origin + m.width * m.channels + c) : zero;
            in[1][1] = low && right ? load(origin + (m.width + 1) * m.channels + c) : zero;
            for (int b = 0; b < 2; b++)
                h[0][b] = in[0][b], h[1][b] = in[0][b] + in[1][b], h[2][b] = in[0][b] - in[1][b], h[3][b] = -in[1][b];
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

// `width` channels of the tiles, from y on, from sums laid out as e above.
VECTOR_LEVELS static void transform_outputs(
    const float *sums, map m, long d, tiling t, long first, long last, const float *bias, long width, float *y) {
    long step = frequency_step(t.block, width);
    for (long i = 0; i < last - first; i++) {
        long tile = first + i, n = tile / (t.down * t.across) * m.depth + d, top = tile / t.across % t.down * 2, left = tile % t.across * 2;
        float *origin = y + ((n * m.height + top) * m.width + left) * m.channels;
        int low = top + 1 < m.height, right = left + 1 < m.width;
        for (long c = 0; c < width; c += lanes) {
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
                sum[i][0] += from[i * row_step] * b0;
                sum[i][1] += from[i * row_step] * b1;
            }
        }
    for (int i = 0; i < rows; i++) {
        store(c + i * panel, sum[i][0]);
        store(c + i * panel + lanes, sum[i][1]);
    }
}

typedef struct {
    map in, out;
    tiling tiles;
    long taps, depth_padding, padding, parts, groups;
    const float *x, *dy, *u, *bias, *w;
    float *y;
} winograd_job;

static float *ring_slot(const winograd_job *j, float *ring, long d) {
    return ring + d % j->taps * frequencies * frequency_step(j->tiles.block, j->in.channels);
}

// Brings transformed input slices up to the last that output slice `d` sees into the ring; `next` is the first not yet there.
static void fill_ring(const winograd_job *j, long d, long *next, long first, long last, float *ring) {
    for (; *next < j->in.depth && *next <= d + j->taps - 1 - j->depth_padding; ++*next)
        transform_inputs(j->x, j->in, *next, j->padding, j->tiles, first, last, ring_slot(j, ring, *next));
}

// sums (+)= v times the filters of one tap, for `width` output channels.
VECTOR_LEVELS static void multiply_tiles(
    const winograd_job *j, const float *v, const float *u, long width, long count, float *sums, int accumulate) {
    long in = j->in.channels, out = j->out.channels, block = j->tiles.block;
    long v_step = frequency_step(block, in), sums_step = frequency_step(block, width);
    for (int f = 0; f < frequencies; f++)
        for (long k = 0; k < width; k += panel)
            for (long i = 0; i < count; i += rows)
                multiply_block(
                    v + f * v_step + i * lanes, lanes, in / lanes, block * lanes, lanes, 1, u + f * in * out + k * in,
                    sums + f * sums_step + k * block + i * panel, accumulate);
}

// A block of tiles, in a group of output channels.
static void convolve_task(void *context, size_t task) {
    winograd_job *j = context;
    long width = j->out.channels / j->groups, channel = (long)task % j->groups * width;
    long first = (long)task / j->groups * j->tiles.block,
         last = first + j->tiles.block < j->tiles.all ? first + j->tiles.block : j->tiles.all;
    float *ring = emolab_scratch(1, (size_t)(j->taps * frequencies * frequency_step(j->tiles.block, j->in.channels)));
    float *sums = emolab_scratch(2, (size_t)(frequencies * frequency_step(j->tiles.block, width)));
    const float *bias = j->bias ? j->bias + channel : 0, *u = j->u + channel * j->in.channels;
    long next = 0, filters = frequencies * j->in.channels * j->out.channels;
    for (long d = 0; d < j->out.depth; d++) {
        fill_ring(j, d, &next, first, last, ring);
        int begun = 0;
        for (long tap = 0; tap < j->taps; tap++) {
            long from = d + tap - j->depth_padding;
            if (from < 0 || from >= j->in.depth) continue;
            multiply_tiles(j, ring_slot(j, ring, from), u + tap * filters, width, last - first, sums, begun);
            begun = 1;
        }
        transform_outputs(sums, j->out, d, j->tiles, first, last, bias, width, j->y + channel);
    }
}

// u [tap][frequency][to / 32][from][32] = G g G' of each filter g, for one tap and panel of 32. Forward: from input channels to output channels;
// backward: the other way round with filters reversed along every axis.
VECTOR_LEVELS static void transform_filters(const float *w, long in, long out, long taps, int backward, long tap, long p, float *u) {
    long from = backward ? out : in, to = backward ? in : out;
    for (long c = 0; c < from; c++) {
        float g[9][panel], h[12][panel];
        for (int l = 0; l < panel; l++) {
            long pair = backward ? c * in + p * panel + l : (p * panel + l) * in + c;
            const float *filter = w + (pair * taps + (backward ? taps - 1 - tap : tap)) * 9;
            for (int q = 0; q < 9; q++) g[q][l] = filter[backward ? 8 - q : q];
        }
        for (int q = 0; q < 3; q++)
            for (int l = 0; l < panel; l++) {
                float middle = g[3 + q][l], outside = g[q][l] + g[6 + q][l];
                h[q][l] = g[q][l], h[3 + q][l] = 0.5f * (outside + middle), h[6 + q][l] = 0.5f * (outside - middle),
                h[9 + q][l] = g[6 + q][l];
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
    long in = j->in.channels, out = j->out.channels, tap = (long)task % j->taps;
    transform_filters(j->w, in, out, j->taps, 0, tap, (long)task / j->taps, j->y + tap * frequencies * in * out);
}

static void backward_filters_task(void *context, size_t task) {
    winograd_job *j = context;
    long in = j->out.channels, out = j->in.channels, tap = (long)task % j->taps;
    transform_filters(j->w, in, out, j->taps, 1, tap, (long)task / j->taps, j->y + tap * frequencies * in * out);
}

static winograd_job job_of(const emolab_convolution *s) {
    return (winograd_job){
        .in = {s->batch, s->in[0], s->in[1], s->in[2], s->in_channels},
        .out = {s->batch, s->out[0], s->out[1], s->out[2], s->out_channels},
        .taps = s->kernel[0],
        .depth_padding = s->padding[0],
        .padding = s->padding[2]};
}

int emolab_winograd_fits(const emolab_convolution *s) {
    return s->groups == 1 && s->kernel[0] <= most_taps && s->kernel[1] == 3 && s->kernel[2] == 3 && s->padding[0] < s->kernel[0] &&
        s->padding[1] == s->padding[2] && s->padding[2] <= 2 && s->stride[0] * s->stride[1] * s->stride[2] == 1 &&
        s->dilation[0] * s->dilation[1] * s->dilation[2] == 1 && s->in_channels % panel == 0 && s->out_channels % panel == 0;
}

static size_t filters_size(const emolab_convolution *s) { return (size_t)(s->kernel[0] * frequencies * s->in_channels * s->out_channels); }
static long wider(const emolab_convolution *s) { return s->in_channels > s->out_channels ? s->in_channels : s->out_channels; }

// Where blocks are few, each is cut into groups of output channels, and each group transforms the inputs anew. By shape alone, as every cut.
static long groups_of(long parts, long channels) {
    long groups = parts < 4 ? 4 / parts : 1;
    while (channels / panel % groups) groups--;
    return groups;
}

static void convolve(winograd_job *job) {
    long blocks = blocks_of(job->tiles);
    job->groups = groups_of(blocks, job->out.channels);
    emolab_parallel((size_t)(blocks * job->groups), convolve_task, job);
}

void emolab_winograd_forward(const emolab_convolution *s, const float *x, const float *w, const float *bias, float *y, float *workspace) {
    winograd_job job = job_of(s), filters = job;
    filters.w = w, filters.y = workspace;
    emolab_parallel((size_t)(s->out_channels / panel * job.taps), forward_filters_task, &filters);
    job.x = x, job.u = workspace, job.bias = bias, job.y = y, job.tiles = tiles_of(job.out, wider(s), job.taps);
    convolve(&job);
}

void emolab_winograd_backward_input(const emolab_convolution *s, const float *w, const float *dy, float *dx, float *workspace) {
    winograd_job job = job_of(s);
    map in = job.in;
    job.in = job.out, job.out = in, job.padding = 2 - job.padding, job.depth_padding = job.taps - 1 - job.depth_padding;
    winograd_job filters = job;
    filters.w = w, filters.y = workspace;
    emolab_parallel((size_t)(s->in_channels / panel * job.taps), backward_filters_task, &filters);
    job.x = dy, job.u = workspace, job.y = dx, job.tiles = tiles_of(in, wider(s), job.taps);
    convolve(&job);
}

// du [frequency][out / 32][in][32] (+)= products of inputs and gradients of one slice, summed over tiles, for `width` output channels.
VECTOR_LEVELS static void correlate_tiles(
    const winograd_job *j, const float *v, const float *e, long width, long count, float *du, int accumulate) {
    long in = j->in.channels, out = j->out.channels, block = j->tiles.block;
    long v_step = frequency_step(block, in), e_step = frequency_step(block, width);
    for (int f = 0; f < frequencies; f++)
        for (long k = 0; k < width; k += panel)
            for (long c = 0; c < in; c += rows)
                multiply_block(
                    v + f * v_step + c / lanes * lanes * block + c % lanes, 1, 1, 0, count, lanes, e + f * e_step + k * block,
                    du + f * in * out + k * in + c * panel, accumulate);
}

// A group of output channels in one part's sums, du [tap][frequency][out / 32][in][32].
static void correlate_task(void *context, size_t task) {
    winograd_job *j = context;
    long part = (long)task / j->groups, width = j->out.channels / j->groups, channel = (long)task % j->groups * width;
    float *ring = emolab_scratch(1, (size_t)(j->taps * frequencies * frequency_step(j->tiles.block, j->in.channels)));
    float *e = emolab_scratch(2, (size_t)(frequencies * frequency_step(j->tiles.block, width)));
    long filters = frequencies * j->in.channels * j->out.channels, blocks = blocks_of(j->tiles);
    float *du = j->y + part * j->taps * filters + channel * j->in.channels;
    int begun[most_taps] = {0};
    for (long b = blocks * part / j->parts; b < blocks * (part + 1) / j->parts; b++) {
        long first = b * j->tiles.block, last = first + j->tiles.block < j->tiles.all ? first + j->tiles.block : j->tiles.all, next = 0;
        for (long d = 0; d < j->out.depth; d++) {
            fill_ring(j, d, &next, first, last, ring);
            transform_gradients(j->dy + channel, j->out, d, j->tiles, first, last, width, e);
            for (long tap = 0; tap < j->taps; tap++) {
                long from = d + tap - j->depth_padding;
                if (from < 0 || from >= j->in.depth) continue;
                correlate_tiles(j, ring_slot(j, ring, from), e, width, last - first, du + tap * filters, begun[tap]);
                begun[tap] = 1;
            }
        }
    }
    // A tap that only ever saw padding.
    for (long tap = 0; tap < j->taps; tap++)
        for (int f = 0; f < frequencies && !begun[tap]; f++)
            memset(du + tap * filters + f * filters / frequencies, 0, (size_t)(width * j->in.channels) * sizeof(float));
}

// dw [out, in, taps, 3, 3] = G' du G, the parts added in order.
VECTOR_LEVELS static void gather_filters(const winograd_job *j, long tap, long p, float *dw) {
    long in = j->in.channels, all = in * j->out.channels;
    for (long c = 0; c < in; c++) {
        float u[frequencies][panel], h[12][panel], g[9][panel];
        for (int f = 0; f < frequencies; f++) {
            const float *part = j->u + (tap * frequencies + f) * all + (p * in + c) * panel;
            for (int l = 0; l < panel; l++) u[f][l] = part[l];
            for (long q = 1; q < j->parts; q++)
                for (int l = 0; l < panel; l++) u[f][l] += part[q * j->taps * frequencies * all + l];
        }
        for (int b = 0; b < 4; b++)
            for (int l = 0; l < panel; l++) {
                float sum = 0.5f * (u[4 + b][l] + u[8 + b][l]);
                h[b][l] = u[b][l] + sum, h[4 + b][l] = 0.5f * (u[4 + b][l] - u[8 + b][l]), h[8 + b][l] = sum + u[12 + b][l];
            }
        for (int a = 0; a < 3; a++)
            for (int l = 0; l < panel; l++) {
                float sum = 0.5f * (h[4 * a + 1][l] + h[4 * a + 2][l]);
                g[3 * a][l] = h[4 * a][l] + sum, g[3 * a + 1][l] = 0.5f * (h[4 * a + 1][l] - h[4 * a + 2][l]),
                      g[3 * a + 2][l] = sum + h[4 * a + 3][l];
            }
        for (int l = 0; l < panel; l++)
            for (int q = 0; q < 9; q++) dw[(((p * panel + l) * in + c) * j->taps + tap) * 9 + q] = g[q][l];
    }
}

static void gather_task(void *context, size_t task) {
    winograd_job *j = context;
    gather_filters(j, (long)task % j->taps, (long)task / j->taps, j->y);
}

// Work is cut into parts of the tiles, each with sums of its own, or where those are large into groups of output channels.
static winograd_job weight_job(const emolab_convolution *s) {
    winograd_job job = job_of(s);
    long pairs = s->in_channels * s->out_channels;
    // Sums are read and written once a block: blocks are long where sums are large.
    job.tiles = tiles_of(job.out, pairs > 1 << 16 ? wider(s) / 4 : wider(s), job.taps);
    long most = pairs > 1 << 16 ? 1 : pairs > 1 << 14 ? 2 : 4, blocks = blocks_of(job.tiles);
    job.parts = blocks < most ? blocks : most;
    job.groups = groups_of(job.parts, s->out_channels);
    return job;
}

size_t emolab_winograd_workspace(const emolab_convolution *s) { return filters_size(s); }
size_t emolab_winograd_weight_workspace(const emolab_convolution *s) { return filters_size(s) * (size_t)weight_job(s).parts; }

void emolab_winograd_backward_weight(const emolab_convolution *s, const float *x, const float *dy, float *dw, float *workspace) {
    winograd_job job = weight_job(s);
    job.x = x, job.dy = dy, job.y = workspace;
    emolab_parallel((size_t)(job.parts * job.groups), correlate_task, &job);
    job.u = workspace, job.y = dw;
    emolab_parallel((size_t)(s->out_channels / panel * job.taps), gather_task, &job);
}
