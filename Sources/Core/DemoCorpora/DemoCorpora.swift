import Base
import Dispatch
import Corpora
import Foundation
import Media
import Synchronization

/// Makes the two demo corpora: *studio* in the layout of RAVDESS, *crowd* in the layout of CREMA-D, as real media files.
///
/// Same settings, same bytes. A clip is done when its files have their names, so an interrupted run goes on where it stopped.
public struct DemoCorpora: Sendable {
    /// What a run did.
    public struct Report: Sendable, Equatable {
        public var studio: URL
        public var crowd: URL
        /// Clips made now, and clips found whole from an earlier run.
        public var made: Int
        public var kept: Int
        public var seconds: Double
    }

    public let settings: DemoSettings
    private let plan: DemoPlan

    /// Throws `DemoError.badSettings`.
    public init(_ settings: DemoSettings = DemoSettings()) throws(DemoError) {
        try settings.validate()
        self.settings = settings
        plan = DemoPlan(settings)
    }

    /// Number of clips of each corpus.
    public var clips: [DemoCorpus: Int] { Dictionary(grouping: plan.takes, by: \.corpus).mapValues(\.count) }

    /// Makes what is missing under `folder`, on all cores, and returns when all is there.
    ///
    /// `progress` gets (clips done, clips in all) after every clip, from any thread. `isCancelled` is asked between clips; a true ends
    /// the run with `CancellationError`. Throws `DemoError`, `EncodingError`.
    public static func make(
        in folder: URL, settings: DemoSettings = DemoSettings(), progress: @Sendable (Int, Int) -> Void = { _, _ in },
        isCancelled: @Sendable () -> Bool = { false }
    ) throws -> Report {
        try DemoCorpora(settings).make(in: folder, progress: progress, isCancelled: isCancelled)
    }

    /// See `make(in:settings:progress:isCancelled:)`.
    public func make(
        in folder: URL, progress: @Sendable (Int, Int) -> Void = { _, _ in }, isCancelled: @Sendable () -> Bool = { false }
    ) throws -> Report {
        let begin = DispatchTime.now().uptimeNanoseconds
        try DemoManifest(settings).claim(folder)
        let studio = folder.appendingPathComponent("studio")
        let crowd = folder.appendingPathComponent("crowd")
        try writeFolders(studio: studio, crowd: crowd)
        let jobs = plan.takes.map { DemoJob(take: $0, folder: $0.corpus == .studio ? studio : crowd) }
        let missing = jobs.filter { !$0.isDone }
        let kept = jobs.count - missing.count

        progress(kept, jobs.count)
        _ = try parallelMap(missing, progress: { done, _ in progress(kept + done, jobs.count) }) { job in
            if isCancelled() { throw CancellationError() }
            try job.make(actor: plan.actor(of: job.take))
        }
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
        return Report(studio: studio, crowd: crowd, made: missing.count, kept: kept, seconds: seconds)
    }

    /// Folders of both layouts, and the crowd's tables.
    private func writeFolders(studio: URL, crowd: URL) throws {
        let files = FileManager.default
        for actor in plan.actors[.studio] ?? [] {
            try files.createDirectory(
                at: studio.appendingPathComponent(DemoJob.actorFolder(actor.number)), withIntermediateDirectories: true)
        }
        for name in ["VideoFlash", "AudioWAV", "processedResults"] {
            try files.createDirectory(at: crowd.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        let takes = plan.takes.filter { $0.corpus == .crowd }
        let tables = [
            ("VideoDemographics.csv", DemoRatings.demographics(plan.actors[.crowd] ?? [])),
            ("processedResults/summaryTable.csv", DemoRatings.summary(takes)),
            ("processedResults/tabulatedVotes.csv", DemoRatings.tabulated(takes)),
        ]
        for (name, text) in tables {
            try Data(text.utf8).write(to: crowd.appendingPathComponent(name), options: .atomic)
        }
    }
}

/// One clip on its way to disk.
struct DemoJob {
    let take: DemoTake
    let folder: URL

    static func actorFolder(_ number: Int) -> String { "Actor_" + (number < 10 ? "0\(number)" : "\(number)") }

    /// The file with picture and sound; the crowd has one more with the sound alone.
    var video: URL {
        switch take.corpus {
        case .studio: folder.appendingPathComponent("\(Self.actorFolder(take.actor))/\(take.name).mp4")
        case .crowd: folder.appendingPathComponent("VideoFlash/\(take.name).flv")
        }
    }
    var audio: URL? { take.corpus == .crowd ? folder.appendingPathComponent("AudioWAV/\(take.name).wav") : nil }

    var isDone: Bool {
        ([video] + [audio].compactMap { $0 }).allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// Speaks, plays, records and writes the clip. A writer that is given up removes its `.part` file.
    func make(actor: DemoActor) throws {
        let shift = take.shift
        let voice = try DemoVoice(take, actor: actor)
        let sound = DemoMicrophone.record(voice, shift, seed: take.seed, name: take.name)
        let performance = DemoPerformance(take, actor: actor, voice: voice)
        let face = try DemoFace(actor: actor, shift: shift, seed: take.seed, name: take.name)
        let writer = try MediaWriter(
            url: video,
            video: VideoEncoding(
                codec: shift.videoCodec, width: shift.width, height: shift.height, frameRate: shift.frameRate, quality: shift.quality,
                preset: "superfast", allowsSubstitute: true),
            audio: AudioEncoding(
                codec: shift.audioCodec, rate: shift.sampleRate, sourceRate: voice.speech.rate, bitRate: shift.audioBitRate))
        let rate = shift.frameRate.perSecond
        let frames = max(1, Int((voice.duration * rate).rounded(.down)))
        var sent = 0
        for frame in 0..<frames {
            let time = Double(frame) / rate
            try writer.append(face.picture(performance.pose(at: time), frame: frame))
            // Sound goes along with the pictures, so that players need not seek.
            let upTo = min(sound.count, Int(Double(frame + 1) / rate * Double(voice.speech.rate)))
            if upTo > sent {
                try writer.append(Array(sound[sent..<upTo]))
                sent = upTo
            }
        }
        if sent < sound.count { try writer.append(Array(sound[sent...])) }
        try writer.finish()
        if let audio {
            let plain = try MediaWriter(
                url: audio, audio: AudioEncoding(codec: .pcm16, rate: shift.sampleRate, sourceRate: voice.speech.rate))
            try plain.append(sound)
            try plain.finish()
        }
    }
}
