// An opened container: which streams it has, and its packets in file order.
import CFFmpeg
import Foundation

final class InputFile {
    let path: String
    let url: URL
    /// Bytes.
    let size: Int64
    let context: UnsafeMutablePointer<AVFormatContext>
    /// How the file ends by its own structure; looked at when it is first asked for.
    lazy var end = ContainerEnd(of: path)
    /// Packets that were read to see what is in the file, and are still to be given.
    private var ahead: [Packet] = []
    private lazy var film = Result { try findFilm() }

    init(_ url: URL) throws {
        LibavLog.install()
        LibavLog.clear()
        self.url = url
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
        let kind = Self.waveKind(path)
        if kind != nil { av_dict_set(&options, "max_probe_packets", "1", 0) }
        var status = avformat_open_input(&context, "file:" + path, nil, &options)
        guard status >= 0, let context else {
            if kind == "RIFX", status != -ENOMEM { throw Self.otherByteOrder(path, LibavLog.explain(status)) }
            throw Self.openingError(status, path)
        }
        self.context = context
        status = avformat_find_stream_info(context, nil)
        guard status >= 0 else { throw readFailure(status) ?? MediaError.damaged(file: path, what: LibavLog.explain(status)) }
        if kind == "RIFX" { try turnByteOrder() }
        forgetOpenLength()
    }

    /// The system's reason where it was the system that failed, and not what the bytes say: of `status`, or of an earlier call that libav passed over.
    private func readFailure(_ status: Int32) -> MediaError? {
        for code in [context.pointee.pb?.pointee.error ?? 0, status] where Self.isSystems(code) {
            return code == -ENOMEM
                ? .outOfMemory(what: "reading \(path)") : .cannotRead(file: path, reason: String(cString: strerror(-code)))
        }
        return nil
    }

    /// libav's own codes are four letters, far beyond the system's. It gives EINVAL and EAGAIN a meaning of its own.
    private static func isSystems(_ code: Int32) -> Bool {
        (-4095..<0).contains(code) && ![-EINVAL, -EAGAIN, -ENOSYS, -EPIPE].contains(code)
    }

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
        guard let file = FileHandle(forReadingAtPath: path), let start = try? file.read(upToCount: 8), start.count == 8 else {
            return false
        }
        return ["ftyp", "styp", "moov", "mdat", "free", "skip", "wide", "pnot"].contains(String(decoding: start.suffix(4), as: UTF8.self))
    }

    var streams: UnsafeMutableBufferPointer<UnsafeMutablePointer<AVStream>?> {
        UnsafeMutableBufferPointer(start: context.pointee.streams, count: Int(context.pointee.nb_streams))
    }

    /// The stream that libav holds for the main one of its kind; a cover picture is not a video.
    func stream(_ kind: AVMediaType) throws -> UnsafeMutablePointer<AVStream>? {
        if kind == AVMEDIA_TYPE_VIDEO { return try film.get().stream }
        let index = av_find_best_stream(context, kind, -1, -1, nil, 0)
        return index >= 0 && Int(index) < streams.count ? streams[Int(index)] : nil
    }

    func videoStream() throws -> UnsafeMutablePointer<AVStream> {
        let (stream, isCover) = try film.get()
        guard let stream else { throw isCover ? MediaError.coverOnly(file: path) : MediaError.noVideo(file: path) }
        return stream
    }

    func audioStream() throws -> UnsafeMutablePointer<AVStream> {
        guard let stream = try stream(AVMEDIA_TYPE_AUDIO) else { throw MediaError.noAudio(file: path) }
        return stream
    }

    /// RIFF or RIFX where the file is a WAV of that byte order.
    private static func waveKind(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let head = try? file.read(upToCount: 12), head.count == 12,
            head.suffix(4).elementsEqual("WAVE".utf8)
        else { return nil }
        return ["RIFF", "RIFX"].first { head.prefix(4).elementsEqual($0.utf8) }
    }

    private static func otherByteOrder(_ path: String, _ reason: String) -> MediaError {
        .notMedia(file: path, reason: "a WAV of the other byte order (RIFX) in a form that it does not know: \(reason)")
    }

    /// libav reads the header of a RIFX file in its byte order and gives the samples the other one.
    private func turnByteOrder() throws {
        for stream in streams {
            guard let parameters = stream?.pointee.codecpar, parameters.pointee.codec_type == AVMEDIA_TYPE_AUDIO else { continue }
            let name = String(cString: avcodec_get_name(parameters.pointee.codec_id))
            // Of one byte a sample, or turned already.
            if ["pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw"].contains(name) || name.hasPrefix("pcm_") && name.hasSuffix("be") { continue }
            guard name.hasPrefix("pcm_"), name.hasSuffix("le"), let turned = avcodec_descriptor_get_by_name(name.dropLast(2) + "be") else {
                throw Self.otherByteOrder(path, "coded as \(name)")
            }
            parameters.pointee.codec_id = turned.pointee.id
        }
    }

    /// A length that no writer knew must be nobody's measure: neither of what is missing nor of windows.
    private func forgetOpenLength() {
        let isPlain = streams.contains {
            $0.map { String(cString: avcodec_get_name($0.pointee.codecpar.pointee.codec_id)).hasPrefix("pcm_") } ?? false
        }
        guard isPlain || formatName == "avi" else { return }
        var isOpen = (formatName == "wav" || formatName == "avi") && end.hasOpenLength
        if !isOpen, isPlain, streams.count == 1, let stream = streams[0], let seconds = stream.seconds {
            // AIFF, AU, CAF, W64: by what libav reckons from the length.
            let rate = Double(stream.pointee.codecpar.pointee.sample_rate) * Double(stream.pointee.codecpar.pointee.block_align)
            let bytes = seconds * rate
            isOpen = bytes > Double(size) && bytes.isFinite && ContainerEnd.isOpen(Int64(min(bytes, 9e18)))
        }
        guard isOpen else { return }
        for stream in streams { stream?.pointee.duration = emolab_AV_NOPTS_VALUE() }
        context.pointee.duration = emolab_AV_NOPTS_VALUE()
        if end.kind == .unknown { end = ContainerEnd(kind: .whole, hasOpenLength: true) }
    }

    // MARK: Covers

    /// Sound under one picture is longer than this, s; a film may have a single frame.
    private static let longestFrame = 0.5
    /// What is looked at for a second picture without opening the file once more.
    private static let mostAhead = (packets: 512, bytes: 8 << 20)

    /// The stream of moving pictures. Covers of audiobooks and songs are streams too: some are marked, the others have one picture, however long the
    /// sound under it.
    private func findFilm() throws -> (stream: UnsafeMutablePointer<AVStream>?, isCover: Bool) {
        let pictures = streams.compactMap { $0 }.filter {
            $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO && $0.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
        }
        let index = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
        let best = pictures.first { $0.pointee.index == index } ?? pictures.first
        guard let best, !isStill, let sound = try stream(AVMEDIA_TYPE_AUDIO) else { return (best, false) }
        let length = sound.seconds ?? (context.pointee.duration > 0 ? Double(context.pointee.duration) / Double(AV_TIME_BASE) : .infinity)
        guard length > Self.longestFrame else { return (best, false) }
        if let film = try ([best] + pictures.filter { $0 != best }).first(where: hasTwoPictures) { return (film, false) }
        return (nil, true)
    }

    private func hasTwoPictures(_ stream: UnsafeMutablePointer<AVStream>) throws -> Bool {
        // Only containers with an index of every frame know how many there are.
        if formatName.hasPrefix("mov"), stream.pointee.nb_frames > 0 { return stream.pointee.nb_frames > 1 }
        func count() -> Int { ahead.count { $0.pointer.pointee.stream_index == stream.pointee.index } }
        var bytes = ahead.reduce(0) { $0 + Int($1.pointer.pointee.size) }
        while count() < 2, ahead.count < Self.mostAhead.packets, bytes < Self.mostAhead.bytes {
            let packet = try Packet()
            guard try Self.untilDamage({ try readNext(into: packet) }) else { return false }
            bytes += Int(packet.pointer.pointee.size)
            ahead.append(packet)
        }
        if count() >= 2 { return true }
        let other = try InputFile(url), packet = try Packet()
        guard Int(stream.pointee.index) < other.streams.count else { return false }
        for one in other.streams where one?.pointee.index != stream.pointee.index { one?.pointee.discard = AVDISCARD_ALL }
        var found = 0
        while found < 2, try Self.untilDamage({ try other.readNext(into: packet) }) {
            if packet.pointer.pointee.stream_index == stream.pointee.index { found += 1 }
        }
        return found > 1
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
        return goes(to: Int64(target.rounded(.down)), stream)
    }

    /// Goes on reading at the last key frame before `time`, in the stream's own units.
    func goes(to time: Int64, _ stream: UnsafeMutablePointer<AVStream>) -> Bool {
        ahead = []
        return av_seek_frame(context, stream.pointee.index, time, AVSEEK_FLAG_BACKWARD) >= 0
    }

    /// Reads the next packet of any stream; false at the end. Damage and what the system could not read are thrown.
    func read(into packet: Packet) throws -> Bool {
        guard ahead.isEmpty else {
            av_packet_unref(packet.pointer)
            let next = ahead.removeFirst()
            withExtendedLifetime(next) { av_packet_move_ref(packet.pointer, next.pointer) }
            return true
        }
        return try readNext(into: packet)
    }

    private func readNext(into packet: Packet) throws -> Bool {
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
            guard status == emolab_AVERROR_EAGAIN() else {
                throw readFailure(status) ?? MediaError.damaged(file: path, what: LibavLog.explain(status))
            }
        }
        throw MediaError.damaged(file: path, what: "the container yields no packets")
    }

    /// The same where damage ends what is of use: false there too. What the system could not read is thrown.
    func readSoundPart(into packet: Packet) throws -> Bool { try Self.untilDamage { try read(into: packet) } }

    private static func untilDamage(_ read: () throws -> Bool) throws -> Bool {
        do { return try read() } catch let error as MediaError {
            guard case .damaged = error else { throw error }
            return false
        }
    }
}

extension AVRational {
    /// As a quotient; 0 where the denominator is 0.
    var value: Double { den == 0 ? 0 : Double(num) / Double(den) }
}

extension UnsafeMutablePointer where Pointee == AVStream {
    /// Whether its packets are samples as they are (PCM), which can be cut anywhere.
    var isPlain: Bool {
        (AV_CODEC_ID_PCM_S16LE.rawValue..<AV_CODEC_ID_ADPCM_IMA_QT.rawValue).contains(pointee.codecpar.pointee.codec_id.rawValue)
    }

    /// The stream's own duration in seconds, where the container tells it.
    var seconds: Double? {
        let duration = pointee.duration
        guard duration != emolab_AV_NOPTS_VALUE(), duration > 0 else { return nil }
        return Double(duration) * pointee.time_base.value
    }
}
