// libav for Swift: function macros, casts and variadic or versioned calls that the importer leaves out, as inline functions.
// Needs FFmpeg 5.1 (channel layouts as structures) or later.
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
#include <string.h>

static inline int64_t emolab_AV_NOPTS_VALUE(void) { return AV_NOPTS_VALUE; }
static inline int emolab_AVERROR_EOF(void) { return AVERROR_EOF; }
static inline int emolab_AVERROR_EAGAIN(void) { return AVERROR(EAGAIN); }
static inline int emolab_AVERROR_ENOMEM(void) { return AVERROR(ENOMEM); }
static inline int emolab_AVERROR_INVALIDDATA(void) { return AVERROR_INVALIDDATA; }
static inline AVRational emolab_AV_TIME_BASE_Q(void) { return AV_TIME_BASE_Q; }

// The display matrix of a stream or a frame (9 numbers, 16.16 fixed point in the upper left), or NULL.
static inline const int32_t *emolab_display_matrix(const AVStream *stream, const AVFrame *frame) {
    const AVFrameSideData *ofFrame = frame ? av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX) : NULL;
    if (ofFrame && ofFrame->size >= 36) return (const int32_t *)ofFrame->data;
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVPacketSideData *ofStream =
        av_packet_side_data_get(stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    return ofStream && ofStream->size >= 36 ? (const int32_t *)ofStream->data : NULL;
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 36 ? (const int32_t *)data : NULL;
#endif
}

// Converts a whole decoded frame into packed RGB at `pixels`, rows `stride` bytes apart.
static inline int emolab_scale_frame(struct SwsContext *scaler, const AVFrame *frame, uint8_t *pixels, int stride) {
    uint8_t *planes[4] = {pixels, NULL, NULL, NULL};
    const int strides[4] = {stride, 0, 0, 0};
    return sws_scale(scaler, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, planes, strides);
}

// The matrix of `colorspace` (AVCOL_SPC_*) and the range of the source; the target is full range.
static inline int emolab_scale_colours(struct SwsContext *scaler, int colorspace, int fullRange) {
    const int *matrix = sws_getCoefficients(colorspace);
    return sws_setColorspaceDetails(scaler, matrix, fullRange, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
}

// libav's messages. The callback formats a line and hands it to a sink; the newest error of the thread is kept beside it.
typedef void (*emolab_log_sink)(int level, const char *line);

static inline emolab_log_sink *emolab_log_sink_slot(void) {
    static emolab_log_sink sink;
    return &sink;
}

static inline char *emolab_log_last_error(void) {
    static _Thread_local char line[256];
    return line;
}

static inline void emolab_log_callback(void *context, int level, const char *format, va_list arguments) {
    if ((level & 0xff) > AV_LOG_INFO) return;
    char line[1024];
    int prefix = 1;
    av_log_format_line2(context, level & 0xff, format, arguments, line, sizeof line, &prefix);
    size_t length = strlen(line);
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) line[--length] = 0;
    if (length == 0) return;
    if ((level & 0xff) <= AV_LOG_ERROR) {
        // Without the "[mov,mp4 @ 0x…] " in front: an address says nothing to a user.
        // One part may speak through another.
        const char *message = line, *end;
        while (message[0] == '[' && (end = strstr(message, "] "))) message = end + 2;
        strncpy(emolab_log_last_error(), message, 255);
        emolab_log_last_error()[255] = 0;
    }
    if (*emolab_log_sink_slot()) (*emolab_log_sink_slot())(level & 0xff, line);
}

static inline void emolab_log_install(emolab_log_sink sink) {
    *emolab_log_sink_slot() = sink;
    av_log_set_callback(emolab_log_callback);
}
