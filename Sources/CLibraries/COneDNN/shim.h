// oneDNN's C interface; versions 2 and 3 differ, Kernels/onednn.c hides that.
#pragma once
#include <oneapi/dnnl/dnnl.h>
