// A network's attention tensors of one clip as rows of numbers, heads averaged.
import Records
import Tensors

struct AttentionMaps {
    private let maps: [String: Tensor]
    private let frames: Int
    /// Whether fusion has one vector a modality, so that its attention says nothing.
    private let isPooled: Bool

    init(_ maps: [String: Tensor], frames: Int, isPooled: Bool) {
        (self.maps, self.frames, self.isPooled) = (maps, frames, isPooled)
    }

    /// TimeSformer's layers, in order.
    var rollout: AttentionRollout {
        var layers: [DividedAttention] = [], patches = 0
        while let spatial = maps["video.spatial.\(layers.count)"], let temporal = maps["video.temporal.\(layers.count)"] {
            patches = spatial.shape[2] - 1
            layers.append(DividedAttention(spatial: Self.headMean(spatial), temporal: Self.headMean(temporal)))
        }
        return AttentionRollout(frames: frames, patches: patches, layers: layers)
    }

    /// Every stage's map, steps joined as they are shown; none where there are no steps to attend to.
    func crossModal(_ steps: SoundSteps) -> [Explanation.CrossModal] {
        guard !isPooled else { return [] }
        var stages: [Explanation.CrossModal] = []
        while let there = maps["stage\(stages.count + 1).audio_to_video"], let back = maps["stage\(stages.count + 1).video_to_audio"] {
            // Frames, or frames with all their patches one after the other.
            let (all, tokens) = (there.shape[2], there.shape[3])
            let perFrame = tokens / frames
            let (sound, picture) = (Self.headMean(there), Self.headMean(back))
            /// `[steps][frames]`, patches added up.
            let toPictures = (0..<all).map { step in
                (0..<frames).map { frame in (0..<perFrame).reduce(0.0) { $0 + Double(sound[step * tokens + frame * perFrame + $1]) } }
            }
            let shownToPictures = (0..<steps.count).map { step -> [Double] in
                let rows = (step * steps.joinedBy..<min((step + 1) * steps.joinedBy, steps.shown.count)).map {
                    toPictures[min(steps.shown.lowerBound + $0, all - 1)]
                }
                return rows.columnMeans.short
            }
            let toSound = (0..<frames).map { frame -> [Double] in
                let rows = (0..<perFrame).map { patch in
                    let base = (frame * perFrame + patch) * all
                    return picture[base..<base + all].map(Double.init)
                }
                return steps.joined(rows.columnMeans).short
            }
            stages.append(.init(stage: stages.count + 1, soundToPictures: shownToPictures, picturesToSound: toSound))
        }
        return stages
    }

    /// `[groups, heads, rows, columns]` to `[groups, rows, columns]`.
    static func headMean(_ map: Tensor) -> [Float] {
        let (groups, heads, cells) = (map.shape[0], map.shape[1], map.shape[2] * map.shape[3])
        return map.withUnsafeBuffer { values in
            var means = [Float](repeating: 0, count: groups * cells)
            for group in 0..<groups {
                for head in 0..<heads {
                    let base = (group * heads + head) * cells
                    for cell in 0..<cells { means[group * cells + cell] += values[base + cell] / Float(heads) }
                }
            }
            return means
        }
    }
}
