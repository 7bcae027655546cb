// White noise, babble and silence in a clip's waveform, and the spectrogram that a network then gets.
import Base
import Foundation
import Inputs
import Media
import Tensors
import Training

public enum RobustnessError: Error, Equatable, CustomStringConvertible {
    case noWaveform(clip: String)
    case noOtherSpeaker(clip: String)

    public var description: String {
        switch self {
        case .noWaveform(let clip): "clip \(clip) was prepared without its waveform, which noise is added to: prepare it again"
        case .noOtherSpeaker(let clip):
            "babble for clip \(clip) needs clips of other speakers, and there are none: leave it out with --kinds"
        }
    }
}

/// Voices that babble is made of: the clips of one corpus.
struct BabblePool: Sendable {
    /// Voices at once. Of six or more nobody can follow one any more, which is what makes it babble.
    static let voices = 6

    let feeds: [any ClipFeed]
    private let places: [(feed: Int, index: Int, item: ClipItem)]

    init(_ feeds: [any ClipFeed]) {
        self.feeds = feeds
        places = feeds.indices.flatMap { feed in feeds[feed].items.enumerated().map { (feed, $0.offset, $0.element) } }
    }

    /// Clips of other speakers than the item's, of as many different ones as there are, from a random point on, each as loud as the others,
    /// going round where they are shorter. The same clip always hears the same voices.
    /// - Returns: `count` samples.
    func babble(for item: ClipItem, count: Int, _ stream: RandomStream) throws -> [Float] {
        var stream = stream.substream("babble")
        let others = Dictionary(grouping: places.filter { $0.item.speaker != item.speaker }) { $0.item.speaker }
        guard !others.isEmpty else { throw RobustnessError.noOtherSpeaker(clip: item.name) }
        let speakers = stream.shuffled(others.keys.sorted())
        var sum = [Float](repeating: 0, count: count)
        for voice in 0..<Self.voices {
            let clips = others[speakers[voice % speakers.count]] ?? []
            let chosen = clips[stream.int(below: clips.count)]
            guard let sound = try feeds[chosen.feed].load(chosen.index).sound else {
                throw RobustnessError.noWaveform(clip: chosen.item.name)
            }
            let samples = sound.samples
            let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(samples.count, 1))
            guard power > 0 else { continue }
            let scale = Float(1 / power.squareRoot())
            let start = stream.int(below: samples.count)
            for index in 0..<count { sum[index] += Float(samples[(start + index) % samples.count]) * scale }
        }
        return sum
    }
}

struct SoundCorruption: Sendable {
    private let front: MelFrontEnd

    init(_ inputs: InputSettings) throws { front = try MelFrontEnd(inputs.preparation.sound) }

    /// Changes a clip's spectrogram in place.
    /// - Parameter stream: decides the noise; equal streams give equal noise at every level, only its loudness differs.
    func apply(_ corruption: Corruption, to clip: inout PreparedClip, _ item: ClipItem, pool: BabblePool, _ stream: RandomStream) throws {
        switch corruption.kind {
        case .white: try add(to: &clip, item, ratio: corruption.level) { Self.white($0, stream) }
        case .both: try add(to: &clip, item, ratio: corruption.noise ?? .infinity) { Self.white($0, stream) }
        case .babble: try add(to: &clip, item, ratio: corruption.level) { try pool.babble(for: item, count: $0, stream) }
        case .noSound:
            clip.removeSound()
        case .blur, .dropped, .noPicture: break
        }
    }

    private static func white(_ count: Int, _ stream: RandomStream) -> [Float] {
        var stream = stream.substream("white")
        return (0..<count).map { _ in stream.normal() }
    }

    /// A clip with noise in it. A silent clip stays silent.
    private func add(to clip: inout PreparedClip, _ item: ClipItem, ratio: Double, _ noise: (Int) throws -> [Float]) throws {
        guard clip.hasAudio else { return }
        guard let sound = clip.sound else { throw RobustnessError.noWaveform(clip: item.name) }
        var stretch = SoundStretch(sound, front.settings)
        stretch.add(try noise(stretch.samples.count), ratio: ratio)
        let image = try stretch.image(by: front)
        clip.replaceImage(image.mel, firstSoundFrame: image.firstSoundFrame)
    }
}
