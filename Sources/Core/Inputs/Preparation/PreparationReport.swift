import Corpora
import Foundation
import Records

extension ClipFinding {
    init(_ name: String, _ clip: StoredClip) {
        self.init(
            name: name, status: .prepared, duration: clip.duration, hasSpeech: clip.hasAudio ? clip.hasSpeech : nil,
            frames: clip.hasVideo ? clip.frames : nil, faces: clip.hasVideo ? clip.faces.count { !$0.isFallback } : nil)
        (soundFault, pictureFault) = (clip.soundFault, clip.pictureFault)
        warnings = clip.warnings.isEmpty ? nil : clip.warnings
    }

    /// The same for a model that needs these parts of a clip: damaged where one of them cannot be used.
    func judged(for needs: ClipNeeds) -> ClipFinding {
        let faults = [needs.contains(.sound) ? soundFault : nil, needs.contains(.pictures) ? pictureFault : nil].compactMap(\.self)
        guard status == .prepared, !faults.isEmpty else { return self }
        return ClipFinding(name: name, status: .damaged, reason: faults.joined(separator: "; "))
    }
}

/// What a model asks of a clip. A part that it does not ask for may be damaged.
public struct ClipNeeds: OptionSet, Sendable {
    public let rawValue: Int
    public static let sound = ClipNeeds(rawValue: 1)
    public static let pictures = ClipNeeds(rawValue: 2)
    public static let all: ClipNeeds = [.sound, .pictures]

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Whether what is needed of a clip is there, as far as the clip has files for it.
    func areMet(of clip: Clip, hasAudio: Bool, hasVideo: Bool) -> Bool {
        (!contains(.sound) || clip.audio == nil || hasAudio) && (!contains(.pictures) || clip.video == nil || hasVideo)
    }
}

/// What a person should know of a clip that is used.
public struct ClipRemark: Sendable, Codable, Equatable {
    public var clip: String
    public var remark: String
}

/// What came of preparing a corpus.
public struct PreparationReport: Sendable, Codable, Equatable {
    /// One a clip, in the order of the clips; fewer where it was cancelled.
    public var findings: [ClipFinding]
    /// Clips that were in the cache already.
    public var cached: Int
    public var seconds: Double
    public var isCancelled: Bool
    /// Why clips could not be kept on disk, where that was so, and how many.
    public var storeFailure: String?
    public var unstored: Int
    /// Seconds of all workers together, by stage.
    public var stages: [PreparationStage: Double]

    public init(
        findings: [ClipFinding], cached: Int, seconds: Double, isCancelled: Bool, storeFailure: String? = nil, unstored: Int = 0,
        stages: [PreparationStage: Double] = [:]
    ) {
        self.findings = findings
        self.cached = cached
        self.seconds = seconds
        self.isCancelled = isCancelled
        self.storeFailure = storeFailure
        self.unstored = unstored
        self.stages = stages
    }

    public var prepared: Int { findings.count { $0.status == .prepared } }
    public var damaged: [ClipFinding] { findings.filter { $0.status == .damaged } }
    public var withoutSpeech: Int { speechless.count }
    /// Names of the clips in whose sound no speech was found.
    public var speechless: [String] { findings.filter { $0.hasSpeech == false }.map(\.name) }
    /// Clips that are used and of which there is something to know, with what.
    public var remarks: [ClipRemark] {
        findings.filter { $0.status == .prepared }.flatMap { one in one.remarks.map { ClipRemark(clip: one.name, remark: $0) } }
    }
    /// Clips with pictures and no face in any of them.
    public var withoutFace: Int { findings.count { $0.faces == 0 } }
    public var withoutSound: Int { findings.count { $0.status == .prepared && $0.hasSpeech == nil } }
    public var withoutPicture: Int { findings.count { $0.status == .prepared && $0.frames == nil } }
}

/// Where preparing spends its time.
public enum PreparationStage: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
    /// Naming the content of the files, and looking it up.
    case lookUp = "look_up"
    /// Decoding pictures.
    case pictures
    /// Finding and cutting faces.
    case faces
    /// Decoding and resampling sound.
    case sound
    /// Spectrogram, voice activity, envelope.
    case spectrum
    case compress
    case write
}

/// Where preparation stands, for a progress line.
public struct PreparationProgress: Sendable, Equatable {
    public var done: Int
    public var total: Int
    public var damaged: Int
    /// Clips a second since the start: of those that had to be made, where there are any.
    public var rate: Double

    /// Seconds to go at this rate, or nil before the first clip.
    public var secondsLeft: Double? { rate > 0 ? Double(total - done) / rate : nil }
}
