// The C floor: loops that need wide vectors, and one entry to oneDNN and OpenBLAS.
// Built for several x86 levels (target_clones) and arm64, chosen at run time. All pointers are row-major and contiguous.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "attention.h"
#include "channels_last.h"
#include "convolution.h"
#include "elementwise.h"
#include "linear.h"
#include "losses.h"
#include "movement.h"
#include "normalisation.h"
#include "onednn_convolution.h"
#include "packed_products.h"
#include "parallel.h"
#include "pooling.h"
#include "products.h"
#include "recurrent.h"
#include "small_convolution.h"
#include "winograd.h"

/// Name of the OpenBLAS core in use, e.g. "Cooperlake"; it says which vector level its products run at.
const char *emolab_blas_core(void);

/// Version of the oneDNN that is loaded: major * 10000 + minor * 100 + patch.
int emolab_onednn_version(void);

/// The widest vector instructions oneDNN uses on this processor, e.g. "AVX-512 BF16"; "other" off x86.
const char *emolab_onednn_instructions(void);

/// How OpenBLAS was built, its version first, e.g. "OpenBLAS 0.3.21 DYNAMIC_ARCH ...".
const char *emolab_blas_configuration(void);

/// What the processor can do that the engine cares for, e.g. "avx2 fma avx512f avx512_bf16"; separated by spaces.
const char *emolab_processor_features(void);
