import Foundation
import Records
import Store
import Training

// Weights of earlier runs, as experiments name them: what a run starts from, and who chooses a target subset.

public enum WeightsError: Error, Equatable, CustomStringConvertible {
    case noFile(key: String, name: String, path: String)
    case noRun(key: String, name: String, reason: String)

    public var description: String {
        switch self {
        case .noFile(let key, let name, let path):
            "\(key) = \"\(name)\": there is no file \(path); write run:NUMBER, run:NAME or the path of a weights file"
        case .noRun(let key, let name, let reason): "\(key) = \"\(name)\": \(reason)"
        }
    }
}

extension RunStore {
    /// The best weights that `name` stands for. Of several runs of an experiment, those of the same size and source corpus come first, then the
    /// same seed, then the newest.
    /// - Parameter key: the experiment's key that has the name, for errors.
    /// - Throws: `WeightsError`.
    func weights(named name: String, for key: String, like experiment: Experiment) throws -> NamedModel {
        guard name.hasPrefix("run:") else {
            let file = URL(fileURLWithPath: (name as NSString).expandingTildeInPath).standardizedFileURL
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw WeightsError.noFile(key: key, name: name, path: file.path)
            }
            return NamedModel(weights: file, run: try run(holding: file))
        }
        let wanted = String(name.dropFirst(4))
        let run: RunSummary
        if let id = Int64(wanted) {
            guard let stored = try self.run(id) else { throw WeightsError.noRun(key: key, name: name, reason: "there is no run \(id)") }
            run = stored.summary
        } else {
            run = try newestRun(of: wanted, like: experiment, key: key, name: name)
        }
        let file = runFolder(of: run).appendingPathComponent(RunFiles.best)
        guard FileManager.default.fileExists(atPath: file.path) else { throw WeightsError.noFile(key: key, name: name, path: file.path) }
        return NamedModel(weights: file, run: run)
    }

    private func newestRun(of wanted: String, like experiment: Experiment, key: String, name: String) throws -> RunSummary {
        let finished = try runs().filter { $0.name == wanted && $0.state == .finished }
        let ranked = try finished.map { run in
            let earlier = try self.run(run.id).flatMap { try? Experiment.parse($0.experiment) }
            let isAlike = earlier?.model.preset == experiment.model.preset && earlier?.data.source == experiment.data.source
            return (run, rank: (isAlike ? 2 : 0) + (run.seed == experiment.seed ? 1 : 0))
        }
        guard let best = ranked.max(by: { ($0.rank, $0.0.id) < ($1.rank, $1.0.id) }) else {
            throw WeightsError.noRun(
                key: key, name: name,
                reason:
                    "there is no finished run of that name: train it first (emolab train \(wanted)), name another start with --set \(key)=…, or none with --set \(key)=\"\""
            )
        }
        return best.0
    }

    /// Clips that a run and the runs that it started from were trained on, as `corpus/name`.
    func clipsLearned(by run: Int64) throws -> Set<String> {
        var clips: Set<String> = [], visited: Set<Int64> = [], next: Int64? = run
        while let id = next, visited.insert(id).inserted, let stored = try self.run(id),
            let experiment = try? Experiment.parse(stored.experiment)
        {
            for sample in try samples(run: id) where sample.part.side == .training {
                let isSource = sample.part.domain == .source
                if isSource || experiment.adapts {
                    clips.insert((isSource ? experiment.data.source : experiment.data.target) + "/" + sample.clip)
                }
            }
            let start = experiment.training.start
            next = start.isEmpty ? nil : try? weights(named: start, for: "training.start", like: experiment).run?.id
        }
        return clips
    }
}
