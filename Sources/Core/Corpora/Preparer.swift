import Features
import Foundation
import Media

/// Makes `PreparedClip`s: decode once, mel image, faces, envelope. Bad clips are findings with a reason; the rest goes on.
public final class Preparer: Sendable {
    public let settings: PreparationSettings
    public let cache: ClipCache?
    private let front: MelFrontEnd
    private let extractor: FaceExtractor

    /// - Throws: `MediaError.invalidRequest` for impossible settings.
    public init(settings: PreparationSettings, detector: (any FaceDetector)? = nil, cache: ClipCache? = nil) throws {
        try settings.check()
        self.settings = settings
        self.cache = cache
        front = try MelFrontEnd(settings.sound)
        extractor = FaceExtractor(settings.faces, size: settings.size, detector: detector)
    }

    /// The clip from the cache, or decoded and put there.
    /// - Throws: what decoding throws; a cache that cannot be written is no error, the clip is made again next time.
    public func prepared(_ clip: Clip) throws -> PreparedClip { try preparedOrCached(clip).clip }

    func preparedOrCached(_ clip: Clip) throws -> (clip: PreparedClip, wasCached: Bool) {
        if let cached = cache?.clip(clip, settings) { return (cached, true) }
        let prepared = try decode(clip)
        try? cache?.store(prepared, of: clip, settings)
        return (prepared, false)
    }

    /// Prepares every clip on all cores, so that they lie in the cache; keeps none in memory.
    /// - Parameters:
    ///   - shouldStop: asked before every clip, from any thread.
    ///   - progress: called after every clip, one call at a time, from any thread.
    public func prepareAll(
        _ clips: [Clip], workers: Int = ProcessInfo.processInfo.activeProcessorCount, shouldStop: @Sendable () -> Bool = { false },
        progress: @Sendable (PreparationProgress) -> Void = { _ in }
    ) -> PreparationReport {
        forEach(clips, workers: workers, shouldStop: shouldStop, progress: progress) { _, _ in }
    }

    /// As `prepareAll`, handing over each clip that could be prepared, from any thread.
    func forEach(
        _ clips: [Clip], workers: Int, shouldStop: @Sendable () -> Bool, progress: @Sendable (PreparationProgress) -> Void,
        _ body: @Sendable (Int, PreparedClip) -> Void
    ) -> PreparationReport {
        let start = ContinuousClock.now
        let tally = Tally(count: clips.count)
        @Sendable func seconds() -> Double {
            let (whole, atto) = (ContinuousClock.now - start).components
            return Double(whole) + Double(atto) * 1e-18
        }
        DispatchQueue.concurrentPerform(iterations: max(1, min(workers, clips.count))) { _ in
            while !shouldStop(), let i = tally.next() {
                let clip = clips[i]
                var wasCached = false
                let finding: ClipFinding
                do {
                    let (prepared, cached) = try preparedOrCached(clip)
                    wasCached = cached
                    finding = ClipFinding(clip.name, prepared)
                    body(i, prepared)
                } catch {
                    finding = ClipFinding(name: clip.name, status: .damaged, reason: "\(error)")
                }
                tally.note(i, finding, wasCached: wasCached, seconds: seconds(), progress)
            }
        }
        return tally.report(seconds: seconds())
    }

    // MARK: One clip

    private func decode(_ clip: Clip) throws -> PreparedClip {
        guard clip.audio != nil || clip.video != nil else {
            throw MediaError.invalidRequest(file: nil, what: "the clip \(clip.name) has neither sound nor picture")
        }
        let sound = try clip.audio.map { try AudioDecoder.waveform(of: URL(fileURLWithPath: $0), rate: settings.sound.mel.rate) }
        let image = try sound.map { try front.image(of: $0) }
        let (mel, width) = (settings.sound.mel.bands, settings.sound.frames)

        var pictures: [UInt8] = []
        var faces: [FaceFinding] = []
        if let video = clip.video {
            for (face, finding) in try extractor.faces(in: VideoDecoder.pictures(of: URL(fileURLWithPath: video), count: settings.frames)) {
                pictures += face.pixels
                faces.append(finding)
            }
        } else {
            pictures = [UInt8](repeating: 0, count: settings.frames * settings.size * settings.size * 3)
        }
        var duration = sound?.duration ?? 0
        if sound == nil, let video = clip.video { duration = try MediaProbe.inspect(URL(fileURLWithPath: video)).duration ?? 0 }
        return PreparedClip(
            mel: image?.spectrogram.values ?? [Float](repeating: 0, count: mel * width), melBands: mel, melFrames: width,
            firstSoundFrame: image?.firstRealFrame ?? 0, soundFrames: image?.realFrames ?? 0, pictures: pictures,
            frames: settings.frames, size: settings.size, faces: faces, duration: duration, hasSpeech: image?.hasSpeech ?? false,
            envelope: Self.envelope(sound?.samples ?? [], slices: PreparationSettings.envelopeSlices), hasAudio: sound != nil,
            hasVideo: clip.video != nil)
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

/// What the workers share: the next clip, and what was found.
private final class Tally: @unchecked Sendable {
    private let lock = NSLock()
    private var started = 0
    private var done = 0
    private var damaged = 0
    private var cached = 0
    private var findings: [ClipFinding?]

    init(count: Int) { findings = Array(repeating: nil, count: count) }

    func next() -> Int? {
        lock.withLock {
            guard started < findings.count else { return nil }
            started += 1
            return started - 1
        }
    }

    func note(_ i: Int, _ finding: ClipFinding, wasCached: Bool, seconds: Double, _ progress: (PreparationProgress) -> Void) {
        lock.withLock {
            findings[i] = finding
            done += 1
            if finding.status == .damaged { damaged += 1 }
            if wasCached { cached += 1 }
            progress(
                PreparationProgress(
                    done: done, total: findings.count, damaged: damaged, rate: seconds > 0 ? Double(done) / seconds : 0))
        }
    }

    func report(seconds: Double) -> PreparationReport {
        PreparationReport(findings: findings.compactMap { $0 }, cached: cached, seconds: seconds, isCancelled: done < findings.count)
    }
}
