// What is linked below, for `emolab doctor` and every benchmark.
#define _GNU_SOURCE
#include "kernels.h"
#include <cblas.h>
#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

const char *emolab_blas_core(void) { return openblas_get_corename(); }

const char *emolab_blas_configuration(void) { return openblas_get_config(); }

int emolab_onednn_version(void) {
    const dnnl_version_t *v = dnnl_version();
    return v->major * 10000 + v->minor * 100 + v->patch;
}

const char *emolab_onednn_instructions(void) {
    switch (dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_sse41:
        return "SSE4.1";
    case dnnl_cpu_isa_avx:
        return "AVX";
    case dnnl_cpu_isa_avx2:
        return "AVX2";
    case dnnl_cpu_isa_avx512_core:
        return "AVX-512";
    case dnnl_cpu_isa_avx512_core_vnni:
        return "AVX-512 VNNI";
    case dnnl_cpu_isa_avx512_core_bf16:
        return "AVX-512 BF16";
    case dnnl_cpu_isa_avx512_core_amx:
        return "AMX";
    case dnnl_cpu_isa_avx2_vnni:
        return "AVX2 VNNI";
#if DNNL_VERSION_MAJOR >= 3
    case dnnl_cpu_isa_avx2_vnni_2:
        return "AVX2 VNNI 2";
    case dnnl_cpu_isa_avx512_core_fp16:
        return "AVX-512 FP16";
    case dnnl_cpu_isa_avx512_core_amx_fp16:
        return "AMX FP16";
#endif
    default:
        return "other";
    }
}

static char features[256];

static void add(int is_there, const char *name) {
    if (!is_there) return;
    if (features[0]) strcat(features, " ");
    strcat(features, name);
}

static void find_features(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    add(__builtin_cpu_supports("sse4.1") != 0, "sse4.1");
    add(__builtin_cpu_supports("avx") != 0, "avx");
    add(__builtin_cpu_supports("avx2") != 0, "avx2");
    add(__builtin_cpu_supports("fma") != 0, "fma");
    add(__builtin_cpu_supports("avx512f") != 0, "avx512f");
    add(__builtin_cpu_supports("avx512bw") != 0, "avx512bw");
    add(__builtin_cpu_supports("avx512vnni") != 0, "avx512_vnni");
    add(__builtin_cpu_supports("avx512bf16") != 0, "avx512_bf16");
    // Tile units are newer than the compiler's list of names: leaf 7 has them.
    unsigned a, b, c, d;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        add(d >> 24 & 1, "amx_tile");
        add(d >> 22 & 1, "amx_bf16");
    }
#elif defined(__aarch64__)
    add(1, "neon");
#if defined(__linux__)
    // Bits of the kernel's hwcap.h.
    unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
    add(first >> 22 & 1, "sve");
    add(second >> 1 & 1, "sve2");
    add(second >> 14 & 1, "bf16");
#endif
#endif
}

const char *emolab_processor_features(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_features);
    return features;
}
