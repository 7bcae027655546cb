// One engine for the process, one stream a thread.
#define _GNU_SOURCE
#include "onednn.h"
#include "single_thread.h"
#include <pthread.h>

dnnl_engine_t onednn_engine;
_Thread_local dnnl_stream_t onednn_stream;
static pthread_once_t started = PTHREAD_ONCE_INIT;
static pthread_key_t stream_key;

static void drop_stream(void *owned) { dnnl_stream_destroy(owned); }

static void start(void) {
    pthread_key_create(&stream_key, drop_stream);
    if (dnnl_engine_create(&onednn_engine, dnnl_cpu, 0) != dnnl_success) abort();
}

void onednn_prepare_thread(void) {
    emolab_hold_to_one_thread();
    if (onednn_stream) return;
    pthread_once(&started, start);
    if (dnnl_stream_create(&onednn_stream, onednn_engine, dnnl_stream_default_flags) != dnnl_success) abort();
    pthread_setspecific(stream_key, onednn_stream);
}
