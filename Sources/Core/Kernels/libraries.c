// What is linked below, for `emolab doctor` and every benchmark.
#include "kernels.h"
#include <cblas.h>
#include <oneapi/dnnl/dnnl.h>

const char *emolab_blas_core(void) { return openblas_get_corename(); }

int emolab_onednn_version(void) {
    const dnnl_version_t *v = dnnl_version();
    return v->major * 10000 + v->minor * 100 + v->patch;
}
