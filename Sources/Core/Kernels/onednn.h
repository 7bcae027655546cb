// oneDNN's C interface, versions 2 and 3 behind one face: how memory is described, and matrix products as primitives.
// Version 2 describes memory by a struct and operations by descriptors; version 3 has handles and creates primitive descriptors directly.
#pragma once
#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

extern dnnl_engine_t onednn_engine;
extern _Thread_local dnnl_stream_t onednn_stream;
/// Call first on every thread that makes or runs primitives: it has the engine then, a stream of its own, and oneDNN held to one thread, also when a
/// primitive is made (the size of its scratch memory goes by their number).
void onednn_prepare_thread(void);

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t onednn_layout;
static inline void onednn_forget(onednn_layout layout) {
    if (layout) dnnl_memory_desc_destroy(layout);
}
#else
typedef dnnl_memory_desc_t *onednn_layout;
static inline void onednn_forget(onednn_layout layout) { free(layout); }
#endif

/// Memory of `rank` axes in the order that `tag` names; null where oneDNN refuses.
static inline onednn_layout onednn_tagged(int rank, const dnnl_dim_t *axes, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    onednn_layout layout = 0;
#if DNNL_VERSION_MAJOR >= 3
    if (dnnl_memory_desc_create_with_tag(&layout, rank, axes, type, tag) != dnnl_success) return 0;
#else
    layout = malloc(sizeof *layout);
    if (layout && dnnl_memory_desc_init_by_tag(layout, rank, axes, type, tag) != dnnl_success) {
        free(layout);
        return 0;
    }
#endif
    return layout;
}

/// Memory of `rank` axes that are `strides` elements apart.
static inline onednn_layout onednn_strided(int rank, const dnnl_dim_t *axes, dnnl_data_type_t type, const dnnl_dim_t *strides) {
    onednn_layout layout = 0;
#if DNNL_VERSION_MAJOR >= 3
    if (dnnl_memory_desc_create_with_strides(&layout, rank, axes, type, strides) != dnnl_success) return 0;
#else
    layout = malloc(sizeof *layout);
    if (layout && dnnl_memory_desc_init_by_strides(layout, rank, axes, type, strides) != dnnl_success) {
        free(layout);
        return 0;
    }
#endif
    return layout;
}

/// A copy of the layout that a primitive chose for one of its arguments.
static inline onednn_layout onednn_chosen(const_dnnl_primitive_desc_t primitive, dnnl_query_t argument) {
    onednn_layout copy = 0;
#if DNNL_VERSION_MAJOR >= 3
    if (dnnl_memory_desc_clone(&copy, dnnl_primitive_desc_query_md(primitive, argument, 0)) != dnnl_success) return 0;
#else
    const dnnl_memory_desc_t *chosen = dnnl_primitive_desc_query_md(primitive, argument, 0);
    copy = chosen ? malloc(sizeof *copy) : 0;
    if (copy) *copy = *chosen;
#endif
    return copy;
}

/// The plan of dst = src weights; null where oneDNN has none.
static inline dnnl_primitive_desc_t onednn_matmul(
    dnnl_engine_t engine, onednn_layout src, onednn_layout weights, onednn_layout dst, const_dnnl_primitive_attr_t settings) {
    dnnl_primitive_desc_t plan = 0;
#if DNNL_VERSION_MAJOR >= 3
    if (dnnl_matmul_primitive_desc_create(&plan, engine, src, weights, 0, dst, settings) != dnnl_success) return 0;
#else
    dnnl_matmul_desc_t operation;
    if (dnnl_matmul_desc_init(&operation, src, weights, 0, dst) != dnnl_success) return 0;
    if (dnnl_primitive_desc_create(&plan, &operation, settings, engine, 0) != dnnl_success) return 0;
#endif
    return plan;
}
