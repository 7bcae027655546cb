// Which packets need not be decoded for the frames that are wanted: the same pictures, to the bit, from less work. What other frames are made from is
// decoded; what nothing is made from, and what lies between the last frame wanted of a group and the next group, is not.
import CFFmpeg

/// What is to be done with a packet.
enum PacketDuty: Equatable {
    case decode
    /// Decoded where other pictures are made from it (H.264: a reference picture), and else left out.
    case decodeIfReference
    case leaveOut
}

/// A film's packets before any is decoded.
struct FramePlan {
    /// Frames that the film shows.
    let frames: Int
    private struct Entry {
        var time: Int64
        var isDiscarded: Bool
        /// Nothing after it is made from anything before it.
        var startsAnew: Bool
    }
    private let entries: [Entry]
    /// Where decoding begins, in the stream's own units.
    private let start: Int64
    /// Times of the frames shown, ascending; nil where nothing may be left out: a codec that is not known for it, packets without a time of their own.
    private let shown: [Int64]?

    /// Reads all packets of the stream.
    init(_ input: InputFile, _ stream: UnsafeMutablePointer<AVStream>) throws {
        for other in input.streams where other != stream { other?.pointee.discard = AVDISCARD_ALL }
        let codec = GroupedCodec(stream.pointee.codecpar)
        let packet = try Packet()
        var entries: [Entry] = [], start = emolab_AV_NOPTS_VALUE()
        while try input.readSoundPart(into: packet) {
            guard packet.pointer.pointee.stream_index == stream.pointee.index else { continue }
            if entries.isEmpty { start = packet.pointer.pointee.dts }
            entries.append(
                Entry(
                    time: packet.pointer.pointee.pts, isDiscarded: packet.pointer.pointee.flags & AV_PKT_FLAG_DISCARD != 0,
                    startsAnew: codec?.startsAnew(packet.pointer) ?? false))
        }
        let times = entries.filter { !$0.isDiscarded }.map(\.time).sorted()
        frames = max(1, times.count)
        (self.entries, self.start) = (entries, start)
        let areTold = !entries.contains { $0.time == emolab_AV_NOPTS_VALUE() } && Set(entries.map(\.time)).count == entries.count
        // A film that begins in the middle of a group shows pictures that cannot be decoded.
        let isWhole = entries.first.map { $0.startsAnew && !$0.isDiscarded && $0.time == times.first } ?? false
        shown = codec != nil && areTold && isWhole ? times : nil
    }

    /// Goes back to the first packet; false where the container cannot.
    func rewinds(_ input: InputFile) throws -> Bool {
        guard start != emolab_AV_NOPTS_VALUE() else { return false }
        return input.goes(to: start, try input.videoStream())
    }

    /// Times of the frames `indices`; nil where nothing may be left out.
    func times(at indices: [Int]) -> [Int64]? { shown.map { shown in indices.map { shown[$0] } } }

    /// For each packet, in order, what is to be done so that the frames of these times come.
    func duties(for times: [Int64]) -> [PacketDuty] {
        let wanted = Set(times)
        var duties = entries.map { wanted.contains($0.time) || $0.isDiscarded ? PacketDuty.decode : .decodeIfReference }
        // From the end: what follows a group's last wanted frame serves nobody.
        var isNeeded = false
        for index in entries.indices.reversed() {
            if duties[index] == .decode { isNeeded = true }
            if !isNeeded { duties[index] = .leaveOut }
            if entries[index].startsAnew { isNeeded = false }
        }
        return duties
    }
}

/// Codecs whose groups of pictures are known to stand alone.
private enum GroupedCodec {
    /// H.264 as MP4, MKV and FLV keep it: units after their length, of so many bytes.
    case h264(lengthBytes: Int)
    /// Sorenson H.263: a key frame is made from nothing, every other from the frame before it.
    case flv1

    init?(_ parameters: UnsafeMutablePointer<AVCodecParameters>) {
        switch parameters.pointee.codec_id {
        case AV_CODEC_ID_H264:
            // Of interlaced film a packet may be half a frame.
            guard parameters.pointee.field_order == AV_FIELD_PROGRESSIVE, parameters.pointee.extradata_size > 6,
                let extra = parameters.pointee.extradata,
                extra[0] == 1
            else { return nil }
            self = .h264(lengthBytes: Int(extra[4] & 3) + 1)
        case AV_CODEC_ID_FLV1: self = .flv1
        default: return nil
        }
    }

    func startsAnew(_ packet: UnsafeMutablePointer<AVPacket>) -> Bool {
        guard packet.pointee.flags & AV_PKT_FLAG_KEY != 0 else { return false }
        guard case .h264(let lengthBytes) = self else { return true }
        // Other key frames let pictures shown before them be made from the group before (an open group); an IDR picture, unit type 5, does not.
        guard let data = packet.pointee.data else { return false }
        var place = 0
        let size = Int(packet.pointee.size)
        while place + lengthBytes < size {
            let length = (0..<lengthBytes).reduce(0) { $0 << 8 | Int(data[place + $1]) }
            if data[place + lengthBytes] & 0x1f == 5 { return true }
            guard length > 0 else { return false }
            place += lengthBytes + length
        }
        return false
    }
}
