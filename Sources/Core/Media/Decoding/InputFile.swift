// An opened container: which streams it has, and its packets in file order.
import CFFmpeg
import Foundation

final class InputFile {
    let path: String
    /// Bytes.
    let size: Int64
    let context: UnsafeMutablePointer<AVFormatContext>

    init(_ url: URL) throws {
        LibavLog.install()
        LibavLog.clear()
        path = url.path
        size = try Self.regularFileSize(path)
        var context: UnsafeMutablePointer<AVFormatContext>?
        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        // A play list must not lead out of the folder or into the network.
        av_dict_set(&options, "protocol_whitelist", "file", 0)
        // The name of a picture is a name: no %d and no * in it stands for others.
        av_dict_set(&options, "pattern_type", "none", 0)
        // libav looks through 32 packets of 16-bit samples for a hidden codec, which takes longer than reading a clip.
        if Self.isWave(path) { av_dict_set(&options, "max_probe_packets", "1", 0) }
        var status = avformat_open_input(&context, "file:" + path, nil, &options)
        guard status >= 0, let context else { throw Self.openingError(status, path) }
        self.context = context
        status = avformat_find_stream_info(context, nil)
        guard status >= 0 else { throw readFailure(status) ?? MediaError.damaged(file: path, what: LibavLog.explain(status)) }
    }

    /// The system's reason where it was the system that failed, and not what the bytes say: of `status`, or of an earlier call that libav passed over.
    private func readFailure(_ status: Int32) -> MediaError? {
        for code in [context.pointee.pb?.pointee.error ?? 0, status] where Self.isSystems(code) {
            return code == -ENOMEM ? .outOfMemory(what: "reading \(path)") : .cannotRead(file: path, reason: String(cString: strerror(-code)))
        }
        return nil
    }

    /// libav's own codes are four letters, far beyond the system's. It gives EINVAL and EAGAIN a meaning of its own.
    private static func isSystems(_ code: Int32) -> Bool { (-4095 ..< 0).contains(code) && ![-EINVAL, -EAGAIN, -ENOSYS, -EPIPE].contains(code) }

    deinit {
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    /// Throws where `path` is no file with bytes in it.
    static func checkRegular(_ path: String) throws { _ = try regularFileSize(path) }

    private static func regularFileSize(_ path: String) throws -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else { throw MediaError.cannotOpen(file: path, reason: String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw MediaError.cannotOpen(file: path, reason: "it is not a regular file") }
        guard status.st_size > 0 else { throw MediaError.empty(file: path) }
        return Int64(status.st_size)
    }

    private static func openingError(_ status: Int32, _ path: String) -> MediaError {
        switch status {
        case -ENOMEM: .outOfMemory(what: "opening \(path)")
        case _ where isSystems(status): .cannotOpen(file: path, reason: String(cString: strerror(-status)))
        case _ where LibavLog.explain(status).contains("moov atom not found"):
            beginsWithBox(path)
                ? .truncated(file: path, what: "the index at its end (moov) is missing")
                : .notMedia(file: path, reason: "its content is not what its ending says")
        default: .notMedia(file: path, reason: LibavLog.explain(status))
        }
    }

    /// True where the file begins as mp4 and mov files do: four bytes of size, then the type of a box (ISO/IEC 14496-12 §4.2).
    /// libav goes by the ending as well, and then misses the index of what was never a film.
    private static func beginsWithBox(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path), let start = try? file.read(upToCount: 8), start.count == 8 else { return false }
        return ["ftyp", "styp", "moov", "mdat", "free", "skip", "wide", "pnot"].contains(String(decoding: start.suffix(4), as: UTF8.self))
    }

    var streams: UnsafeMutableBufferPointer<UnsafeMutablePointer<AVStream>?> {
        UnsafeMutableBufferPointer(start: context.pointee.streams, count: Int(context.pointee.nb_streams))
    }

    /// The stream that libav holds for the main one of its kind; a cover picture is not a video.
    func stream(_ kind: AVMediaType) -> UnsafeMutablePointer<AVStream>? {
        let index = av_find_best_stream(context, kind, -1, -1, nil, 0)
        guard index >= 0, Int(index) < streams.count, let stream = streams[Int(index)] else { return nil }
        if stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0 { return nil }
        return stream
    }

    func videoStream() throws -> UnsafeMutablePointer<AVStream> {
        guard let stream = stream(AVMEDIA_TYPE_VIDEO) else { throw MediaError.noVideo(file: path) }
        return stream
    }

    func audioStream() throws -> UnsafeMutablePointer<AVStream> {
        guard let stream = stream(AVMEDIA_TYPE_AUDIO) else { throw MediaError.noAudio(file: path) }
        return stream
    }

    private static func isWave(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path), let head = try? file.read(upToCount: 12), head.count == 12 else { return false }
        return head.prefix(4).elementsEqual("RIFF".utf8) && head.suffix(4).elementsEqual("WAVE".utf8)
    }

    /// libav's name of the container, e.g. `mov,mp4,m4a,3gp,3g2,mj2`.
    var formatName: String { String(cString: context.pointee.iformat.pointee.name) }

    /// True for a still picture, which is a film of one frame without time.
    var isStill: Bool { formatName == "image2" || formatName.hasSuffix("_pipe") }

    /// The film's beginning by the container's own count, s: sound and picture are told from there. A coder's priming lies before it.
    private var start: Double {
        let time = context.pointee.start_time
        return time == emolab_AV_NOPTS_VALUE() ? 0 : max(0, Double(time) / Double(AV_TIME_BASE))
    }

    /// A stream's time in s from the film's beginning; nil where it has none.
    func seconds(_ time: Int64, _ stream: UnsafeMutablePointer<AVStream>) -> Double? {
        time == emolab_AV_NOPTS_VALUE() ? nil : Double(time) * stream.pointee.time_base.value - start
    }

    /// Goes on reading at the last key frame before `seconds`, as far as the container knows; false where it cannot.
    func seek(_ stream: UnsafeMutablePointer<AVStream>, to seconds: Double) -> Bool {
        let unit = stream.pointee.time_base.value
        let target = (seconds + start) / unit
        guard unit > 0, abs(target) < 9e18 else { return false }
        return av_seek_frame(context, stream.pointee.index, Int64(target.rounded(.down)), AVSEEK_FLAG_BACKWARD) >= 0
    }

    /// Reads the next packet of any stream; false at the end. Damage and what the system could not read are thrown.
    func read(into packet: Packet) throws -> Bool {
        av_packet_unref(packet.pointer)
        // A demuxer may ask to be called again; the bound keeps a broken one from doing so for ever.
        for _ in 0..<1000 {
            let status = av_read_frame(context, packet.pointer)
            if status >= 0 { return true }
            // Some demuxers take a read that failed for the end of the file.
            if status == emolab_AVERROR_EOF() {
                if let failure = readFailure(0) { throw failure }
                return false
            }
            guard status == emolab_AVERROR_EAGAIN() else { throw readFailure(status) ?? MediaError.damaged(file: path, what: LibavLog.explain(status)) }
        }
        throw MediaError.damaged(file: path, what: "the container yields no packets")
    }

    /// The same where damage ends what is of use: false there too. What the system could not read is thrown.
    func readSoundPart(into packet: Packet) throws -> Bool {
        do { return try read(into: packet) } catch let error as MediaError {
            guard case .damaged = error else { throw error }
            return false
        }
    }

    /// Throws where the container's own index, or the length in a RIFF header (WAV, AVI), points beyond the end of the file.
    func checkLength(of stream: UnsafeMutablePointer<AVStream>) throws {
        if let riff = riffLength, riff - size > max(64, riff / 100) {
            throw MediaError.truncated(file: path, what: "its header promises \(riff) bytes, the file has \(size)")
        }
        var last: Int64 = 0
        for i in 0..<avformat_index_get_entries_count(stream) {
            guard let entry = avformat_index_get_entry(stream, i) else { continue }
            last = max(last, entry.pointee.pos &+ Int64(entry.pointee.size))
        }
        if last > size {
            throw MediaError.truncated(file: path, what: "its index reaches byte \(last), the file ends at \(size)")
        }
    }

    /// Bytes of the file by its RIFF header, or nil where there is none or its writer could not know (a pipe).
    private var riffLength: Int64? {
        guard let file = FileHandle(forReadingAtPath: path), let head = try? file.read(upToCount: 8), head.count == 8,
            head.prefix(4).elementsEqual("RIFF".utf8)
        else { return nil }
        let length = head.suffix(4).reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return length > 0 && length < 0x7fff_ff00 ? length + 8 : nil
    }
}

extension AVRational {
    /// As a quotient; 0 where the denominator is 0.
    var value: Double { den == 0 ? 0 : Double(num) / Double(den) }
}

extension UnsafeMutablePointer where Pointee == AVStream {
    /// The stream's own duration in seconds, where the container tells it.
    var seconds: Double? {
        let duration = pointee.duration
        guard duration != emolab_AV_NOPTS_VALUE(), duration > 0 else { return nil }
        return Double(duration) * pointee.time_base.value
    }
}
