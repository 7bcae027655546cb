// Sound normalised over a corpus or a speaker: right numbers, no labels, the same in training and in all that asks the model later.
import Foundation
import Inputs
import Networks
import Records
import TensorFiles
import Tensors
import Testing

@testable import Analysis
@testable import Training

@Suite("Sound normalised over many clips")
struct SoundStatisticsTests {
    static func experiment(_ normalise: InputSettings.Normalisation = .speaker) -> Experiment {
        var experiment = Synthetic.experiment()
        experiment.inputs.normalise = normalise
        return experiment
    }

    /// The feed with every clip's sound changed.
    static func changed(_ feed: any ClipFeed, _ change: (ClipItem, inout PreparedClip) -> Void) throws -> ClipsInMemory {
        ClipsInMemory(
            try feed.items.enumerated().map { index, item in
                var clip = try feed.load(index)
                change(item, &clip)
                return (item, clip)
            })
    }

    /// Adds decibels to the sound of a clip, band by band.
    static func amplify(_ clip: inout PreparedClip, _ decibels: (Int) -> Float) {
        for band in 0..<clip.melBands {
            for frame in 0..<clip.soundFrames { clip.mel[band * clip.melFrames + clip.firstSoundFrame + frame] += decibels(band) }
        }
    }

    static func sound(_ clip: PreparedClip, band: Int) -> [Double] {
        let start = band * clip.melFrames + clip.firstSoundFrame
        return clip.mel[start..<start + clip.soundFrames].map(Double.init)
    }

    static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot())
    }

    @Test(
        "Over a corpus, its training side comes out with mean 0 and deviation 1 in every band; the other sides count nothing; padding stays 0"
    )
    func corpus() throws {
        let data = Synthetic.data(), statistics = try #require(try SoundStatistics(Self.experiment(.corpus), data))
        for (domain, feed) in [(Domain.source, data.sourceTraining), (.target, data.targetTraining)] {
            let clips = try feed.items.indices.map { statistics.normalised(try feed.load($0), domain, speaker: feed.items[$0].speaker) }
            for band in 0..<8 {
                let (mean, deviation) = Self.moments(clips.flatMap { Self.sound($0, band: band) })
                #expect(abs(mean) < 1e-5 && abs(deviation - 1) < 1e-4)
            }
            #expect(clips.allSatisfy { clip in (0..<8).allSatisfy { clip.mel[$0 * 16] == 0 && clip.mel[$0 * 16 + 15] == 0 } })
            // Twice is once.
            #expect(statistics.normalised(clips[0], domain, speaker: "0") == clips[0])
        }
        var louder = data
        louder.targetValidation = try Self.changed(data.targetValidation) { Self.amplify(&$1) { _ in 30 } }
        #expect(try SoundStatistics(Self.experiment(.corpus), louder) == statistics)
        #expect(try SoundStatistics(Self.experiment(.speaker), louder) != SoundStatistics(Self.experiment(.speaker), data))
        #expect(try SoundStatistics(Self.experiment(.speech), data) == nil)
        var blind = Self.experiment(.corpus)
        blind.model.modalities = .video
        #expect(try SoundStatistics(blind, data) == nil)
    }

    @Test(
        "Over a speaker, all clips of each come out with mean 0; who is not known is taken for the corpus, a domain that is not known for the source"
    )
    func speaker() throws {
        let data = Synthetic.data(), statistics = try #require(try SoundStatistics(Self.experiment(), data))
        let feeds = [data.targetTraining, data.targetValidation]
        for name in ["0", "3"] {
            let clips = try feeds.flatMap { feed in
                try feed.items.indices.filter { feed.items[$0].speaker == name }.map {
                    statistics.normalised(try feed.load($0), .target, speaker: name)
                }
            }
            #expect(clips.count > 8)
            for band in 0..<8 {
                let (mean, deviation) = Self.moments(clips.flatMap { Self.sound($0, band: band) })
                #expect(abs(mean) < 1e-5 && abs(deviation - 1) < 1e-4)
            }
        }
        let corpus = try #require(try SoundStatistics(Self.experiment(.corpus), data))
        let clip = try data.targetTraining.load(0)
        #expect(statistics.normalised(clip, .target, speaker: "nobody") == corpus.normalised(clip, .target, speaker: "0"))
        #expect(statistics.normalised(clip, .target, speaker: "0") != corpus.normalised(clip, .target, speaker: "0"))
        #expect(statistics.normalised(clip, .target, speaker: "0") != statistics.normalised(clip, .source, speaker: "0"))
        var alone = data
        (alone.targetTraining, alone.targetValidation) = (ClipsInMemory(), ClipsInMemory())
        let source = try #require(try SoundStatistics(Self.experiment(.corpus), alone))
        #expect(source.normalised(clip, .target, speaker: "") == corpus.normalised(clip, .source, speaker: ""))
    }

    @Test("What a speaker's microphone does to all of their clips is gone", arguments: [InputSettings.Normalisation.corpus, .speaker])
    func microphones(normalise: InputSettings.Normalisation) throws {
        let data = Synthetic.data()
        var other = data
        for feed in [\RunData.targetTraining, \.targetValidation] {
            other[keyPath: feed] = try Self.changed(data[keyPath: feed]) { item, clip in
                let own = normalise == .speaker ? 4 * (Float(item.speaker) ?? 0) : 0
                Self.amplify(&clip) { 20 - 3 * Float($0) + own }
            }
        }
        func probabilities(_ data: RunData) throws -> [[Float]] {
            try Synthetic.inFolder { folder in
                try Synthetic.run(Self.experiment(normalise), data: data, in: folder)
                let model = try TrainedModel(folder.appendingPathComponent(RunFiles.best))
                return try model.answers(of: data.targetValidation, domain: .target).map(\.probabilities)
            }
        }
        let (plain, louder) = (try probabilities(data), try probabilities(other))
        for (a, b) in zip(plain.flatMap(\.self), louder.flatMap(\.self)) { #expect(abs(a - b) < 2e-2) }
    }

    @Test("Shuffling the target's labels changes no bit", arguments: [InputSettings.Normalisation.corpus, .speaker])
    func labels(normalise: InputSettings.Normalisation) throws {
        func run(_ data: RunData) throws -> ([[Double?]], Data) {
            try Synthetic.inFolder { folder in
                let events = try Synthetic.run(Self.experiment(normalise), data: data, in: folder).events
                #expect(events.messages.contains { $0.contains("no label is read") })
                return (events.trace, try Data(contentsOf: folder.appendingPathComponent(RunFiles.best)))
            }
        }
        let right = try run(Synthetic.data()), wrong = try run(try AdaptationTests.shuffled())
        #expect(right.0 == wrong.0 && right.1 == wrong.1)
    }

    @Test("Stopped and resumed, a run normalises as before, whatever the corpora have become")
    func resumed() throws {
        let whole = try Synthetic.inFolder { try Synthetic.run(Self.experiment(), in: $0).events.trace }
        try Synthetic.inFolder { folder in
            let first = try Synthetic.run(Self.experiment(), orders: ScriptedOrders([5: [.stop]]), in: folder)
            #expect(first.outcome == .stopped)
            var grown = Synthetic.data()
            // Only looked at, so the steps' own clips are the same.
            grown.targetValidation = try Self.changed(grown.targetValidation) { Self.amplify(&$1) { _ in 30 } }
            let second = try Synthetic.run(Self.experiment(), data: grown, in: folder, resuming: true)
            #expect(first.events.trace + second.events.trace == whole)
        }
    }

    @Test("The stored weights answer as the run did: a feed, one clip that is explained, a clip under noise of no strength")
    func later() throws {
        try Synthetic.inFolder { folder in
            let data = Synthetic.data(), events = try Synthetic.run(Self.experiment(), data: data, in: folder).events
            let best = try #require(events.report?.bestEpoch), model = try TrainedModel(folder.appendingPathComponent(RunFiles.best))
            var during: [String: [Float]] = [:]
            for case .answers(best, let answers) in events {
                for answer in answers where answer.part.domain == .target { during[answer.clip] = answer.probabilities }
            }
            let answers = try model.answers(of: data.targetValidation, domain: .target)
            #expect(answers.count == 16 && answers.allSatisfy { during[$0.item.name] == $0.probabilities })
            var settings = ExplanationSettings()
            settings.occludes = false
            let explainer = ClipExplainer(model, settings)
            let (item, clip) = (answers[3].item, try data.targetValidation.load(3))
            func explained(_ domain: Domain?, _ speaker: String) throws -> [Float] {
                try explainer.explanation(of: clip, name: "", domain: domain, speaker: speaker).probabilities.map { Float($0) }
            }
            func isNear(_ a: [Float], _ b: [Float]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 } }
            #expect(isNear(try explained(.target, item.speaker), answers[3].probabilities))
            // A file: of the target, of nobody in particular; so does `predict` take it.
            #expect(
                try !isNear(explained(nil, ""), answers[3].probabilities) && isNear(explained(nil, ""), model.probabilities(of: [clip])[0]))

            // Another corpus in the target's place is measured, not taken for the target.
            let foreign = try Self.changed(data.targetValidation) { Self.amplify(&$1) { _ in 40 } }
            let before = try model.answers(of: foreign, domain: .target).map(\.probabilities)
            try model.measureSound(of: .target, training: ClipsInMemory(), others: [foreign])
            let measured = try model.answers(of: foreign, domain: .target).map(\.probabilities)
            try model.measureSound(of: .target, training: ClipsInMemory(), others: [data.targetValidation])
            let own = try model.answers(of: data.targetValidation, domain: .target).map(\.probabilities)
            for (a, b) in zip(measured, own) { #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-3 }) }
            #expect(before != measured)
        }
    }

    @Test("Sound that was changed is normalised as the clip's own was; sound in dB never reaches the network")
    func images() throws {
        let data = Synthetic.data(), statistics = try #require(try SoundStatistics(Self.experiment(), data))
        let raw = try data.sourceTraining.load(0)
        var clip = statistics.normalised(raw, .source, speaker: "0")
        let normalised = clip
        clip.replaceImage(raw.mel, firstSoundFrame: raw.firstSoundFrame)
        #expect(clip == normalised && clip.mel != raw.mel)
        let batcher = Batcher(inputs: Self.experiment().inputs, model: Self.experiment().model, preparation: Synthetic.preparation)
        #expect(throws: BatchError.self) { _ = try batcher.assemble([(data.sourceTraining.items[0], .source, raw)]) }
        _ = try batcher.assemble([(data.sourceTraining.items[0], .source, clip)])
    }

    @Test("Damaged statistics are refused, and a file without them is no model of such a run")
    func damaged() throws {
        try Synthetic.inFolder { folder in
            try Synthetic.run(Self.experiment(), in: folder)
            let file = folder.appendingPathComponent(RunFiles.best), whole = try Safetensors(contentsOf: file)
            let statistics = try #require(try SoundStatistics(from: whole, bands: 8))
            #expect(statistics == (try SoundStatistics(Self.experiment(), Synthetic.data())))
            #expect(throws: SoundStatistics.Damaged.self) { _ = try SoundStatistics(from: whole, bands: 9) }
            for text in ["", "[]", "{\"source\":[]}", "{\"target\":[\"0\"]}", "{\"moon\":[]}", "{}"] {
                var broken = whole
                broken.metadata[SoundStatistics.speakersKey] = text
                try broken.write(to: file)
                #expect(throws: TrainedModelError.self, "\(text)") { _ = try TrainedModel(file) }
            }
            var bare = whole
            bare.metadata[SoundStatistics.speakersKey] = nil
            try bare.write(to: file)
            #expect(throws: TrainedModelError.self) { _ = try TrainedModel(file) }
            var broken = whole
            broken[SoundStatistics.prefix + "source"] = .full([6, 2, 8], .nan)
            try broken.write(to: file)
            #expect(throws: TrainedModelError.self) { _ = try TrainedModel(file) }
        }
    }
}
