import Foundation
import Media

/// What a clip went through between the actor and the file: room, microphone, camera, codec. The studio's is clean; the crowd's is
/// drawn per actor (room and equipment) and per clip.
struct DemoShift: Sendable, Equatable {
    // Sound.
    /// Seconds until the echo has died away by 60 dB, and its share.
    var echoTime = 0.0, echoShare = 0.0
    /// Amplitudes relative to the voice.
    var hum = 0.0, noise = 0.0008
    var humFrequency = 60.0
    var gain = 1.0
    /// Samples beyond this are clipped; 1 clips nothing.
    var clipping = 1.0
    /// Highest frequency of the microphone, Hz.
    var bandwidth = 11_000.0
    var sampleRate = 48_000
    var audioCodec = AudioEncoding.Codec.aac
    var audioBitRate = 96_000

    // Picture.
    var width: Int, height: Int
    var frameRate = FrameRate(30_000, 1_001)
    var videoCodec = VideoEncoding.Codec.h264
    var quality = VideoEncoding.Quality.constantRateFactor(21)
    var brightness = 1.0, contrast = 1.0
    var tint = DemoColour(1, 1, 1)
    /// Light from one side: gain at the left edge less gain at the right one.
    var sideLight = 0.0
    var pictureNoise = 2.5
    /// Radians; the head turned for the whole clip.
    var yaw = 0.0, pitch = 0.0, roll = 0.0
    /// Size of the face relative to the studio's, and its place as shares of the picture.
    var closeness = 1.0, offsetX = 0.0, offsetY = 0.0
    var isCluttered = false

    /// The studio, in pictures of `height` lines and 16:9.
    static func studio(height: Int) -> DemoShift {
        var shift = DemoShift(width: even(Double(height) * 16 / 9), height: height)
        shift.quality = .constantRateFactor(21)
        return shift
    }

    /// A living room: `actor` and `clip` are streams of the actor's place and of the single take. `severity` scales what room,
    /// microphone and camera do; 0 leaves only codecs, rates and sizes.
    static func crowd(height: Int, severity: Double, actor: inout DemoRandom, clip: inout DemoRandom) -> DemoShift {
        let lines = even(Double(height) * actor.pick([1.0, 1.0, 0.92, 1.11]))
        var shift = DemoShift(width: even(Double(lines) * actor.pick([4.0 / 3, 4.0 / 3, 3.0 / 2])), height: lines)
        shift.echoTime = 0.12 + severity * actor.uniform(0.05, 0.5)
        shift.echoShare = severity * actor.uniform(0.1, 0.5)
        shift.humFrequency = actor.pick([50, 60])
        shift.hum = severity * (actor.chance(0.5) ? actor.uniform(0.002, 0.02) : 0)
        shift.noise = 0.0008 * exp(severity * actor.uniform(0, 3))
        shift.bandwidth = exp(log(11_000) - severity * actor.uniform(0, 1.1))
        shift.gain = exp(severity * (actor.uniform(-1, 0.4) + clip.uniform(-0.2, 0.2)))
        shift.clipping = clip.chance(0.2 * min(1, severity)) ? clip.uniform(0.25, 0.6) : 1
        shift.frameRate = actor.pick([FrameRate(24), FrameRate(25), FrameRate(30_000, 1_001), FrameRate(30)])
        if actor.chance(0.6) {
            shift.sampleRate = 44_100
            shift.audioCodec = .mp3
            shift.audioBitRate = actor.pick([32_000, 48_000, 64_000])
            shift.videoCodec = .flv1
            shift.quality = .quantiser(actor.pick([4, 6, 8]))
        } else {
            shift.sampleRate = actor.pick([44_100, 48_000])
            shift.audioCodec = .aac
            shift.audioBitRate = actor.pick([40_000, 64_000])
            shift.quality = .constantRateFactor(actor.pick([25, 29, 32]))
        }
        shift.brightness = 1 - severity * actor.uniform(-0.1, 0.45)
        shift.contrast = 1 - severity * actor.uniform(-0.1, 0.25)
        let warmth = severity * actor.normal(0.02, 0.06)
        shift.tint = DemoColour(1 + warmth, 1 + severity * actor.normal(0, 0.03), 1 - warmth)
        shift.sideLight = severity * actor.normal(0, 0.24)
        shift.pictureNoise = 2.5 + severity * actor.uniform(0, 4)
        shift.yaw = severity * (actor.normal(0, 0.12) + clip.normal(0, 0.07))
        shift.pitch = severity * (actor.normal(0, 0.06) + clip.normal(0, 0.04))
        shift.roll = severity * (actor.normal(0, 0.045) + clip.normal(0, 0.03))
        shift.closeness = 1 + severity * actor.uniform(-0.14, 0.07)
        shift.offsetX = severity * (actor.normal(0, 0.011) + clip.normal(0, 0.006))
        shift.offsetY = severity * (actor.normal(0, 0.011) + clip.normal(0, 0.006))
        shift.isCluttered = actor.chance(0.7)
        return shift
    }

    /// The nearest even number, at least 2: what 4:2:0 video takes.
    private static func even(_ value: Double) -> Int { max(2, Int((value / 2).rounded()) * 2) }
}
