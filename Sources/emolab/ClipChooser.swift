// Which clips a command's words mean: of the run's corpora, files, or those that a run was most wrong about.
import Analysis
import Base
import Corpora
import Foundation
import Records
import Runs
import Store
import Training

struct ChosenClip {
    var clip: Clip
    /// Where it is a clip of the run's corpora.
    var domain: Domain?
    /// Index into the run's labels, where the clip's own label is among them.
    var truth: Int?
}

struct ClipChooser {
    let model: TrainedModel
    let run: Int64?
    let store: () throws -> RunStore

    private var corpora: [(domain: Domain, name: String)] {
        let data = model.experiment.data
        return [(Domain.source, data.source)] + (data.target.isEmpty ? [] : [(.target, data.target)])
    }

    /// The clip of that name, also as `corpus/name`, in the corpora of the run; else the file.
    /// - Throws: `CommandFailure` with the nearest name where there is neither.
    func clip(_ word: String, in domain: Domain?) throws -> ChosenClip {
        let places = corpora.filter { domain == nil || $0.domain == domain }
        let known = try? store()
        for place in places {
            let name = word.hasPrefix(place.name + "/") ? String(word.dropFirst(place.name.count + 1)) : word
            if let clip = try? known?.clip(corpus: place.name, name: name) { return try chosen(clip, place.domain) }
        }
        let path = (word as NSString).expandingTildeInPath
        if domain == nil, FileManager.default.fileExists(atPath: path) {
            let url = URL(fileURLWithPath: path)
            return ChosenClip(
                clip: Clip(
                    name: url.lastPathComponent, corpus: "", speaker: "", emotion: "", video: model.sees ? url.path : nil,
                    audio: model.hears ? url.path : nil), domain: nil, truth: nil)
        }
        let names = places.flatMap { place in ((try? known?.clips(corpus: place.name)) ?? []).map(\.name) }
        let nearest = nearestName(to: word, among: names).map { "; did you mean \($0.printable)?" } ?? ""
        throw CommandFailure(
            "there is no clip or file \(word.printable) (corpora: \(places.map(\.name.printable).joined(separator: ", ")))" + nearest)
    }

    /// The validation clips whose wrong prediction was the most probable, of the best epoch.
    /// - Throws: `CommandFailure` where the run has no predictions, or was never wrong.
    func mostWrong(_ count: Int, in asked: Domain?) throws -> [ChosenClip] {
        guard let run else { throw CommandFailure("--wrong needs a run of the store: its validation clips are known there", code: 2) }
        let store = try store()
        guard let set = try store.bestAnswers(run: run), let head = try store.run(run)?.plan?.task.main else {
            throw CommandFailure("run \(run) has no predictions yet")
        }
        let domain = asked ?? (set.answers.contains { $0.sample.part.domain == .target } ? .target : .source)
        let answers = set.answers.filter { $0.sample.part.domain == domain }, wrong = answers.filter { $0.isRight(head) == false }
        guard answers.contains(where: { $0.label(for: head) != nil }) else {
            throw CommandFailure(
                "no \(domain.rawValue) clip of run \(run) has a label: nobody knows which answers are wrong. Name the clips instead")
        }
        guard !wrong.isEmpty else {
            throw CommandFailure("run \(run) was not wrong about any \(domain.rawValue) clip in epoch \(set.epoch)")
        }
        func confidence(_ answer: SampleAnswer) -> Float { answer.outputs[head.name]?.max() ?? 0 }
        let order = wrong.sorted { confidence($0) != confidence($1) ? confidence($0) > confidence($1) : $0.sample.clip < $1.sample.clip }
        guard let corpus = corpora.first(where: { $0.domain == domain })?.name else {
            throw CommandFailure("run \(run) has no \(domain.rawValue) corpus")
        }
        return try order.prefix(count).map { answer in
            guard let clip = try store.clip(corpus: corpus, name: answer.sample.clip) else {
                throw CommandFailure("\(corpus.printable) has no clip \(answer.sample.clip.printable) any more")
            }
            return try chosen(clip, domain)
        }
    }

    private func chosen(_ clip: Clip, _ domain: Domain) throws -> ChosenClip {
        // A label space of a file that is gone leaves the truth unknown.
        let space = try? LabelSpace.named(model.experiment.data.labels)
        return ChosenClip(clip: clip, domain: domain, truth: space?.index(of: clip.emotion))
    }
}
