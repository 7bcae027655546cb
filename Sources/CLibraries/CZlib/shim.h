#pragma once
#include <zlib.h>

/* inflateInit2 and deflateInit2 are macros, which Swift does not import. Minus fifteen: a raw stream, as a ZIP archive holds it. */
static inline int emolab_inflate_start(z_stream *stream) { return inflateInit2(stream, -15); }
static inline int emolab_deflate_start(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}
