// Films of which only what is needed is decoded: the same pictures as when all of it is.
import Foundation
import Testing

@testable import Media

@Suite("Frames decoded from what they are made of alone")
struct FramePlanTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Something that moves over noise, so that frames are made from each other.
    private func film(_ name: String, _ codec: VideoEncoding.Codec, frames: Int) throws -> URL {
        let url = folder.url.appendingPathComponent(name)
        let writer = try MediaWriter(
            url: url, video: VideoEncoding(codec: codec, width: 96, height: 64, frameRate: FrameRate(25), preset: "medium"), audio: nil)
        var random = TestRandom(seed: 5)
        let noise = (0..<96 * 64).map { _ in UInt8(random.next(below: 60)) }
        for frame in 0..<frames {
            var picture = Picture(width: 96, height: 64, red: 90, green: 90, blue: 90)
            for place in 0..<96 * 64 {
                let isInside = abs(place % 96 - (frame * 2) % 96) < 12 && abs(place / 96 - 32) < 20
                picture.pixels[3 * place] = noise[(place + frame) % noise.count] + (isInside ? 120 : 0)
                picture.pixels[3 * place + 1] = noise[place]
            }
            try writer.append(picture)
        }
        try writer.finish()
        return url
    }

    private func plan(_ url: URL) throws -> FramePlan {
        let input = try InputFile(url)
        return try FramePlan(input, input.videoStream())
    }

    @Test(
        "Pictures equal those of the film decoded whole, to the bit, on one thread and on two",
        arguments: [("a.mp4", VideoEncoding.Codec.h264), ("a.mkv", .h264), ("b.flv", .h264), ("a.flv", .flv1)])
    func equal(name: String, codec: VideoEncoding.Codec) throws {
        let url = try film(name, codec, frames: 75)
        for count in [1, 2, 3, 8, 20, 75, 100] {
            let indices = FrameSampling.linear(frames: 75, count: count)
            let whole = try VideoDecoder.pictures(of: url, indices: indices)
            for threads in [1, 2] {
                let sampled = try VideoDecoder.sampled(of: .film(path: url.path, seconds: nil), count: count, threads: threads)
                #expect(sampled.map(\.index) == indices && sampled.map(\.picture) == whole, "\(count) pictures, \(threads) threads")
                #expect(sampled.allSatisfy { abs(($0.seconds ?? -1) - Double($0.index) / 25) < 2e-3 })
            }
        }
        let plan = try plan(url), duties = plan.duties(for: try #require(plan.times(at: [0, 30])))
        #expect(plan.frames == 75 && duties.count == 75)
        // Groups are of 24 frames: after frame 30 comes nothing that is needed.
        #expect(duties.last == .leaveOut && duties.count { $0 == .leaveOut } >= 40 && duties.count { $0 == .decode } == 2)
    }

    @Test(
        "Where it is not known what frames are made of, nothing is left out",
        arguments: [("a.avi", VideoEncoding.Codec.mpeg4), ("a.ts", .h264)])
    func unknown(name: String, codec: VideoEncoding.Codec) throws {
        let url = try film(name, codec, frames: 30)
        #expect(try plan(url).times(at: [0]) == nil)
        #expect(
            try VideoDecoder.pictures(of: url, count: 8)
                == VideoDecoder.pictures(of: url, indices: FrameSampling.linear(frames: 30, count: 8)))
    }

    @Test("A film with damage gives eight pictures in order or an error, whatever is damaged", arguments: 0..<24)
    func damaged(seed: Int) throws {
        let url = try film("a.mp4", .h264, frames: 40)
        var bytes = try Data(contentsOf: url), random = TestRandom(seed: UInt64(seed))
        for _ in 0..<(1 + seed / 4) { bytes[200 + random.next(below: bytes.count - 2000)] ^= UInt8(1 << random.next(below: 8)) }
        try bytes.write(to: url)
        let sampled = Result { try VideoDecoder.sampled(of: .film(path: url.path, seconds: nil), count: 8) }
        // Damage in a frame that nothing wanted is made of may go unseen; then there are pictures of the frames asked for.
        if case .success(let sampled) = sampled { #expect(sampled.count == 8 && sampled.map(\.index) == sampled.map(\.index).sorted()) }
    }
}
