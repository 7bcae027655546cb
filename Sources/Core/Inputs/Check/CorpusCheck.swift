import Base
import Corpora
import Foundation
import Media

/// What is wrong with corpora before anything is trained on them: files, duplicates, leaks between sides, balance, labels.
public struct CorpusCheck: Sendable {
    public enum Depth: Sendable {
        /// Containers are read, nothing is decoded, no duplicates are looked for.
        case quick
        /// Sound and a few frames are decoded, for duplicates.
        case normal
        /// Every frame and sample is decoded.
        case deep
    }

    public struct Corpus: Sendable {
        public var name: String
        public var clips: [Clip]
        /// The split that is to be looked at, where there is one.
        public var split: Split?
        /// Rows and files that the scan could not use.
        public var rejected: [RejectedFile]

        public init(name: String, clips: [Clip], split: Split? = nil, rejected: [RejectedFile] = []) {
            self.rejected = rejected
            self.name = name
            self.clips = clips
            self.split = split
        }
    }

    public var depth: Depth
    public var labels: LabelSpace?
    /// The space as the user named it; nil for its own name.
    public var labelsName: String?
    public var workers: Int

    public init(
        depth: Depth = .normal, labels: LabelSpace? = nil, named labelsName: String? = nil,
        workers: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        self.depth = depth
        self.labels = labels
        self.labelsName = labelsName
        self.workers = workers
    }

    /// Checks corpora on all cores.
    /// - Parameters:
    ///   - shouldStop: asked before every clip, from any thread; the report then says that it is not complete.
    ///   - progress: clips done and in all, from any thread.
    /// - Throws: what making the fingerprints' transform throws.
    public func run(
        _ corpora: [Corpus], shouldStop: @escaping @Sendable () -> Bool = { false },
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws -> CorpusCheckReport {
        let clips = corpora.flatMap { corpus in corpus.clips.map { (corpus: corpus.name, clip: $0) } }
        let spectrum = try SoundFingerprint.spectrum()
        let looks = parallelMap(clips, workers: workers, shouldStop: shouldStop, progress: progress) { clip in
            look(at: clip.clip, id: clip.corpus + "/" + clip.clip.name, spectrum)
        }
        var report = CorpusCheckReport(isComplete: !looks.contains { $0 == nil })
        var pairs = DuplicateSearch.pairs(clips.indices.compactMap { looks[$0]?.entry }, workers: workers, shouldStop: shouldStop)
        report.isComplete = report.isComplete && !shouldStop()

        var sides: [String: String] = [:]
        for corpus in corpora {
            let chosen = corpus.split?.sides
            for clip in corpus.clips {
                sides[corpus.name + "/" + clip.name] = chosen.map { $0[clip.name]?.rawValue ?? "none" } ?? clip.part
            }
        }
        for i in pairs.indices {
            if let a = sides[pairs[i].first], let b = sides[pairs[i].second] { pairs[i].crossesSides = a != b }
        }
        report.duplicates = pairs
        var start = 0
        for corpus in corpora {
            let problems = (start..<start + corpus.clips.count).compactMap { looks[$0]?.problem }
            let own = (start..<start + corpus.clips.count).compactMap { looks[$0] }
            let lengths = zip(corpus.clips, own).compactMap { clip, look in look.seconds.map { (clip.name, $0) } }
            let remarks = own.flatMap(\.remarks) + (own.count == corpus.clips.count ? ContentCheck.oddLengths(lengths) : [])
            report.corpora.append(CorpusFinding(corpus, problems: problems, remarks: remarks, labels: labels, named: labelsName))
            start += corpus.clips.count
        }
        return report
    }

    private struct Look: Sendable {
        var problem: ClipProblem?
        var entry: DuplicateSearch.Entry?
        var remarks: [CheckRemark] = []
        /// Length of the clip, seconds; nil where it has none or cannot be used.
        var seconds: Double?
    }

    private func look(at clip: Clip, id: String, _ spectrum: ShortTimeSpectrum) -> Look {
        let warnings = MediaWarnings()
        if let problem = MediaCheck.problem(of: clip, depth: depth == .deep ? .decode : .probe, warnings: warnings) {
            return Look(problem: problem)
        }
        var look = Look(seconds: MediaCheck.seconds(of: clip))
        func remark(_ kind: CheckRemark.Kind, _ words: String) {
            look.remarks.append(CheckRemark(clip: clip.name, kind: kind, remark: words))
        }
        if depth != .quick {
            do {
                let sound = try SoundFingerprint.sound(of: clip, warnings: warnings),
                    pictures = try PictureFingerprint.pictures(of: clip, warnings: warnings)
                look.entry = DuplicateSearch.Entry(
                    id: id, sound: try sound.flatMap { try SoundFingerprint($0, spectrum: spectrum) }, picture: PictureFingerprint(pictures)
                )
                // Channels that cancel are told of below; neither of them is silent.
                if let sound, !warnings.all.contains(.channelsCancel), ContentCheck.isSilent(sound), isSilentBeyond(sound, clip) {
                    remark(.silent, "its sound is silent: all of its samples are alike")
                }
                if ContentCheck.areOfOneColour(pictures) { remark(.oneColour, "its pictures are of one colour") }
            } catch {
                return Look(problem: ClipProblem(clip: clip.name, kind: .damaged, reason: "\(error)"))
            }
        }
        for warning in warnings.all { remark(.file, "\(warning)") }
        return look
    }

    /// Whether what follows the first minute is silent too; what cannot be decoded has its own words.
    private func isSilentBeyond(_ firstMinute: Waveform, _ clip: Clip) -> Bool {
        guard firstMinute.duration >= SoundFingerprint.maximumSeconds - 1 else { return true }
        return (try? SoundFingerprint.sound(of: clip, afterFirstMinute: true)).flatMap(\.self).map(ContentCheck.isSilent) ?? true
    }
}
