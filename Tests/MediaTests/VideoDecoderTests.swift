import CFFmpeg
import Foundation
import Testing

@testable import Media

@Suite("Pictures at asked frames")
struct VideoDecoderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("Linear sampling is numpy's linspace cut to whole numbers")
    func sampling() {
        #expect(FrameSampling.linear(frames: 90, count: 8) == [0, 12, 25, 38, 50, 63, 76, 89])
        #expect(FrameSampling.linear(frames: 3, count: 8) == [0, 0, 0, 0, 1, 1, 1, 2])
        #expect(FrameSampling.linear(frames: 1, count: 3) == [0, 0, 0])
        #expect(FrameSampling.linear(frames: 50, count: 1) == [0])
        #expect(FrameSampling.linear(frames: 0, count: 8) == [])
        for frames in 1..<200 {
            let indices = FrameSampling.linear(frames: frames, count: 8)
            #expect(indices.first == 0 && indices.last == frames - 1 && indices == indices.sorted())
        }
    }

    @Test(
        "Eight pictures of a coded clip are the frames asked for, in the order shown, in each container",
        arguments: [("a.mp4", VideoEncoding.Codec.h264), ("a.mp4", .mpeg4), ("a.flv", .flv1)])
    func framesAsAsked(name: String, codec: VideoEncoding.Codec) throws {
        let url = folder.url.appendingPathComponent(name)
        try Clips.film(url, frames: 23, codec: codec)
        let pictures = try VideoDecoder.pictures(of: url, count: 8)
        #expect(pictures.map(Clips.frameNumber) == FrameSampling.linear(frames: 23, count: 8))
        #expect(pictures.allSatisfy { $0.width == 64 && $0.height == 48 })
    }

    @Test("A clip shorter than the count repeats frames")
    func shortClip() throws {
        let url = folder.url.appendingPathComponent("a.mp4")
        try Clips.film(url, frames: 3)
        #expect(try VideoDecoder.pictures(of: url, count: 8).map(Clips.frameNumber) == [0, 0, 0, 0, 1, 1, 1, 2])
    }

    @Test("Indices may come in any order and more than once; frames that are not there are an error")
    func indices() throws {
        let url = folder.url.appendingPathComponent("a.mp4")
        try Clips.film(url, frames: 10)
        #expect(try VideoDecoder.pictures(of: url, indices: [9, 0, 4, 4, 1]).map(Clips.frameNumber) == [9, 0, 4, 4, 1])
        #expect(try VideoDecoder.pictures(of: url, indices: []) == [])
        #expect(throws: MediaError.invalidRequest(file: url.path, what: "frame 10 was asked for, the clip has 10")) {
            try VideoDecoder.pictures(of: url, indices: [3, 10])
        }
        #expect(throws: MediaError.self) { try VideoDecoder.pictures(of: url, indices: [-1]) }
        #expect(throws: MediaError.self) { try VideoDecoder.pictures(of: url, count: 0) }
    }

    @Test("Every frame in turn, with its time, until the caller has enough")
    func inTurn() throws {
        let url = folder.url.appendingPathComponent("a.mp4")
        try Clips.film(url, frames: 10, rate: FrameRate(20))
        var seen: [Int?] = []
        try VideoDecoder.forEachPicture(of: url) { index, seconds, picture in
            #expect(index == seen.count && abs(seconds - Double(index) / 20) < 1e-3)
            seen.append(Clips.frameNumber(picture))
            return seen.count < 6
        }
        #expect(seen == [0, 1, 2, 3, 4, 5])
    }

    @Test("The probe tells streams, size, rate, frames and duration without decoding")
    func probe() throws {
        let url = folder.url.appendingPathComponent("a.mp4")
        try Clips.film(url, frames: 25, rate: FrameRate(30_000, 1001), audio: AudioEncoding(rate: 48_000, channels: 2))
        let info = try MediaProbe.inspect(url)
        let video = try #require(info.video)
        let audio = try #require(info.audio)
        #expect(info.streams == 2 && info.container.contains("mp4"))
        #expect(video.width == 64 && video.height == 48 && video.rotation == 0 && video.frameCount == 25)
        #expect(video.codec == "h264" && video.pixelFormat == "yuv420p" && abs(video.frameRate - 29.97) < 0.01)
        #expect(audio.codec == "aac" && audio.rate == 48_000 && audio.channels == 2)
        #expect(abs(try #require(info.duration) - 25 / 29.97) < 0.1)
    }

    @Test("Frames are counted where the container does not tell", arguments: [("a.flv", VideoEncoding.Codec.flv1)])
    func counted(name: String, codec: VideoEncoding.Codec) throws {
        let url = folder.url.appendingPathComponent(name)
        try Clips.film(url, frames: 17, codec: codec)
        #expect(try MediaProbe.inspect(url).video?.frameCount == 17)
    }

    @Test("Odd and tiny pictures keep their size and colour", arguments: [(1, 1), (5, 3), (33, 17), (127, 1)])
    func oddSizes(width: Int, height: Int) throws {
        // BT.601, limited range: full red is (81, 90, 240), full blue (41, 240, 110).
        let url = try folder.write("a.y4m", Clips.y4m(width: width, height: height, frames: [(81, 90, 240), (41, 240, 110)]))
        let pictures = try VideoDecoder.pictures(of: url, count: 2)
        try #require(pictures.count == 2 && pictures[0].width == width && pictures[0].height == height)
        let expected: [[UInt8]] = [[255, 0, 0], [0, 0, 255]]
        for (picture, colour) in zip(pictures, expected) {
            for i in picture.pixels.indices { #expect(abs(Int(picture.pixels[i]) - Int(colour[i % 3])) <= 2) }
        }
    }

    @Test(
        "Quarter turns and mirrors of the container are honoured",
        arguments: [
            (matrix: [1, 0, 0, 1], degrees: 0), (matrix: [0, 1, -1, 0], degrees: 90), (matrix: [-1, 0, 0, -1], degrees: 180),
            (matrix: [0, -1, 1, 0], degrees: 270), (matrix: [-1, 0, 0, 1], degrees: 180),
        ])
    func turned(matrix: [Int], degrees: Int) throws {
        // One white quarter, at the upper left of the coded picture, tells every turn apart.
        var picture = Picture(width: 64, height: 48)
        for y in 0..<24 { for x in 0..<96 { picture.pixels[3 * 64 * y + x] = 255 } }
        let url = folder.url.appendingPathComponent("a.mp4")
        let writer = try MediaWriter(url: url, video: VideoEncoding(width: 64, height: 48, frameRate: FrameRate(25)))
        for _ in 0..<3 { try writer.append(picture) }
        try writer.finish()
        try setDisplayMatrix(matrix, of: url)

        let shown = try VideoDecoder.pictures(of: url, count: 1)[0]
        let video = try #require(try MediaProbe.inspect(url).video)
        let upright = matrix[0] != 0
        #expect(shown.width == (upright ? 64 : 48) && shown.height == (upright ? 48 : 64))
        #expect(video.width == shown.width && video.height == shown.height && video.rotation == degrees)
        // A coded point (x, y) is shown at (a x + c y, b x + d y): so is the middle of the white quarter, seen from the picture's middle.
        let (dx, dy) = (-matrix[0] - matrix[2], -matrix[1] - matrix[3])
        for (sx, sy) in [(-1, -1), (-1, 1), (1, -1), (1, 1)] {
            let (x, y) = (shown.width / 2 + sx * shown.width / 4, shown.height / 2 + sy * shown.height / 4)
            #expect(shown.pixels[3 * (y * shown.width + x)] > 128 ? (sx, sy) == (dx, dy) : (sx, sy) != (dx, dy))
        }
    }

    /// Writes `[a, b, c, d]` into the track header of an mp4 file's first track.
    private func setDisplayMatrix(_ matrix: [Int], of url: URL) throws {
        var data = try Data(contentsOf: url)
        let header = try #require(data.range(of: Data("tkhd".utf8)))
        // Version 0: 40 bytes of flags, times, ids, layer and volume, then a b u, c d v, x y w.
        for (place, value) in zip([0, 1, 3, 4], matrix) {
            let fixed = UInt32(bitPattern: Int32(value * 65536))
            for i in 0..<4 { data[header.upperBound + 40 + 4 * place + i] = UInt8(truncatingIfNeeded: fixed >> (24 - 8 * UInt32(i))) }
        }
        try data.write(to: url)
    }

    @Test(
        "Each matrix and range gives the colour that was meant",
        arguments: [
            // Full red by BT.601, BT.709 and BT.2020, limited range; then BT.601 and BT.709 in full range.
            (AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, (81, 90, 240)), (AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, (63, 102, 240)),
            (AVCOL_SPC_BT2020_NCL, AVCOL_RANGE_MPEG, (74, 97, 240)), (AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, (76, 85, 255)),
            (AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, (54, 99, 255)), (AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, (81, 90, 240)),
        ], [8, 10])
    func colours(kind: (AVColorSpace, AVColorRange, (y: Int, u: Int, v: Int)), bits: Int) throws {
        let (space, range, colour) = kind
        let frame = try Frame()
        frame.pointer.pointee.width = 16
        frame.pointer.pointee.height = 8
        frame.pointer.pointee.format = (bits == 8 ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_YUV420P10LE).rawValue
        frame.pointer.pointee.colorspace = space
        frame.pointer.pointee.color_range = range
        try #require(av_frame_get_buffer(frame.pointer, 0) == 0)
        let planes = [frame.pointer.pointee.data.0!, frame.pointer.pointee.data.1!, frame.pointer.pointee.data.2!]
        let strides = [frame.pointer.pointee.linesize.0, frame.pointer.pointee.linesize.1, frame.pointer.pointee.linesize.2]
        for (plane, level) in [colour.y, colour.u, colour.v].enumerated() {
            let bytes = Int(strides[plane]) * (plane == 0 ? 8 : 4)
            if bits == 8 {
                planes[plane].update(repeating: UInt8(level), count: bytes)
            } else {
                UnsafeMutableRawPointer(planes[plane]).assumingMemoryBound(to: UInt16.self).update(
                    repeating: UInt16(4 * level), count: bytes / 2)
            }
        }
        let source = try folder.write("a.y4m", Clips.y4m(width: 16, height: 8, frames: [(0, 0, 0)]))
        let input = try InputFile(source)
        let picture = try PictureConverter(input).picture(frame.pointer, stream: input.videoStream())
        for i in picture.pixels.indices { #expect(abs(Int(picture.pixels[i]) - (i % 3 == 0 ? 255 : 0)) <= 3) }
    }
}
