// Where a trainer gets clips from: memory, or a cache that decodes on demand.
import Corpora
import Foundation
import Inputs
import Records

/// What is known of a clip without loading it.
public struct ClipItem: Sendable, Codable, Equatable {
    public var name: String
    public var speaker: String
    /// Index into the run's labels; nil where the corpus has none for the clip. A target's label is reported on, never trained on.
    public var label: Int?

    public init(name: String, speaker: String, label: Int?) {
        self.name = name
        self.speaker = speaker
        self.label = label
    }
}

/// Prepared clips by index. Called from a background queue.
public protocol ClipFeed: Sendable {
    var items: [ClipItem] { get }
    func load(_ index: Int) throws -> PreparedClip
}

public struct ClipsInMemory: ClipFeed {
    public let items: [ClipItem]
    private let clips: [PreparedClip]

    public init(_ pairs: [(item: ClipItem, clip: PreparedClip)] = []) {
        items = pairs.map(\.item)
        clips = pairs.map(\.clip)
    }

    public func load(_ index: Int) -> PreparedClip { clips[index] }
}

/// Clips read from the cache as they are asked for, so that a corpus of any size trains in the memory that `PreparedClips` may take.
public struct CachedClips: ClipFeed {
    public let items: [ClipItem]
    private let clips: [Clip]
    private let source: PreparedClips

    public init(_ pairs: [(item: ClipItem, clip: Clip)], from source: PreparedClips) {
        items = pairs.map(\.item)
        clips = pairs.map(\.clip)
        self.source = source
    }

    /// - Throws: what decoding throws where the cache has lost the clip.
    public func load(_ index: Int) throws -> PreparedClip { try source.clip(clips[index]) }
}

/// Some clips of another feed.
package struct SubsetFeed: ClipFeed {
    package let base: any ClipFeed
    package let indices: [Int]
    package let items: [ClipItem]

    package init(base: any ClipFeed, indices: [Int]) {
        self.base = base
        self.indices = indices
        let all = base.items
        items = indices.map { all[$0] }
    }

    package func load(_ index: Int) throws -> PreparedClip { try base.load(indices[index]) }
}

/// All that a run trains on and is measured on. Without a target, both target feeds are empty.
public struct RunData: Sendable {
    /// The run's task.
    public var task: LearningTask
    /// Names of the classes that `ClipItem.label` counts.
    public var labels: [String] { task.labels }
    public var sourceTraining, sourceValidation, targetTraining, targetValidation: any ClipFeed
    /// How clips were split, in words, and the hash that names the split.
    public var split: String
    public var splitHash: String
    /// How its clips were prepared, as far as the model depends on it.
    public var preparation: EffectivePreparation
    /// An earlier run's model, for target subsets that ask one.
    public var opinions: (any TargetOpinions)?
    /// The weights that `training.start` stands for.
    public var start: URL?
    /// Test parts, where the split has them: looked at once, with the best weights, when the run is over.
    public var sourceTest: any ClipFeed = ClipsInMemory()
    public var targetTest: any ClipFeed = ClipsInMemory()

    public init(
        task: LearningTask, sourceTraining: any ClipFeed, sourceValidation: any ClipFeed, targetTraining: any ClipFeed = ClipsInMemory(),
        targetValidation: any ClipFeed = ClipsInMemory(), split: String, splitHash: String,
        preparation: EffectivePreparation, opinions: (any TargetOpinions)? = nil
    ) {
        self.task = task
        self.sourceTraining = sourceTraining
        self.sourceValidation = sourceValidation
        self.targetTraining = targetTraining
        self.targetValidation = targetValidation
        self.split = split
        self.splitHash = splitHash
        self.preparation = preparation
        self.opinions = opinions
    }
}
