// One owner of threads: a small pool that spins for a moment after each loop and then parks.
// oneDNN's OpenMP team would be the obvious one to share, but its loops end only when every thread has arrived: measured with another process on
// the second core, a loop of 4 us then takes a scheduler slice, 4 ms. Here the caller works through all tasks itself if nobody helps, and waits only
// for tasks that a helper has really begun. oneDNN and OpenBLAS are called inside tasks and told to use one thread, so neither ever starts a team.
#define _GNU_SOURCE
#include "parallel.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__x86_64__)
#define PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE()
#endif

enum { most_threads = 64, spins_before_parking = 20000, spins_before_yielding = 2000, scratch_slots = 5 };

typedef struct {
    emolab_task body;
    void *context;
} loop_of_tasks;

static struct {
    _Alignas(64) atomic_flag owned;         // one loop at a time
    _Alignas(64) atomic_uint generation;    // odd while a loop is open to helpers
    _Alignas(64) atomic_int helping;        // helpers inside the open loop
    _Alignas(64) atomic_uint_fast64_t left; // tasks not yet begun: first in the low half, end in the high half
    _Alignas(64) loop_of_tasks loop;
    atomic_int parked, wanted, started;
    pthread_mutex_t lock;
    pthread_cond_t wake;
} pool = {.owned = ATOMIC_FLAG_INIT, .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static pthread_once_t started = PTHREAD_ONCE_INIT;
static pthread_key_t scratch_key;
static _Thread_local int inside;

typedef struct {
    float *memory[scratch_slots];
    size_t floats[scratch_slots];
} scratch_regions;
static _Thread_local scratch_regions *scratch;

static void free_scratch(void *regions) {
    for (int slot = 0; slot < scratch_slots; slot++) free(((scratch_regions *)regions)->memory[slot]);
    free(regions);
}

static void start(void) {
    pthread_key_create(&scratch_key, free_scratch);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
#if defined(__linux__)
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof mask, &mask) == 0) cores = CPU_COUNT(&mask);
#endif
    atomic_store(&pool.wanted, cores < 1 ? 1 : cores > most_threads ? most_threads : (int)cores);
}

// The caller takes tasks from the front and helpers from the back, so that with two threads each core meets the same rows loop after loop.
static int take(int from_back, size_t *task) {
    uint_fast64_t left = atomic_load_explicit(&pool.left, memory_order_relaxed);
    for (;;) {
        uint32_t first = (uint32_t)left, end = (uint32_t)(left >> 32);
        if (first >= end) return 0;
        uint_fast64_t next = from_back ? ((uint_fast64_t)(end - 1) << 32 | first) : ((uint_fast64_t)end << 32 | (first + 1));
        if (atomic_compare_exchange_weak(&pool.left, &left, next)) {
            *task = from_back ? end - 1 : first;
            return 1;
        }
    }
}

static void work(loop_of_tasks loop, int from_back) {
    inside = 1;
    for (size_t task; take(from_back, &task);) loop.body(loop.context, task);
    inside = 0;
}

// No handler may run here: oneDNN's products move the stack pointer to the start of a buffer of the heap, and the kernel would write the handler's
// frame, 3 kB and more, over what lies before it. Faults of the thread's own are not held back, so that a crash is told.
static void hold_signals(void) {
    sigset_t signals;
    sigfillset(&signals);
    const int own[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&signals, own[i]);
    pthread_sigmask(SIG_BLOCK, &signals, 0);
}

static int is_news(unsigned generation, unsigned seen) { return (generation & 1) && generation != seen; }

static void *help(void *argument) {
    int index = (int)(intptr_t)argument;
    unsigned seen = 0;
    hold_signals();
#if defined(__linux__)
    pthread_setname_np(pthread_self(), "emolab.kernels");
#endif
    for (;;) {
        unsigned generation = atomic_load(&pool.generation);
        for (int spin = 0; !is_news(generation, seen) && spin < spins_before_parking; spin++) {
            PAUSE();
            generation = atomic_load_explicit(&pool.generation, memory_order_acquire);
        }
        if (!is_news(generation, seen)) {
            pthread_mutex_lock(&pool.lock);
            atomic_fetch_add(&pool.parked, 1);
            while (!is_news(generation = atomic_load(&pool.generation), seen)) pthread_cond_wait(&pool.wake, &pool.lock);
            atomic_fetch_sub(&pool.parked, 1);
            pthread_mutex_unlock(&pool.lock);
        }
        seen = generation;
        if (index >= atomic_load_explicit(&pool.wanted, memory_order_relaxed)) continue;
        // Entering: count first, then look whether the loop is still open. The caller closes first, then looks at the count.
        atomic_fetch_add(&pool.helping, 1);
        if (atomic_load(&pool.generation) == generation) work(pool.loop, 1);
        atomic_fetch_sub(&pool.helping, 1);
    }
    return 0;
}

static void start_helpers(int wanted) {
    while (atomic_load(&pool.started) < wanted - 1) {
        pthread_t thread;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        int index = atomic_load(&pool.started) + 1;
        int failed = pthread_create(&thread, &attributes, help, (void *)(intptr_t)index);
        pthread_attr_destroy(&attributes);
        if (failed) {
            atomic_store(&pool.wanted, index); // do with the threads there are
            return;
        }
        atomic_fetch_add(&pool.started, 1);
    }
}

int emolab_threads(void) {
    pthread_once(&started, start);
    return atomic_load(&pool.wanted);
}

void emolab_set_threads(int count) {
    pthread_once(&started, start);
    atomic_store(&pool.wanted, count < 1 ? 1 : count > most_threads ? most_threads : count);
}

int emolab_stay_on_thread(int on) {
    int before = inside;
    inside = on != 0;
    return before;
}

void emolab_parallel(size_t tasks, emolab_task body, void *context) {
    pthread_once(&started, start);
    int wanted = inside ? 1 : atomic_load_explicit(&pool.wanted, memory_order_relaxed);
    if (tasks < 2 || wanted < 2 || tasks > UINT32_MAX || atomic_flag_test_and_set(&pool.owned)) {
        for (size_t task = 0; task < tasks; task++) body(context, task);
        return;
    }
    if (atomic_load_explicit(&pool.started, memory_order_relaxed) < wanted - 1) start_helpers(wanted);
    pool.loop = (loop_of_tasks){body, context};
    atomic_store(&pool.left, (uint_fast64_t)tasks << 32);
    atomic_fetch_add(&pool.generation, 1);
    if (atomic_load(&pool.parked)) {
        pthread_mutex_lock(&pool.lock);
        pthread_cond_broadcast(&pool.wake);
        pthread_mutex_unlock(&pool.lock);
    }
    work(pool.loop, 0);
    atomic_fetch_add(&pool.generation, 1);
    for (int spin = 0; atomic_load(&pool.helping); spin++) {
        if (spin < spins_before_yielding)
            PAUSE();
        else
            sched_yield();
    }
    atomic_flag_clear(&pool.owned);
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

typedef struct {
    emolab_range body;
    void *context;
    size_t rows, each;
} chunked_rows;

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
