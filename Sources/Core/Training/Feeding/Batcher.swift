// Prepared clips to tensors.
import Inputs
import Networks
import Records
import Tensors

/// One step's clips as the network takes them, with what is known of each.
package struct TrainingBatch: Sendable {
    package var input: NetworkInput
    package var items: [ClipItem]
    package var domains: [Domain]
    /// Where the video encoder's output for these clips is, or may be put.
    package var features: FeatureCache?

    package var count: Int { items.count }
}

package enum BatchError: Error, CustomStringConvertible {
    case shape(clip: String, what: String, expected: String, found: String)
    case notNormalised(clip: String)
    case preparation(clip: String, difference: String)

    package var description: String {
        switch self {
        case .notNormalised(let clip):
            return "the sound of clip \(clip) is in dB: there are no statistics of its corpus to normalise it by"
        case .preparation(let clip, let difference):
            return "clip \(clip) was prepared otherwise than the clips of the run: \(difference)"
        case .shape(let clip, let what, let expected, let found):
            return
                "clip \(clip) has \(what) of \(found), the experiment wants \(expected): prepare it again with this experiment's settings"
        }
    }
}

/// Makes batches: pictures as 0…1 and channels first; sound either whole or, masked, moved to frame 0 and cut to the longest.
package struct Batcher: Sendable {
    package let inputs: InputSettings
    package let model: ModelSettings
    /// How clips of the run are prepared: others are refused.
    package let preparation: EffectivePreparation
    /// Set where clips' pictures are the same each time and their encoder is frozen: known features then take the pictures' place.
    package var features: FeatureCache?

    package init(inputs: InputSettings, model: ModelSettings, preparation: EffectivePreparation, features: FeatureCache? = nil) {
        self.inputs = inputs
        self.model = model
        self.preparation = preparation
        self.features = features
    }

    package func assemble(_ clips: [(item: ClipItem, domain: Domain, clip: PreparedClip)]) throws -> TrainingBatch {
        for (item, _, clip) in clips {
            if let difference = clip.preparation.flatMap({ preparation.difference(to: $0) }) {
                throw BatchError.preparation(clip: item.name, difference: difference)
            }
        }
        var input = NetworkInput()
        if model.modalities != .video {
            for clip in clips { try checkSound(clip.clip, clip.item.name) }
            (input.mel, input.melLengths) = sound(clips.map(\.clip))
        }
        let (items, domains) = (clips.map(\.item), clips.map(\.domain))
        if model.modalities != .audio {
            for clip in clips { try checkPictures(clip.clip, clip.item.name) }
            input.videoTokens = features?.tokens(of: FeatureCache.keys(items, domains))
            if input.videoTokens == nil { input.pictures = pictures(clips.map(\.clip)) }
        }
        return TrainingBatch(input: input, items: items, domains: domains, features: features)
    }

    private func sound(_ clips: [PreparedClip]) -> (Tensor, [Int]?) {
        let bands = inputs.melBands
        let lengths = clips.map { max($0.soundFrames, 1) }
        // Two frames at least, since pooling joins two.
        let frames = model.mask ? max(lengths.max() ?? 2, 2) : inputs.melFrames
        var values = [Float](repeating: 0, count: clips.count * bands * frames)
        for (index, clip) in clips.enumerated() {
            let first = model.mask ? clip.firstSoundFrame : 0
            let count = model.mask ? clip.soundFrames : clip.melFrames
            for band in 0..<bands {
                let from = band * clip.melFrames + first, to = (index * bands + band) * frames
                for frame in 0..<count { values[to + frame] = clip.mel[from + frame] }
            }
        }
        return (Tensor(values, shape: [clips.count, bands, frames]), model.mask ? lengths : nil)
    }

    private func pictures(_ clips: [PreparedClip]) -> Tensor {
        let (frames, size) = (inputs.frames, inputs.pictureSize)
        let plane = size * size
        var values = [Float](repeating: 0, count: clips.count * frames * 3 * plane)
        values.withUnsafeMutableBufferPointer { values in
            for (index, clip) in clips.enumerated() {
                let light = (0..<3).map { lightTable(clip, channel: $0) }
                let isChange = inputs.normalisePictures == .change
                clip.pictures.withUnsafeBufferPointer { bytes in
                    for frame in 0..<frames {
                        let from = frame * plane * 3, to = (index * frames + frame) * 3 * plane
                        for pixel in 0..<plane {
                            for channel in 0..<3 {
                                let place = 3 * pixel + channel
                                var value = light[channel][Int(bytes[from + place])]
                                if isChange { value -= light[channel][Int(bytes[place])] }
                                values[to + channel * plane + pixel] = value
                            }
                        }
                    }
                }
            }
        }
        return Tensor(values, shape: [clips.count, frames, 3, size, size])
    }

    /// What each of the 256 byte values of a colour becomes.
    private func lightTable(_ clip: PreparedClip, channel: Int) -> [Float] {
        let (mean, deviation): (Float, Float) =
            switch inputs.normalisePictures {
            case .none: (0, 1)
            case .backbone: (0.45, 0.225)
            case .clip: moments(of: clip, channel: channel)
            case .change: (0, 0.1)
            }
        return (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }

    /// Mean and deviation (at least one step of a byte) of a colour over all frames, of values 0…1.
    private func moments(of clip: PreparedClip, channel: Int) -> (mean: Float, deviation: Float) {
        var counts = [Int](repeating: 0, count: 256)
        clip.pictures.withUnsafeBufferPointer { bytes in
            for index in stride(from: channel, to: bytes.count, by: 3) { counts[Int(bytes[index])] += 1 }
        }
        let total = Double(max(clip.pictures.count / 3, 1))
        let mean = counts.enumerated().reduce(0.0) { $0 + Double($1.offset * $1.element) } / total
        let square = counts.enumerated().reduce(0.0) { $0 + Double($1.offset * $1.offset * $1.element) } / total
        return (Float(mean / 255), Float(max((square - mean * mean).squareRoot(), 1) / 255))
    }

    private func checkSound(_ clip: PreparedClip, _ name: String) throws {
        let expected = "\(inputs.melBands)x\(inputs.melFrames)"
        let found = "\(clip.melBands)x\(clip.melFrames)"
        guard expected == found, clip.mel.count == clip.melBands * clip.melFrames else {
            throw BatchError.shape(clip: name, what: "a spectrogram", expected: expected, found: found)
        }
        guard clip.statistics != nil || !inputs.normalise.isOverManyClips else { throw BatchError.notNormalised(clip: name) }
        guard clip.firstSoundFrame >= 0, clip.soundFrames >= 0, clip.firstSoundFrame + clip.soundFrames <= clip.melFrames else {
            throw BatchError.shape(
                clip: name, what: "sound", expected: "frames inside 0…\(clip.melFrames)",
                found: "frames \(clip.firstSoundFrame) + \(clip.soundFrames)")
        }
    }

    private func checkPictures(_ clip: PreparedClip, _ name: String) throws {
        let expected = "\(inputs.frames) frames of \(inputs.pictureSize) px"
        guard clip.frames == inputs.frames, clip.size == inputs.pictureSize, clip.pictures.count == clip.frames * clip.size * clip.size * 3
        else {
            throw BatchError.shape(clip: name, what: "pictures", expected: expected, found: "\(clip.frames) frames of \(clip.size) px")
        }
    }
}
