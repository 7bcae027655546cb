// The decoded frames of one stream, in presentation order, and whether all that the container promised was there.
import CFFmpeg

final class StreamReader {
    let input: InputFile
    let stream: UnsafeMutablePointer<AVStream>
    let decoder: Decoder
    let frame: Frame
    private let packet: Packet
    private var draining = false
    private var ended = false
    private var readError: MediaError?
    /// Packets of the stream read so far.
    private(set) var packets = 0
    private(set) var refused = 0
    /// What is to be done with each packet of the stream, from its first; all that come after these are decoded.
    private let duties: [PacketDuty]
    private(set) var frames = 0
    /// Seconds from the stream's first packet to the end of its last one.
    private var reach = Reach()
    /// The same without the last packet.
    private var reachBefore = Reach()
    /// The decoder refused the last packet: the file's end cut it.
    private var lastIsRefused = false

    /// Takes what a person should know of the file.
    let warnings: MediaWarnings?

    init(
        input: InputFile, stream: UnsafeMutablePointer<AVStream>, threads: Int, duties: [PacketDuty] = [], warnings: MediaWarnings? = nil
    ) throws {
        try input.checkIndex(of: stream)
        self.warnings = warnings
        self.duties = duties
        self.input = input
        self.stream = stream
        for other in input.streams where other != stream { other?.pointee.discard = AVDISCARD_ALL }
        decoder = try Decoder(stream: stream, file: input.path, threads: threads)
        frame = try Frame()
        packet = try Packet()
    }

    /// When the frame in `frame` comes on screen, or its first sample sounds: s from the film's beginning.
    var seconds: Double {
        let time = frame.pointer.pointee.best_effort_timestamp
        return input.seconds(time, stream) ?? Double(frames - 1) * frameSeconds
    }

    /// How long a picture is shown, s, as far as the container tells.
    var frameSeconds: Double {
        let rate = av_guess_frame_rate(input.context, stream, nil).value
        return rate > 0 ? 1 / rate : 0.04
    }

    /// True when the last frame has come.
    var isAtEnd: Bool { ended }

    /// Goes on with the last key frame before `seconds`; false where the container cannot. The first frames then count from 0 again.
    func seek(to seconds: Double) -> Bool {
        guard input.seek(stream, to: seconds) else { return false }
        avcodec_flush_buffers(decoder.pointer)
        (draining, ended, frames, packets, refused, reach, reachBefore) = (false, false, 0, 0, 0, Reach(), Reach())
        return true
    }

    /// Decodes the next frame into `frame`; false at the end of the stream. Packets that the decoder refuses are left out.
    func next() throws -> Bool {
        while !ended {
            av_frame_unref(frame.pointer)
            let status = avcodec_receive_frame(decoder.pointer, frame.pointer)
            if status >= 0 {
                frames += 1
                lastIsRefused = false
                return true
            }
            if status == emolab_AVERROR_ENOMEM() { throw MediaError.outOfMemory(what: "decoding \(input.path)") }
            if status == emolab_AVERROR_EOF() || draining {
                ended = true
                break
            }
            if status != emolab_AVERROR_EAGAIN() { refuse() }
            try feed()
        }
        return false
    }

    private func feed() throws {
        while true {
            var more = false
            do { more = try input.read(into: packet) } catch let error as MediaError {
                // Half a clip is not the clip.
                if case .cannotRead = error { throw error }
                readError = error
            }
            guard more else {
                draining = true
                avcodec_send_packet(decoder.pointer, nil)
                return
            }
            guard packet.pointer.pointee.stream_index == stream.pointee.index else { continue }
            let duty = packets < duties.count ? duties[packets] : .decode
            packets += 1
            reachBefore = reach
            reach.add(packet.pointer, stream)
            if duty == .leaveOut { continue }
            decoder.pointer.pointee.skip_frame = duty == .decodeIfReference ? AVDISCARD_NONREF : AVDISCARD_DEFAULT
            let status = avcodec_send_packet(decoder.pointer, packet.pointer)
            if status == emolab_AVERROR_ENOMEM() { throw MediaError.outOfMemory(what: "decoding \(input.path)") }
            if status >= 0 || status == emolab_AVERROR_EAGAIN() { return }
            refuse()
        }
    }

    private func refuse() {
        refused += 1
        lastIsRefused = true
    }

    /// What packets that could be decoded cover. Of plain samples a part of the last packet is refused, which is less than one sample.
    private var reached: Reach { lastIsRefused && !stream.isPlain ? reachBefore : reach }

    /// To be called at the end of the stream: throws where much of it was missing or could not be decoded.
    func checkCompleteness() throws {
        // A file that was cut is told as that, not by what the cut did to its packets.
        let warning = try Completeness(input, stream).check(reached: reached.seconds)
        try checkDecoding()
        if let warning { warnings?.add(warning) }
    }

    /// The same for what was read up to `end`, s, perhaps not from the beginning.
    func checkCompleteness(until end: Double) throws {
        try checkDecoding()
        // Times of the last packets, not of the frames: a picture may stand still until the end.
        guard ended, let reached = reached.end else { return }
        if let warning = try Completeness(input, stream).check(reached: reached, limit: end) { warnings?.add(warning) }
    }

    private func checkDecoding() throws {
        guard frames > 0 else {
            if let readError { throw readError }
            throw MediaError.damaged(
                file: input.path, what: packets == 0 ? "the stream holds no data" : "none of its \(packets) packets can be decoded")
        }
        if 4 * refused > packets {
            throw MediaError.damaged(file: input.path, what: "\(refused) of its \(packets) packets cannot be decoded")
        }
    }
}

/// The span of time that packets cover.
struct Reach {
    private var first: Int64?
    private var last: Int64 = 0
    private var unit = 0.0

    mutating func add(_ packet: UnsafeMutablePointer<AVPacket>, _ stream: UnsafeMutablePointer<AVStream>) {
        // A packet that the file's end cuts is not reached. Of plain samples every byte counts.
        if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0, !stream.isPlain { return }
        let none = emolab_AV_NOPTS_VALUE()
        let time = packet.pointee.pts != none ? packet.pointee.pts : packet.pointee.dts
        guard time != none else { return }
        unit = stream.pointee.time_base.value
        first = min(first ?? time, time)
        last = max(last, time.addingReportingOverflow(packet.pointee.duration).partialValue)
    }

    /// Seconds of the container's count at which the last packet ends.
    var end: Double? { first == nil ? nil : Double(last) * unit }

    var seconds: Double { first.map { max(0, (Double(last) - Double($0)) * unit) } ?? 0 }
}

/// Two decimals, independent of locale.
func decimal(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let fraction = abs(hundredths % 100)
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}
