// oneDNN's matmul primitives, made once for every shape and run on one thread inside our tasks.
// Measured on one Zen 4 core (peak 117 GFLOP/s float32, 234 bfloat16) with oneDNN 2.6.3 and 96 to 262 rows: packed 111-117 and 219-233, the same
// primitive on plain weights 100-111, dnnl_sgemm 81-108. Weights that do not change are worth packing; about 112 rows a call stay in the L2 cache.
#define _GNU_SOURCE
#include "packed_products.h"
#include "onednn.h"
#include "parallel.h"
#include "products.h"
#include <pthread.h>
#include <string.h>

typedef struct {
    int type, form;
    size_t m, n, k, lda;
} product_key;

typedef struct prepared {
    product_key key;
    dnnl_primitive_t primitive; // null: oneDNN has none for this key
    onednn_layout a, b, c;
    size_t b_bytes, scratch_bytes;
    int panels; // b lies in panels of our own making
    struct prepared *next;
} prepared;

enum { packed_form, transposed_form };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static prepared *buckets[256];
static dnnl_primitive_attr_t settings;
static pthread_once_t started = PTHREAD_ONCE_INIT;

static void start(void) {
    if (dnnl_primitive_attr_create(&settings) != dnnl_success) abort();
    // The library's own scratch memory belongs to the thread that made a primitive; ours run on any.
    dnnl_primitive_attr_set_scratchpad_mode(settings, dnnl_scratchpad_mode_user);
}

static dnnl_data_type_t element(int type) { return type == emolab_bfloat16 ? dnnl_bf16 : dnnl_f32; }

// The layout of packed weights must not depend on m, so it is what oneDNN chooses for this many rows.
// Large float32 weights lie in panels [n / 64][k][64], its own choice too for AVX-512: those we lay out ourselves, on all threads and at memory speed
// (its reorder reaches 2 GB/s), so that weights which would not fit in memory twice can be packed for every use.
enum { typical_rows = 112, panel = 64 };
static int fits_panels(product_key key) { return key.type == emolab_float32 && key.n % panel == 0 && key.k % 16 == 0; }

static prepared *find(product_key key);

// oneDNN's reference loops are slower than a product on plain weights.
static dnnl_primitive_desc_t plan_for(onednn_layout a, onednn_layout b, onednn_layout c) {
    dnnl_primitive_desc_t plan = onednn_matmul(onednn_engine, a, b, c, settings);
    const char *name = "";
    if (plan && dnnl_primitive_desc_query(plan, dnnl_query_impl_info_str, 0, &name) == dnnl_success && !strncmp(name, "ref", 3)) {
        dnnl_primitive_desc_destroy(plan);
        return 0;
    }
    return plan;
}

static void make(prepared *p) {
    product_key key = p->key;
    dnnl_dim_t a[2] = {(dnnl_dim_t)key.m, (dnnl_dim_t)key.k}, b[2] = {(dnnl_dim_t)key.k, (dnnl_dim_t)key.n},
               c[2] = {(dnnl_dim_t)key.m, (dnnl_dim_t)key.n};
    dnnl_dim_t columns[2] = {1, (dnnl_dim_t)key.lda};
    onednn_layout wanted = 0;
    if (key.form == packed_form) {
        p->a = onednn_tagged(2, a, element(key.type), dnnl_ab);
        if (key.m != typical_rows) {
            product_key typical = key;
            typical.m = typical_rows;
            prepared *model = find(typical);
            if (!model->primitive) return;
            p->b = model->b;
        } else if (fits_panels(key)) {
            p->b = onednn_tagged(2, b, dnnl_f32, dnnl_BA16a64b);
            p->panels = 1;
        } else {
            wanted = onednn_tagged(2, b, element(key.type), dnnl_format_tag_any);
        }
    } else {
        p->a = onednn_strided(2, a, element(key.type), columns);
        p->b = onednn_tagged(2, b, element(key.type), dnnl_ab);
    }
    p->c = onednn_tagged(2, c, dnnl_f32, dnnl_ab);
    dnnl_primitive_desc_t plan = plan_for(p->a, wanted ? wanted : p->b, p->c);
    if (plan) {
        if (wanted) p->b = onednn_chosen(plan, dnnl_query_weights_md);
        p->b_bytes = dnnl_memory_desc_get_size(p->b);
        onednn_layout scratch = onednn_chosen(plan, dnnl_query_scratchpad_md);
        p->scratch_bytes = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
        onednn_forget(scratch);
        if (dnnl_primitive_create(&p->primitive, plan) != dnnl_success) p->primitive = 0;
        dnnl_primitive_desc_destroy(plan);
    }
    onednn_forget(wanted);
}

// Called with the lock held. Primitives stay for the life of the process: there are a few for every layer shape.
static prepared *find(product_key key) {
    size_t hash = ((key.m * 31 + key.n) * 31 + key.k) * 31 + key.lda + (size_t)key.type * 7 + (size_t)key.form * 3;
    prepared **bucket = &buckets[(hash ^ hash >> 8) % 256];
    for (prepared *p = *bucket; p; p = p->next)
        if (!memcmp(&p->key, &key, sizeof key)) return p;
    prepared *p = calloc(1, sizeof *p);
    if (!p) abort();
    p->key = key;
    p->next = *bucket;
    *bucket = p;
    make(p);
    return p;
}

static const prepared *prepared_for(int form, int type, size_t m, size_t n, size_t k, size_t lda) {
    product_key key;
    memset(&key, 0, sizeof key);
    key.type = type, key.form = form, key.m = m, key.n = n, key.k = k, key.lda = lda;
    onednn_prepare_thread();
    pthread_once(&started, start);
    pthread_mutex_lock(&lock);
    prepared *p = find(key);
    pthread_mutex_unlock(&lock);
    return p;
}

static void run(const prepared *p, const void *a, const void *b, float *c) {
    dnnl_memory_t memory[4] = {0};
    size_t count = 3;
    dnnl_memory_create(&memory[0], p->a, onednn_engine, (void *)a);
    dnnl_memory_create(&memory[1], p->b, onednn_engine, (void *)b);
    dnnl_memory_create(&memory[2], p->c, onednn_engine, c);
    if (p->scratch_bytes) {
        dnnl_dim_t bytes = (dnnl_dim_t)p->scratch_bytes;
        onednn_layout layout = onednn_tagged(1, &bytes, dnnl_u8, dnnl_a);
        dnnl_memory_create(&memory[3], layout, onednn_engine, emolab_scratch(3, p->scratch_bytes / sizeof(float) + 1));
        onednn_forget(layout);
        count = 4;
    }
    dnnl_exec_arg_t arguments[4] = {
        {DNNL_ARG_SRC, memory[0]}, {DNNL_ARG_WEIGHTS, memory[1]}, {DNNL_ARG_DST, memory[2]}, {DNNL_ARG_SCRATCHPAD, memory[3]}};
    if (dnnl_primitive_execute(p->primitive, onednn_stream, (int)count, arguments) != dnnl_success) abort();
    for (size_t i = 0; i < count; i++) dnnl_memory_destroy(memory[i]);
}

size_t emolab_packed_bytes(emolab_type type, size_t k, size_t n) {
    const prepared *p = prepared_for(packed_form, type, typical_rows, n, k, k);
    return p->primitive ? p->b_bytes : 0;
}

typedef struct {
    size_t k, n;
    const float *b;
    int transposed;
    float *packed;
} panel_job;

static void pack_panel(void *context, size_t task) {
    panel_job *j = context;
    float *out = j->packed + task * j->k * panel;
    if (!j->transposed) {
        for (size_t row = 0; row < j->k; row++) memcpy(out + row * panel, j->b + row * j->n + task * panel, panel * sizeof(float));
        return;
    }
    for (size_t first = 0; first < j->k; first += 16)
        for (size_t column = 0; column < panel; column++) {
            const float *from = j->b + (task * panel + column) * j->k + first;
            for (size_t i = 0; i < 16; i++) out[(first + i) * panel + column] = from[i];
        }
}

void emolab_pack(emolab_type type, size_t k, size_t n, const float *b, int transposed, void *packed) {
    const prepared *p = prepared_for(packed_form, type, typical_rows, n, k, k);
    if (p->panels) {
        panel_job job = {k, n, b, transposed, packed};
        emolab_parallel(n / panel, pack_panel, &job);
        return;
    }
    dnnl_dim_t axes[2] = {(dnnl_dim_t)k, (dnnl_dim_t)n};
    onednn_layout plain = onednn_tagged(2, axes, dnnl_f32, transposed ? dnnl_ba : dnnl_ab);
    dnnl_memory_t from = 0, to = 0;
    dnnl_primitive_desc_t plan = 0;
    dnnl_primitive_t reorder = 0;
    if (dnnl_memory_create(&from, plain, onednn_engine, (void *)b) != dnnl_success ||
        dnnl_memory_create(&to, p->b, onednn_engine, packed) != dnnl_success ||
        dnnl_reorder_primitive_desc_create(&plan, plain, onednn_engine, p->b, onednn_engine, 0) != dnnl_success ||
        dnnl_primitive_create(&reorder, plan) != dnnl_success)
        abort();
    dnnl_exec_arg_t arguments[2] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    if (dnnl_primitive_execute(reorder, onednn_stream, 2, arguments) != dnnl_success) abort();
    dnnl_primitive_destroy(reorder);
    dnnl_primitive_desc_destroy(plan);
    dnnl_memory_destroy(from);
    dnnl_memory_destroy(to);
    onednn_forget(plain);
}

void emolab_product_packed(emolab_type type, size_t m, size_t n, size_t k, const void *a, const void *packed, float *c) {
    run(prepared_for(packed_form, type, m, n, k, k), a, packed, c);
}

typedef struct {
    size_t m, n, k, each;
    const unsigned short *a;
    const void *b;
    float *c;
} transposed_job;

static void transposed_task(void *context, size_t task) {
    transposed_job *j = context;
    size_t first = task * j->each, rows = first + j->each < j->m ? j->each : j->m - first;
    run(prepared_for(transposed_form, emolab_bfloat16, rows, j->n, j->k, j->m), j->a + first, j->b, j->c + first * j->n);
}

void emolab_product_bfloat16_transposed(size_t m, size_t n, size_t k, const void *a, const void *b, float *c) {
    size_t parts = m < 64 ? 1 : m < 1024 ? 2 : 4, each = ((m + parts - 1) / parts + 15) / 16 * 16;
    transposed_job job = {m, n, k, each, a, b, c};
    emolab_parallel((m + each - 1) / each, transposed_task, &job);
}
