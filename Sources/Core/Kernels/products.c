// Matrix products: which library computes them, and how they are shared among threads. The only place that decides either.
#define _GNU_SOURCE
#include "products.h"
#include "parallel.h"
#include "single_thread.h"
#include <cblas.h>
#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>

// OpenBLAS is held to one thread once and for all, oneDNN's OpenMP in every thread that calls it: there the number belongs to the calling thread.
static pthread_once_t started = PTHREAD_ONCE_INIT;
static void (*set_openmp_threads)(int);
static _Thread_local int is_prepared;

static void start(void) {
    openblas_set_num_threads(1);
    set_openmp_threads = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
}

void emolab_hold_to_one_thread(void) {
    if (is_prepared) return;
    pthread_once(&started, start);
    if (set_openmp_threads) set_openmp_threads(1);
    is_prepared = 1;
}

// Measured on one core with OpenBLAS 0.3.21 (Cooperlake) and oneDNN 2.6.3: OpenBLAS's unpacked kernels win below this many multiplications
// (Zen 5, 8x8x24: 0.18 against 0.23 us), oneDNN above (Zen 5, 784x768x3072: 33 against 36 ms), save that where no operand is transposed
// OpenBLAS does not pack up to 1e6 (Zen 4, 16x432x144: 17.2 against 22.0 us, 117 GFLOP/s being 17.0; transposed 29.8).
static const double fewest_multiplications_for_onednn = 2e5, most_multiplications_unpacked = 1e6;

static int is_for_onednn(int ta, int tb, size_t m, size_t n, size_t k) {
    double multiplications = (double)m * (double)n * (double)k;
    return multiplications >= (ta || tb ? fewest_multiplications_for_onednn : most_multiplications_unpacked);
}

void emolab_product_serial(
    int ta, int tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
    size_t ldc) {
    emolab_hold_to_one_thread();
    if (is_for_onednn(ta, tb, m, n, k) &&
        dnnl_sgemm(
            ta ? 'T' : 'N', tb ? 'T' : 'N', (dnnl_dim_t)m, (dnnl_dim_t)n, (dnnl_dim_t)k, alpha, a, (dnnl_dim_t)lda, b, (dnnl_dim_t)ldb,
            beta, c, (dnnl_dim_t)ldc) == dnnl_success)
        return;
    cblas_sgemm(
        CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, alpha, a,
        (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

typedef struct {
    int ta, tb;
    size_t m, n, k;
    const float *a;
    size_t lda;
    const float *b;
    size_t ldb;
    float beta;
    float *c;
    size_t ldc;
    size_t each;
    int by_rows;
} split_job;

static void split_task(void *context, size_t task) {
    split_job *j = context;
    size_t first = task * j->each;
    if (j->by_rows) {
        size_t rows = first + j->each < j->m ? j->each : j->m - first;
        emolab_product_serial(
            j->ta, j->tb, rows, j->n, j->k, 1.f, j->a + (j->ta ? first : first * j->lda), j->lda, j->b, j->ldb, j->beta,
            j->c + first * j->ldc, j->ldc);
    } else {
        size_t columns = first + j->each < j->n ? j->each : j->n - first;
        emolab_product_serial(
            j->ta, j->tb, j->m, columns, j->k, 1.f, j->a, j->lda, j->b + (j->tb ? first * j->ldb : first), j->ldb, j->beta, j->c + first,
            j->ldc);
    }
}

void emolab_product(
    int ta, int tb, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
    size_t ldc) {
    if (!m || !n) return;
    // The cut depends on the shape alone, never on the number of threads, and never runs along k: same bits on any number of threads.
    size_t length = m >= n ? m : n, parts = 2;
    if ((double)m * (double)n * (double)k < 4e4 || length < 32) {
        emolab_product_serial(ta, tb, m, n, k, 1.f, a, lda, b, ldb, beta, c, ldc);
        return;
    }
    // A part packs the other operand anew, so parts are few: two, and more only where each still has 256 rows or columns.
    while (parts < 16 && length >= parts * 512) parts *= 2;
    size_t each = (length / parts + 15) / 16 * 16;
    split_job job = {ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc, each, m >= n};
    emolab_parallel((length + each - 1) / each, split_task, &job);
}

typedef struct {
    int ta, tb;
    size_t m, n, k;
    const float *a;
    size_t sa;
    const float *b;
    size_t sb;
    float beta;
    float *c;
    size_t sc;
} batch_job;

static void batch_chunk(void *context, size_t chunk, size_t first, size_t last) {
    (void)chunk;
    batch_job *j = context;
    for (size_t i = first; i < last; i++)
        emolab_product_serial(
            j->ta, j->tb, j->m, j->n, j->k, 1.f, j->a + i * j->sa, j->ta ? j->m : j->k, j->b + i * j->sb, j->tb ? j->k : j->n, j->beta,
            j->c + i * j->sc, j->n);
}

void emolab_product_batch(
    size_t batch, int ta, int tb, size_t m, size_t n, size_t k, const float *a, size_t sa, const float *b, size_t sb, float beta, float *c,
    size_t sc) {
    if (batch == 1) {
        emolab_product(ta, tb, m, n, k, a, ta ? m : k, b, tb ? k : n, beta, c, n);
        return;
    }
    batch_job job = {ta, tb, m, n, k, a, sa, b, sb, beta, c, sc};
    emolab_rows(batch, m * n * k / 4 + 1, batch_chunk, &job);
}
