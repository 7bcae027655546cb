// One owner of threads. oneDNN (Debian's build) brings GNU OpenMP, whose team spins for a while after each loop and then parks;
// a second pool beside it would compete with those spinning threads for the same cores. So our loops run on OpenMP's team too,
// through its stable entry GOMP_parallel. Where oneDNN was built without OpenMP, loops of our own run on the calling thread.
#define _GNU_SOURCE
#include "parallel.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

typedef void (*team_entry)(void (*body)(void *), void *data, unsigned threads, unsigned flags);
static team_entry team;
static int wanted = 1;
static pthread_once_t started = PTHREAD_ONCE_INIT;
static pthread_key_t scratch_key;
static _Thread_local int inside;

typedef struct { float *memory[4]; size_t floats[4]; } scratch_regions;
static _Thread_local scratch_regions *scratch;

static void free_scratch(void *regions) {
    for (int slot = 0; slot < 4; slot++) free(((scratch_regions *)regions)->memory[slot]);
    free(regions);
}

static void start(void) {
    pthread_key_create(&scratch_key, free_scratch);
    team = (team_entry)dlsym(RTLD_DEFAULT, "GOMP_parallel");
    int (*most)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads");
    long cores = most ? most() : sysconf(_SC_NPROCESSORS_ONLN);
    wanted = cores < 1 ? 1 : (int)cores;
}

int emolab_threads(void) { pthread_once(&started, start); return wanted; }

void emolab_set_threads(int count) {
    pthread_once(&started, start);
    wanted = count < 1 ? 1 : count;
    void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (set) set(wanted);
}

typedef struct { atomic_size_t next; size_t tasks; emolab_task body; void *context; } shared_loop;

static void take_tasks(void *data) {
    shared_loop *loop = data;
    inside = 1;
    for (size_t task; (task = atomic_fetch_add_explicit(&loop->next, 1, memory_order_relaxed)) < loop->tasks;) loop->body(loop->context, task);
    inside = 0;
}

void emolab_parallel(size_t tasks, emolab_task body, void *context) {
    pthread_once(&started, start);
    if (tasks < 2 || inside || wanted < 2 || !team) {
        for (size_t task = 0; task < tasks; task++) body(context, task);
        return;
    }
    shared_loop loop = {.tasks = tasks, .body = body, .context = context};
    unsigned threads = tasks < (size_t)wanted ? (unsigned)tasks : (unsigned)wanted;
    team(take_tasks, &loop, threads, 0);
}

// A chunk below about 16 thousand operations costs less than handing it to another thread.
size_t emolab_chunks(size_t rows, size_t work) {
    size_t chunks = rows * work / 16384;
    if (chunks > 16) chunks = 16;
    if (chunks > rows) chunks = rows;
    if (chunks < 2) return 1;
    size_t each = (rows + chunks - 1) / chunks;
    return (rows + each - 1) / each;
}

typedef struct { emolab_range body; void *context; size_t rows, each; } chunked_rows;

static void run_chunk(void *data, size_t chunk) {
    chunked_rows *job = data;
    size_t first = chunk * job->each, last = first + job->each;
    job->body(job->context, chunk, first, last < job->rows ? last : job->rows);
}

void emolab_rows(size_t rows, size_t work, emolab_range body, void *context) {
    if (!rows) return;
    size_t chunks = emolab_chunks(rows, work);
    chunked_rows job = {body, context, rows, (rows + chunks - 1) / chunks};
    emolab_parallel(chunks, run_chunk, &job);
}

float *emolab_scratch(int slot, size_t floats) {
    pthread_once(&started, start);
    if (!scratch) {
        scratch = calloc(1, sizeof *scratch);
        if (!scratch) abort();
        pthread_setspecific(scratch_key, scratch);
    }
    if (scratch->floats[slot] < floats) {
        free(scratch->memory[slot]);
        size_t bytes = (floats * sizeof(float) + 4095) & ~(size_t)4095;
        scratch->memory[slot] = aligned_alloc(64, bytes);
        if (!scratch->memory[slot]) abort();
        scratch->floats[slot] = bytes / sizeof(float);
    }
    return scratch->memory[slot];
}
