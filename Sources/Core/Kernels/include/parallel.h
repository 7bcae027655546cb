// Sharing loops among threads: one pool, the only owner of parallelism below the trainer.
#pragma once
#include <stddef.h>

/// Threads that a parallel loop uses, the caller's among them.
int emolab_threads(void);
/// Sets the number of threads; results do not depend on it.
void emolab_set_threads(int count);

typedef void (*emolab_task)(void *context, size_t task);
/// Runs `body(context, 0 ..< tasks)` on the pool and returns when all are done. Inside a task, or while another thread's loop has the pool, serially.
void emolab_parallel(size_t tasks, emolab_task body, void *context);

/// While `on`, loops of the calling thread run on it alone and leave the pool to others; results are the same. Returns what was set before.
int emolab_stay_on_thread(int on);

typedef void (*emolab_range)(void *context, size_t chunk, size_t first, size_t last);
/// Into how many chunks `rows` rows of `work` operations each are cut: a function of the shape alone, so sums over chunks keep their order.
size_t emolab_chunks(size_t rows, size_t work);
/// Runs `body` on every chunk of `rows` rows.
void emolab_rows(size_t rows, size_t work, emolab_range body, void *context);

/// Scratch memory of the calling thread, 64-byte aligned, grown on demand, freed with the thread. Each `slot` (0...4) is a region of its own.
float *emolab_scratch(int slot, size_t floats);
