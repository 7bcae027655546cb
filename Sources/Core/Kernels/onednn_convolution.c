// Convolution by oneDNN on channels-last maps. Each task runs a one-thread primitive on some samples; weights are brought into the primitive's
// layout first.
#include "onednn_convolution.h"
#include "onednn.h"
#include "parallel.h"
#include <pthread.h>
#include <string.h>

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t description;
#else
typedef const dnnl_memory_desc_t *description;
#endif

// A primitive for one pass over `samples` samples, and the reorder between our weight layout and its own (null where they are the same).
typedef struct {
    struct {
        emolab_convolution shape;
        long pass, with_bias;
    } key;
    dnnl_primitive_desc_t made_from;
    dnnl_primitive_t primitive, reorder;
    dnnl_primitive_desc_t reorder_made_from;
    size_t weight_floats, scratch_floats, reorder_scratch_floats;
} plan;

// Plans live as long as the program. A program that meets more shapes than this makes the later ones anew at each call.
enum { most_plans = 1024 };
static plan *plans[most_plans];
static int plan_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int first_axis(const emolab_convolution *s) {
    for (int axis = 0; axis < 2; axis++)
        if (s->in[axis] != 1 || s->kernel[axis] != 1 || s->padding[axis] || s->stride[axis] != 1) return axis;
    return 2;
}

// Leading axes that a window of one does not mix are samples.
static emolab_convolution folded(const emolab_convolution *s) {
    emolab_convolution f = *s;
    for (int axis = 0; axis < 2; axis++) {
        if (f.kernel[axis] != 1 || f.stride[axis] != 1 || f.padding[axis]) break;
        f.batch *= f.in[axis];
        f.in[axis] = f.out[axis] = f.dilation[axis] = 1;
    }
    return f;
}

// The plan of a pass; null where oneDNN has none. Backward plans want the forward one as a hint.
static dnnl_primitive_desc_t describe_pass(
    int pass, onednn_layout x, onednn_layout w, onednn_layout bias, onednn_layout y, const dnnl_dims_t stride, const dnnl_dims_t dilation,
    const dnnl_dims_t padding, dnnl_primitive_attr_t settings) {
    dnnl_primitive_desc_t forward = 0, result = 0;
    dnnl_prop_kind_t kind = pass == emolab_pass_forward ? dnnl_forward_inference : dnnl_forward_training;
    dnnl_alg_kind_t direct = dnnl_convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
    if (dnnl_convolution_forward_primitive_desc_create(
            &forward, onednn_engine, kind, direct, x, w, bias, y, stride, dilation, padding, padding, settings) != dnnl_success)
        return 0;
    if (pass == emolab_pass_forward) return forward;
    if (pass == emolab_pass_backward_input)
        dnnl_convolution_backward_data_primitive_desc_create(
            &result, onednn_engine, direct, x, w, y, stride, dilation, padding, padding, forward, settings);
    else
        dnnl_convolution_backward_weights_primitive_desc_create(
            &result, onednn_engine, direct, x, w, 0, y, stride, dilation, padding, padding, forward, settings);
#else
    dnnl_convolution_desc_t operation;
    if (dnnl_dilated_convolution_forward_desc_init(&operation, kind, direct, x, w, bias, y, stride, dilation, padding, padding) !=
            dnnl_success ||
        dnnl_primitive_desc_create(&forward, &operation, settings, onednn_engine, 0) != dnnl_success)
        return 0;
    if (pass == emolab_pass_forward) return forward;
    dnnl_status_t status = pass == emolab_pass_backward_input
        ? dnnl_dilated_convolution_backward_data_desc_init(&operation, direct, x, w, y, stride, dilation, padding, padding)
        : dnnl_dilated_convolution_backward_weights_desc_init(&operation, direct, x, w, 0, y, stride, dilation, padding, padding);
    if (status == dnnl_success) dnnl_primitive_desc_create(&result, &operation, settings, onednn_engine, forward);
#endif
    dnnl_primitive_desc_destroy(forward);
    return result;
}

static void destroy(plan *p) {
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    if (p->reorder) dnnl_primitive_destroy(p->reorder);
    if (p->made_from) dnnl_primitive_desc_destroy(p->made_from);
    if (p->reorder_made_from) dnnl_primitive_desc_destroy(p->reorder_made_from);
    free(p);
}

static size_t floats_of(dnnl_primitive_desc_t from, dnnl_query_t what) {
    description d = dnnl_primitive_desc_query_md(from, what, 0);
    return d ? (dnnl_memory_desc_get_size(d) + sizeof(float) - 1) / sizeof(float) : 0;
}

static dnnl_query_t weight_query(int pass) {
    return pass == emolab_pass_backward_weight ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
}

// Null where oneDNN has nothing faster than its plain reference loops.
static plan *make(const emolab_convolution *s, int pass, int with_bias) {
    static const dnnl_format_tag_t maps[] = {dnnl_ndhwc, dnnl_nhwc, dnnl_nwc}, filters[] = {dnnl_oidhw, dnnl_oihw, dnnl_oiw};
    static const dnnl_format_tag_t grouped[] = {dnnl_goidhw, dnnl_goihw, dnnl_goiw};
    int first = first_axis(s), axes = 3 - first, grouping = s->groups > 1;
    dnnl_dims_t x = {s->batch, s->in_channels}, y = {s->batch, s->out_channels}, w, bias = {s->out_channels}, stride, dilation, padding;
    if (grouping) w[0] = s->groups;
    w[grouping] = s->out_channels / s->groups, w[grouping + 1] = s->in_channels / s->groups;
    for (int axis = 0; axis < axes; axis++) {
        x[2 + axis] = s->in[first + axis], y[2 + axis] = s->out[first + axis], w[grouping + 2 + axis] = s->kernel[first + axis];
        stride[axis] = s->stride[first + axis], dilation[axis] = s->dilation[first + axis] - 1, padding[axis] = s->padding[first + axis];
    }
    onednn_layout x_layout = onednn_tagged(axes + 2, x, dnnl_f32, maps[first]),
                  y_layout = onednn_tagged(axes + 2, y, dnnl_f32, maps[first]);
    onednn_layout w_layout = onednn_tagged(axes + 2 + grouping, w, dnnl_f32, dnnl_format_tag_any);
    onednn_layout plain = onednn_tagged(axes + 2 + grouping, w, dnnl_f32, grouping ? grouped[first] : filters[first]);
    onednn_layout bias_layout = with_bias ? onednn_tagged(1, bias, dnnl_f32, dnnl_a) : 0;
    plan *p = calloc(1, sizeof *p);
    dnnl_primitive_attr_t attributes = 0;
    int made = p && x_layout && y_layout && w_layout && plain && (!with_bias || bias_layout) &&
        dnnl_primitive_attr_create(&attributes) == dnnl_success &&
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) == dnnl_success &&
        (p->made_from = describe_pass(pass, x_layout, w_layout, bias_layout, y_layout, stride, dilation, padding, attributes));
    if (made) {
        const char *name = "";
        dnnl_primitive_desc_query(p->made_from, dnnl_query_impl_info_str, 0, &name);
        description own = dnnl_primitive_desc_query_md(p->made_from, weight_query(pass), 0);
        made = strncmp(name, "ref", 3) != 0 && dnnl_primitive_create(&p->primitive, p->made_from) == dnnl_success;
        if (made && !dnnl_memory_desc_equal(own, plain)) {
            int back = pass == emolab_pass_backward_weight;
            made = dnnl_reorder_primitive_desc_create(
                       &p->reorder_made_from, back ? own : plain, onednn_engine, back ? plain : own, onednn_engine, attributes) ==
                    dnnl_success &&
                dnnl_primitive_create(&p->reorder, p->reorder_made_from) == dnnl_success;
        }
        if (made) {
            p->weight_floats = floats_of(p->made_from, weight_query(pass));
            p->scratch_floats = floats_of(p->made_from, dnnl_query_scratchpad_md);
            if (p->reorder) p->reorder_scratch_floats = floats_of(p->reorder_made_from, dnnl_query_scratchpad_md);
        }
    }
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    onednn_forget(x_layout), onednn_forget(y_layout), onednn_forget(w_layout), onednn_forget(plain), onednn_forget(bias_layout);
    if (!made && p) {
        destroy(p);
        return 0;
    }
    return p;
}

// The plan for a shape. A shape oneDNN cannot do is remembered by a plan without a primitive.
static plan *plan_for(const emolab_convolution *s, int pass, int with_bias) {
    onednn_prepare_thread();
    plan wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.key.shape = *s, wanted.key.pass = pass, wanted.key.with_bias = with_bias;
    pthread_mutex_lock(&lock);
    plan *found = 0;
    for (int i = 0; i < plan_count && !found; i++)
        if (!memcmp(&plans[i]->key, &wanted.key, sizeof wanted.key)) found = plans[i];
    if (!found) {
        found = make(s, pass, with_bias);
        if (!found && !(found = calloc(1, sizeof *found))) abort();
        found->key = wanted.key;
        if (plan_count < most_plans) plans[plan_count++] = found;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static void release(plan *p) {
    pthread_mutex_lock(&lock);
    int kept = 0;
    for (int i = 0; i < plan_count && !kept; i++) kept = plans[i] == p;
    pthread_mutex_unlock(&lock);
    if (!kept) destroy(p);
}

static void attach(dnnl_exec_arg_t *arguments, int *count, int name, description d, const float *data) {
    if (dnnl_memory_create(&arguments[*count].memory, d, onednn_engine, (void *)data) != dnnl_success) abort();
    arguments[(*count)++].arg = name;
}

static void execute(dnnl_primitive_t primitive, dnnl_exec_arg_t *arguments, int count) {
    if (dnnl_primitive_execute(primitive, onednn_stream, count, arguments) != dnnl_success) abort();
    for (int i = 0; i < count; i++) dnnl_memory_destroy(arguments[i].memory);
}

static void reorder(const plan *p, const float *from, float *to) {
    dnnl_exec_arg_t arguments[3];
    int count = 0;
    attach(arguments, &count, DNNL_ARG_FROM, dnnl_primitive_desc_query_md(p->reorder_made_from, dnnl_query_src_md, 0), from);
    attach(arguments, &count, DNNL_ARG_TO, dnnl_primitive_desc_query_md(p->reorder_made_from, dnnl_query_dst_md, 0), to);
    if (p->reorder_scratch_floats)
        attach(
            arguments, &count, DNNL_ARG_SCRATCHPAD, dnnl_primitive_desc_query_md(p->reorder_made_from, dnnl_query_scratchpad_md, 0),
            emolab_scratch(3, p->reorder_scratch_floats));
    execute(p->reorder, arguments, count);
}

static void run(const plan *p, int pass, const float *x, const float *w, const float *bias, const float *y) {
    static const int names[3][3] = {
        {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
        {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST}};
    static const dnnl_query_t queries[3][3] = {
        {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
        {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
        {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md}};
    const float *data[3] = {x, w, y};
    dnnl_exec_arg_t arguments[5];
    int count = 0;
    for (int i = 0; i < 3; i++)
        attach(arguments, &count, names[pass][i], dnnl_primitive_desc_query_md(p->made_from, queries[pass][i], 0), data[i]);
    if (bias) attach(arguments, &count, DNNL_ARG_BIAS, dnnl_primitive_desc_query_md(p->made_from, dnnl_query_weights_md, 1), bias);
    if (p->scratch_floats)
        attach(
            arguments, &count, DNNL_ARG_SCRATCHPAD, dnnl_primitive_desc_query_md(p->made_from, dnnl_query_scratchpad_md, 0),
            emolab_scratch(3, p->scratch_floats));
    execute(p->primitive, arguments, count);
}

// Samples of a pass are cut into parts of `each`; the last may be shorter and has a plan of its own.
typedef struct {
    emolab_convolution shape;
    int pass;
    long each, parts;
    plan *whole, *rest;
    const float *x, *w, *bias, *y;
    float *sums;
} convolution_job;

static double multiplications(const emolab_convolution *s) {
    return (double)(s->out[0] * s->out[1] * s->out[2] * s->kernel[0] * s->kernel[1] * s->kernel[2]) *
        (double)(s->in_channels / s->groups * s->out_channels);
}

static convolution_job job_of(const emolab_convolution *s, int pass, int with_bias) {
    convolution_job job = {.shape = folded(s), .pass = pass};
    long batch = job.shape.batch, most = pass == emolab_pass_backward_weight ? 4 : 16;
    job.parts = batch < most ? batch : most;
    // A part has at least a million multiplications. A sum over samples has few parts where the weights are many: each part writes them all.
    while (job.parts > 1 && multiplications(&job.shape) * (double)batch / (double)job.parts < 1e6) job.parts--;
    long weights = s->in_channels / s->groups * s->out_channels * s->kernel[0] * s->kernel[1] * s->kernel[2];
    if (pass == emolab_pass_backward_weight && weights > 1 << 18 && job.parts > 2) job.parts = 2;
    job.each = (batch + job.parts - 1) / job.parts;
    job.parts = (batch + job.each - 1) / job.each;
    emolab_convolution part = job.shape;
    part.batch = job.each;
    job.whole = plan_for(&part, pass, with_bias);
    part.batch = batch - (job.parts - 1) * job.each;
    job.rest = part.batch == job.each ? job.whole : plan_for(&part, pass, with_bias);
    return job;
}

static void finish(convolution_job *job) {
    if (job->rest != job->whole) release(job->rest);
    release(job->whole);
}

int emolab_onednn_convolution_fits(const emolab_convolution *s, int pass) {
    convolution_job job = job_of(s, pass, 0);
    // Parts of two lengths share weights and sums only where their plans want one layout.
    int fits = job.whole->primitive && job.rest->primitive && job.whole->weight_floats == job.rest->weight_floats &&
        !job.whole->reorder == !job.rest->reorder &&
        dnnl_memory_desc_equal(
                   dnnl_primitive_desc_query_md(job.whole->made_from, weight_query(pass), 0),
                   dnnl_primitive_desc_query_md(job.rest->made_from, weight_query(pass), 0));
    finish(&job);
    return fits;
}

size_t emolab_onednn_convolution_workspace(const emolab_convolution *s, int pass) {
    convolution_job job = job_of(s, pass, 0);
    size_t floats = job.whole->weight_floats * (pass == emolab_pass_backward_weight ? (size_t)job.parts : 1);
    finish(&job);
    return floats;
}

static void part_task(void *context, size_t task) {
    convolution_job *j = context;
    onednn_prepare_thread();
    const emolab_convolution *s = &j->shape;
    long first = (long)task * j->each;
    long in = s->in[0] * s->in[1] * s->in[2] * s->in_channels, out = s->out[0] * s->out[1] * s->out[2] * s->out_channels;
    const float *w = j->pass == emolab_pass_backward_weight ? j->sums + task * j->whole->weight_floats : j->w;
    run((long)task + 1 == j->parts ? j->rest : j->whole, j->pass, j->x + first * in, w, j->bias, j->y + first * out);
}

static const float *arranged(const convolution_job *job, const float *w, float *workspace) {
    if (!job->whole->reorder) return w;
    reorder(job->whole, w, workspace);
    return workspace;
}

void emolab_onednn_forward(const emolab_convolution *s, const float *x, const float *w, const float *bias, float *y, float *workspace) {
    convolution_job job = job_of(s, emolab_pass_forward, bias != 0);
    job.w = arranged(&job, w, workspace), job.x = x, job.bias = bias, job.y = y;
    emolab_parallel((size_t)job.parts, part_task, &job);
    finish(&job);
}

void emolab_onednn_backward_input(const emolab_convolution *s, const float *w, const float *dy, float *dx, float *workspace) {
    convolution_job job = job_of(s, emolab_pass_backward_input, 0);
    job.w = arranged(&job, w, workspace), job.x = dx, job.y = dy;
    emolab_parallel((size_t)job.parts, part_task, &job);
    finish(&job);
}

static void sum_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    convolution_job *j = context;
    for (long part = 1; part < j->parts; part++)
        for (size_t i = first; i < last; i++) j->sums[i] += j->sums[(size_t)part * j->whole->weight_floats + i];
}

void emolab_onednn_backward_weight(const emolab_convolution *s, const float *x, const float *dy, float *dw, float *workspace) {
    convolution_job job = job_of(s, emolab_pass_backward_weight, 0);
    job.x = x, job.y = dy, job.sums = workspace;
    emolab_parallel((size_t)job.parts, part_task, &job);
    if (job.parts > 1) emolab_rows(job.whole->weight_floats, (size_t)job.parts, sum_chunk, &job);
    if (job.whole->reorder)
        reorder(job.whole, workspace, dw);
    else
        memcpy(dw, workspace, job.whole->weight_floats * sizeof(float));
    finish(&job);
}
