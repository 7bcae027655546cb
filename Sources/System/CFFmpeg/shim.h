// libav for Swift: function macros and casts that the importer leaves out, as inline functions and constants.
#pragma once
#include <libavformat/avformat.h>
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <libswresample/swresample.h>

static inline int64_t emolab_AV_NOPTS_VALUE(void) { return AV_NOPTS_VALUE; }
static inline int emolab_AVERROR_EOF(void) { return AVERROR_EOF; }
static inline int emolab_AVERROR_EAGAIN(void) { return AVERROR(EAGAIN); }
static inline AVRational emolab_AV_TIME_BASE_Q(void) { return AV_TIME_BASE_Q; }
