import CFFmpeg

/// What of libav this program uses and whether the installed one has it: distributions build it with different parts.
public struct MediaLibrary: Sendable {
    public let name: String
    public let version: String
    public let isPresent: Bool
    /// What to do where it is missing.
    public let advice: String
}

public enum MediaLibraries {
    /// libav itself, the soxr resampler that parity with librosa needs, and the encoders of the demo corpora.
    public static var all: [MediaLibrary] {
        let version = String(cString: av_version_info())
        func encoder(_ name: String, for purpose: String) -> MediaLibrary {
            MediaLibrary(
                name: "libav \(purpose)", version: name, isPresent: avcodec_find_encoder_by_name(name) != nil,
                advice: "this libav has no \(name): install the distribution's full libavcodec")
        }
        return [
            MediaLibrary(name: "libav", version: version, isPresent: true, advice: ""),
            MediaLibrary(
                name: "libav resampler", version: "soxr", isPresent: hasSoxr,
                advice:
                    "this libswresample lacks soxr: install the distribution's libswresample (Debian: libavcodec-extra's libswresample4)"),
            encoder("libx264", for: "H.264 encoder"), encoder("aac", for: "AAC encoder"), encoder("flv", for: "Sorenson encoder"),
        ]
    }

    /// Whether libswresample can be set up with its soxr engine.
    private static var hasSoxr: Bool {
        var context = swr_alloc()
        defer { swr_free(&context) }
        guard let context else { return false }
        var mono = AVChannelLayout()
        av_channel_layout_default(&mono, 1)
        av_opt_set_chlayout(UnsafeMutableRawPointer(context), "in_chlayout", &mono, 0)
        av_opt_set_chlayout(UnsafeMutableRawPointer(context), "out_chlayout", &mono, 0)
        let raw = UnsafeMutableRawPointer(context)
        av_opt_set_int(raw, "in_sample_rate", 48_000, 0)
        av_opt_set_int(raw, "out_sample_rate", 22_050, 0)
        av_opt_set_sample_fmt(raw, "in_sample_fmt", AV_SAMPLE_FMT_FLTP, 0)
        av_opt_set_sample_fmt(raw, "out_sample_fmt", AV_SAMPLE_FMT_FLTP, 0)
        av_opt_set_int(raw, "resampler", Int64(SWR_ENGINE_SOXR.rawValue), 0)
        return swr_init(context) >= 0
    }
}
