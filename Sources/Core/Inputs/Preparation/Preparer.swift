import Base
import Corpora
import Faces
import Foundation
import Media
import Records
import Synchronization

/// Makes `PreparedClip`s: decode once, spectrogram, faces, envelope. Bad clips are findings with a reason; the rest goes on.
public final class Preparer: Sendable {
    /// How it prepares clips; they lie in the cache under its key.
    public let preparation: EffectivePreparation
    public let cache: ClipCache?
    /// What must be usable of a clip that has it.
    public let needs: ClipNeeds
    private let front: MelFrontEnd
    private let extractor: FaceExtractor
    private let clock = StageClock()

    public var settings: PreparationSettings { preparation.settings }

    /// Prepares clips with centred squares in the place of faces.
    /// - Throws: `MediaError.invalidRequest` for impossible settings, and for those that ask for a detector: `FacePreparation` loads it.
    public convenience init(settings: PreparationSettings, cache: ClipCache? = nil, needs: ClipNeeds = .all) throws {
        guard settings.faces.detector == .centredSquare else {
            throw MediaError.invalidRequest(
                file: nil, what: "faces are to be found by \(settings.faces.detector.rawValue), which is not loaded")
        }
        try self.init(.squares(settings), detector: nil, cache: cache, needs: needs)
    }

    /// - Parameter detector: the one that `preparation` names; `FacePreparation` decides on both.
    init(_ preparation: EffectivePreparation, detector: (any FaceDetector)?, cache: ClipCache?, needs: ClipNeeds) throws {
        let settings = preparation.settings
        try settings.check()
        self.preparation = preparation
        self.cache = cache
        self.needs = needs
        front = try MelFrontEnd(settings.sound)
        extractor = FaceExtractor(settings.faces, size: settings.size, detector: detector)
    }

    /// The clip from the cache, or decoded and put there.
    /// - Parameter sound: whether its waveform is wanted too.
    /// - Parameter threads: how many may work on this one clip; the result does not depend on it.
    /// - Throws: what decoding throws; a cache that cannot be written is no error, the clip is made again next time.
    public func prepared(_ clip: Clip, sound: Bool = false, threads: Int = 1) throws -> PreparedClip {
        let content = cache?.content(of: clip)
        var stored = content.flatMap { cache?.stored($0, clip.corpus, preparation, parts: sound ? .all : [.mel, .pictures, .findings]) }
        // What is needed and was damaged shall be told with its reason: decoding finds it again.
        if let known = stored, !needs.areMet(of: clip, hasAudio: known.hasAudio, hasVideo: known.hasVideo) { stored = nil }
        if stored == nil {
            let (made, faults) = try decode(clip, threads: threads)
            if let content { try? store(made, clip, content) }
            if let fault = faults.sound, needs.contains(.sound) { throw fault }
            if let fault = faults.pictures, needs.contains(.pictures) { throw fault }
            stored = made
        }
        var prepared = stored!.prepared(preparation)  // made just above where it was nil
        if !sound { prepared.sound = nil }
        return prepared
    }

    /// Prepares every clip on all cores, so that they lie in the cache; keeps none in memory.
    /// - Parameters:
    ///   - mustStore: stops where clips cannot be kept on disk, since then all of it would be in vain.
    ///   - shouldStop: asked before every clip, from any thread.
    ///   - progress: called after every clip, from any thread; calls may overlap and come out of turn.
    ///   - unstored: takes each clip that could not be kept on disk, by its index; from any thread.
    public func prepareAll(
        _ clips: [Clip], workers: Int = ProcessInfo.processInfo.activeProcessorCount, mustStore: Bool = false,
        shouldStop: @Sendable () -> Bool = { false }, progress: @Sendable (PreparationProgress) -> Void = { _ in },
        unstored: @Sendable (Int, PreparedClip) -> Void = { _, _ in }
    ) -> PreparationReport {
        let start = ContinuousClock.now
        let tally = Mutex(Tally())
        for corpus in Set(clips.map(\.corpus)) { cache?.touch(corpus, preparation) }
        @Sendable func mustStop() -> Bool { shouldStop() || mustStore && tally.withLock { $0.storeFailure != nil } }
        let findings = parallelMap(Array(clips.enumerated()), workers: workers, shouldStop: mustStop) { i, clip in
            let outcome = prepare(clip)
            if let clip = outcome.unstored { unstored(i, clip) }
            let now = tally.withLock { tally in
                tally.note(outcome)
                return tally
            }
            progress(now.progress(of: clips.count, seconds: start.duration(to: .now).inSeconds))
            return outcome.finding
        }
        let end = tally.withLock(\.self)
        return PreparationReport(
            findings: findings.compactMap { $0 }, cached: end.cached, seconds: start.duration(to: .now).inSeconds,
            isCancelled: end.done < clips.count,
            storeFailure: end.storeFailure, unstored: end.unstored, stages: clock.take())
    }

    /// What came of one clip.
    fileprivate struct Outcome {
        var finding: ClipFinding
        var wasCached = false
        var storeFailure: String?
        var unstored: PreparedClip?
    }

    private func prepare(_ clip: Clip) -> Outcome {
        let (content, entry) = clock.time(.lookUp) {
            let content = cache?.content(of: clip)
            return (content, content.flatMap { cache?.entry($0, clip.corpus, preparation) })
        }
        switch entry {
        case .ready(var finding):
            finding.name = clip.name
            finding.soundFault = finding.soundFault.map(clip.fillingPaths)
            finding.pictureFault = finding.pictureFault.map(clip.fillingPaths)
            return Outcome(finding: finding.judged(for: needs), wasCached: true)
        case .failed(let reason):
            return Outcome(finding: ClipFinding(name: clip.name, status: .damaged, reason: clip.fillingPaths(reason)), wasCached: true)
        case nil: break
        }
        do {
            let made = try decode(clip).clip
            var outcome = Outcome(finding: ClipFinding(clip.name, made).judged(for: needs))
            guard let cache else { return outcome }
            do {
                guard let content else {
                    // Without a name there is no store, or a file has gone since it was decoded.
                    throw cache.whyClosed(clip.corpus)
                        ?? CacheError.failed(path: cache.file(of: clip.corpus).path, reason: "\(clip.name) has no content to name it by")
                }
                try store(made, clip, content)
            } catch {
                outcome.storeFailure = "\(error)"
                if outcome.finding.status == .prepared { outcome.unstored = made.prepared(preparation) }
            }
            return outcome
        } catch {
            if let content, (error as? MediaError)?.liesInTheFile == true {
                cache?.putFailure(clip.leavingOutPaths("\(error)"), content, clip.corpus, preparation)
            }
            return Outcome(finding: ClipFinding(name: clip.name, status: .damaged, reason: "\(error)"))
        }
    }

    private func store(_ made: StoredClip, _ clip: Clip, _ content: String) throws {
        guard let cache else { return }
        let blob = try clock.time(.compress) { try ClipBlob.encode(made) }
        var finding = ClipFinding(clip.name, made)
        finding.soundFault = finding.soundFault.map(clip.leavingOutPaths)
        finding.pictureFault = finding.pictureFault.map(clip.leavingOutPaths)
        try clock.time(.write) { [finding] in
            try cache.put(blob, rawBytes: made.bytes, finding: finding, content, clip.corpus, preparation)
        }
    }

    // MARK: One clip

    /// Sound and pictures, each for itself: what is wrong with one of them costs the other nothing.
    /// - Throws: what is no fault of the files, and what is wrong where nothing of the clip can be used.
    private func decode(_ clip: Clip, threads: Int = 1) throws -> (clip: StoredClip, faults: (sound: MediaError?, pictures: MediaError?)) {
        guard clip.audio != nil || clip.video != nil else {
            throw MediaError.invalidRequest(file: nil, what: "the clip \(clip.name) has neither sound nor picture")
        }
        let warnings = MediaWarnings()
        let heard: Result<Heard?, any Error>, seen: Result<Seen?, any Error>
        if threads > 1, clip.audio != nil, clip.video != nil {
            let elsewhere = Elsewhere { try self.hear(clip, warnings) }
            // Waited for in either case: nothing of a clip goes on behind its caller's back.
            seen = Result { try see(clip, threads: threads, warnings) }
            heard = Result { try elsewhere.get() }
        } else {
            heard = Result { try hear(clip, warnings) }
            seen = Result { try see(clip, threads: threads, warnings) }
        }
        let (soundFault, pictureFault) = (try Self.fault(of: heard), try Self.fault(of: seen))
        if let fault = soundFault ?? pictureFault, clip.audio == nil || soundFault != nil, clip.video == nil || pictureFault != nil {
            throw fault
        }
        var made = assembled(clip, heard: try? heard.get(), seen: try? seen.get())
        (made.soundFault, made.pictureFault) = (soundFault.map { "\($0)" }, pictureFault.map { "\($0)" })
        made.warnings = warnings.all.map { "\($0)" }
        return (made, (soundFault, pictureFault))
    }

    /// What is wrong with the file; throws what is wrong otherwise.
    private static func fault<Part>(of result: Result<Part, any Error>) throws -> MediaError? {
        guard case .failure(let error) = result else { return nil }
        guard let fault = error as? MediaError, fault.liesInTheFile else { throw error }
        return fault
    }

    /// A clip's sound: the frames of its spectrogram that are kept, and what its drawing and changes of it need.
    struct Heard: Sendable {
        var decibels: Spectrogram
        var hasSpeech: Bool
        var envelope: [Float]
        /// Seconds.
        var duration: Double
        var sound: PreparedSound
    }

    /// A clip's faces, `[frames, size, size, 3]`.
    struct Seen: Sendable {
        var pictures: [UInt8]
        var faces: [FaceFinding]
    }

    private func hear(_ clip: Clip, _ warnings: MediaWarnings) throws -> Heard? {
        let waveform = try clock.time(.sound) {
            try clip.audio.map {
                try AudioDecoder.waveform(
                    of: URL(fileURLWithPath: $0), rate: settings.sound.mel.rate, seconds: clip.seconds, warnings: warnings)
            }
        }
        return try waveform.map(hear)
    }

    func hear(_ waveform: Waveform) throws -> Heard {
        try clock.time(.spectrum) {
            let decibels = try front.decibels(waveform)
            let cut = try front.cut(of: waveform, decibels)
            return Heard(
                decibels: decibels.frames(cut.kept), hasSpeech: cut.hasSpeech,
                envelope: Self.envelope(waveform.samples, slices: PreparationSettings.envelopeSlices), duration: waveform.duration,
                sound: PreparedSound(waveform, kept: cut.kept, settings.sound))
        }
    }

    private func see(_ clip: Clip, threads: Int, _ warnings: MediaWarnings) throws -> Seen? {
        guard let source = clip.pictureSource else { return nil }
        guard threads > 1 else {
            let frames = try clock.time(.pictures) { try VideoDecoder.pictures(of: source, count: settings.frames, warnings: warnings) }
            return try clock.time(.faces) { Seen(try extractor.faces(in: frames)) }
        }
        let ahead = FacesAhead(extractor)
        let frames = try clock.time(.pictures) {
            try VideoDecoder.pictures(of: source, count: settings.frames, threads: threads, warnings: warnings) { ahead.look(at: $0) }
        }
        return try clock.time(.faces) { Seen(try ahead.faces(in: frames)) }
    }

    /// Faces of frames that lie in memory, looked for on several threads.
    func see(_ frames: [Picture]) throws -> Seen {
        try clock.time(.faces) {
            let ahead = FacesAhead(extractor)
            for frame in frames { ahead.look(at: frame) }
            return Seen(try ahead.faces(in: frames))
        }
    }

    private func assembled(_ clip: Clip, heard: Heard?, seen: Seen?) -> StoredClip {
        stored(heard, seen, duration: heard?.duration ?? Self.duration(ofPicturesIn: clip))
    }

    func stored(_ heard: Heard?, _ seen: Seen?, duration: Double) -> StoredClip {
        StoredClip(
            decibels: heard?.decibels ?? Spectrogram(values: [], bands: settings.sound.mel.bands, frames: 0),
            pictures: seen?.pictures ?? [UInt8](repeating: 0, count: settings.frames * settings.size * settings.size * 3),
            frames: settings.frames, size: settings.size, faces: seen?.faces ?? [], duration: duration,
            hasSpeech: heard?.hasSpeech ?? false,
            envelope: heard?.envelope ?? Self.envelope([], slices: PreparationSettings.envelopeSlices), hasAudio: heard != nil,
            hasVideo: seen != nil,
            sound: heard?.sound)
    }

    /// Seconds by stage since the last call, of all threads together; threads that work at once add up to more than passes on the clock.
    public func takeStages() -> [PreparationStage: Double] { clock.take() }

    /// Seconds of a clip without sound; 0 for stills, which have no time.
    private static func duration(ofPicturesIn clip: Clip) -> Double {
        guard let video = clip.video, case .film? = clip.pictureSource else { return 0 }
        if let seconds = clip.seconds, seconds.upperBound.isFinite { return seconds.upperBound - seconds.lowerBound }
        let whole = (try? MediaProbe.inspect(URL(fileURLWithPath: video)).duration) ?? 0
        return max(0, whole - (clip.seconds?.lowerBound ?? 0))
    }

    /// Pairs of minimum and maximum over equal slices, `[slices * 2]`; zeros where there is no sound.
    static func envelope(_ samples: [Float], slices: Int) -> [Float] {
        var envelope = [Float](repeating: 0, count: slices * 2)
        guard !samples.isEmpty else { return envelope }
        for slice in 0..<slices {
            let first = slice * samples.count / slices
            let end = max(first + 1, (slice + 1) * samples.count / slices)
            var (low, high) = (samples[first], samples[first])
            for i in first..<end {
                low = min(low, samples[i])
                high = max(high, samples[i])
            }
            envelope[2 * slice] = low
            envelope[2 * slice + 1] = high
        }
        return envelope
    }
}

/// Counts of the clips that are done.
private struct Tally: Sendable {
    var done = 0
    var damaged = 0
    var cached = 0
    var unstored = 0
    var storeFailure: String?

    mutating func note(_ outcome: Preparer.Outcome) {
        done += 1
        if outcome.finding.status == .damaged { damaged += 1 }
        if outcome.wasCached { cached += 1 }
        guard let failure = outcome.storeFailure else { return }
        unstored += 1
        storeFailure = storeFailure ?? failure
    }

    /// Clips from the cache do not count in the rate, unless there are no others.
    func progress(of total: Int, seconds: Double) -> PreparationProgress {
        let counted = done > cached ? done - cached : done
        return PreparationProgress(done: done, total: total, damaged: damaged, rate: seconds > 0 ? Double(counted) / seconds : 0)
    }
}

extension Preparer.Seen {
    init(_ faces: [(picture: Picture, finding: FaceFinding)]) {
        self.init(pictures: faces.flatMap { $0.picture.pixels }, faces: faces.map(\.finding))
    }
}

/// Something that is made on another thread, to be waited for.
private final class Elsewhere<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let done = DispatchGroup()

    init(_ make: @escaping @Sendable () throws -> Value) {
        DispatchQueue.global(qos: .userInitiated).async(group: done) { [self] in
            let made = Result { try make() }
            result.withLock { $0 = made }
        }
    }

    func get() throws -> Value {
        done.wait()
        return try result.withLock(\.self)!.get()  // set by the block that was waited for
    }
}

/// Adds up what each stage takes, over all workers.
private final class StageClock: Sendable {
    private let sums = Mutex<[PreparationStage: Double]>([:])

    func time<Value>(_ stage: PreparationStage, _ body: () throws -> Value) rethrows -> Value {
        let start = ContinuousClock.now
        defer {
            let seconds = start.duration(to: .now).inSeconds
            sums.withLock { $0[stage, default: 0] += seconds }
        }
        return try body()
    }

    func take() -> [PreparationStage: Double] {
        sums.withLock { sums in
            defer { sums = [:] }
            return sums
        }
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Clip {
    /// A reason is kept by content, so where the file lay does not belong in it.
    fileprivate func leavingOutPaths(_ reason: String) -> String {
        var reason = reason
        if let video { reason = reason.replacingOccurrences(of: video, with: "\u{1}video\u{1}") }
        if let audio { reason = reason.replacingOccurrences(of: audio, with: "\u{1}audio\u{1}") }
        return reason
    }

    fileprivate func fillingPaths(_ reason: String) -> String {
        reason.replacingOccurrences(of: "\u{1}video\u{1}", with: video ?? "").replacingOccurrences(of: "\u{1}audio\u{1}", with: audio ?? "")
    }
}
