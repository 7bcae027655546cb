import Foundation

/// RAVDESS (Livingstone & Russo 2018): `MM-VV-EE-II-SS-RR-AA.{mp4,wav}` in folders `Actor_01..24`, nested or not.
/// The same take lies there as sound and picture (01), picture only (02) and sound only (03): it is one clip.
public struct Ravdess: CorpusFormat {
    public static let name = "ravdess"
    public static let example = "01-01-03-02-01-01-12.mp4"

    static let emotions = [
        "01": "neutral", "02": "calm", "03": "happy", "04": "sad", "05": "angry", "06": "fearful", "07": "disgust", "08": "surprised",
    ]
    static let intensities = ["01": "normal", "02": "strong"]
    static let sentences = ["01": "kids", "02": "dogs"]
    static let repetitions: Set<String> = ["01", "02"]

    public init() {}

    public static func recognises(_ walk: FolderWalk) -> Bool {
        walk.files.contains { file in
            let name = FileName(file.name)
            return ["mp4", "wav"].contains(name.fileExtension) && Take(stem: name.stem) != nil
        }
    }

    public func scan(_ folder: URL, corpus: String) throws -> CorpusScan {
        let walk = try FolderWalk(Self.root(folder))
        var takes = TakeTable(rejected: walk.rejected)
        var songs = 0
        for file in walk.files {
            let name = FileName(file.name)
            guard let take = Take(stem: name.stem) else {
                if name.isMedia { takes.reject(file.path, Self.reason(stem: name.stem)) }
                continue
            }
            if take.isSong {
                songs += 1
                continue
            }
            guard file.bytes > 0 else {
                takes.reject(file.path, "the file is empty")
                continue
            }
            switch (take.modality, name.fileExtension) {
            case ("01", "mp4"): takes.add(.both, file, take: take.clipName)
            case ("02", "mp4"): takes.add(.video, file, take: take.clipName)
            // Some mirrors extract the sound of modality 01 to a wav of the same name.
            case ("03", "wav"), ("01", "wav"): takes.add(.audio, file, take: take.clipName)
            default:
                takes.reject(file.path, "a file of type .\(name.fileExtension) does not fit modality \(take.modality) in its name")
            }
        }
        let clips = takes.takes.compactMap { name, files -> Clip? in
            Take(stem: name).map { $0.clip(corpus: corpus, files: files) }
        }
        return try takes.scan(clips, leftOut: songs > 0 ? ["songs": songs] : [:], folder: folder, format: Self.name)
    }

    /// The corpus' folder where one actor's was named.
    static func root(_ folder: URL) -> URL {
        var folder = folder
        while folder.lastPathComponent.wholeMatch(of: /(Video|Audio)?_?(Speech)?_?Actors?_\d\d(-24)?/.ignoresCase()) != nil {
            folder.deleteLastPathComponent()
        }
        return folder
    }

    /// Why a stem is not a name of this layout.
    static func reason(stem: String) -> String {
        let fields = stem.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count == 7 else {
            return "the name is not seven two-digit numbers (modality-channel-emotion-intensity-statement-repetition-actor)"
        }
        let names = ["modality", "channel", "emotion", "intensity", "statement", "repetition", "actor"]
        let ranges = [1...3, 1...2, 1...8, 1...2, 1...2, 1...2, 1...24]
        for (field, (name, range)) in zip(fields, zip(names, ranges)) {
            guard field.count == 2, let value = Int(field), range.contains(value) else {
                return "\(name) \(field) is not in \(twoDigits(range.lowerBound))-\(twoDigits(range.upperBound))"
            }
        }
        return "neutral has no strong intensity"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// The seven fields of a name.
    struct Take {
        var modality, channel, emotion, intensity, sentence, repetition, actor: String

        var isSong: Bool { channel == "02" }
        /// The name as the speech clip with sound and picture has it, whichever copies are there.
        var clipName: String { ["01", channel, emotion, intensity, sentence, repetition, actor].joined(separator: "-") }

        init?(stem: String) {
            let fields = stem.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 7, fields.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }) else {
                return nil
            }
            (modality, channel, emotion, intensity) = (fields[0], fields[1], fields[2], fields[3])
            (sentence, repetition, actor) = (fields[4], fields[5], fields[6])
            guard ["01", "02", "03"].contains(modality), ["01", "02"].contains(channel), Ravdess.emotions[emotion] != nil,
                Ravdess.intensities[intensity] != nil, Ravdess.sentences[sentence] != nil, Ravdess.repetitions.contains(repetition),
                let number = Int(actor), (1...24).contains(number),
                !(emotion == "01" && intensity == "02")
            else { return nil }
        }

        func clip(corpus: String, files: TakeTable.Files) -> Clip {
            Clip(
                name: clipName, corpus: corpus, speaker: actor, emotion: Ravdess.emotions[emotion] ?? emotion,
                intensity: Ravdess.intensities[intensity], sentence: Ravdess.sentences[sentence],
                sex: (Int(actor) ?? 0) % 2 == 1 ? "male" : "female", columns: ["repetition": repetition],
                video: files.both ?? files.video, audio: files.both ?? files.audio)
        }
    }
}
