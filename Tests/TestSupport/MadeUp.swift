// Made-up corpora: names of takes, clips, annotations.
import Corpora

public enum MadeUp {
    /// Every speech take of RAVDESS: 24 actors, 60 takes each, as modality 01 in `Actor_XX`.
    public static let ravdess: [String] = (1...24).flatMap { actor in
        takes(actor: actor).map { "Actor_\(twoDigits(actor))/01-01-\($0).mp4" }
    }

    public static func takes(actor: Int) -> [String] {
        var takes: [String] = []
        for emotion in 1...8 {
            for intensity in 1...(emotion == 1 ? 1 : 2) {
                for sentence in 1...2 {
                    for repetition in 1...2 {
                        takes.append([emotion, intensity, sentence, repetition, actor].map(twoDigits).joined(separator: "-"))
                    }
                }
            }
        }
        return takes
    }

    public static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// `speakers` x `each` clips with six emotions in turn.
    public static func clips(speakers: Int, each: Int = 6, corpus: String = "made-up") -> [Clip] {
        let emotions = ["anger", "disgust", "fear", "happy", "neutral", "sad"]
        return (0..<speakers).flatMap { speaker in
            (0..<each).map { i in
                Clip(name: "s\(speaker)-c\(i)", corpus: corpus, speaker: "s\(speaker)", emotion: emotions[i % 6])
            }
        }
    }

    /// The annotation of one film of AFEW-VA: valence and arousal of each frame.
    public static func afewAnnotation(_ labels: [(Double, Double)], actor: String? = "Somebody") -> String {
        let frames = labels.enumerated().map { index, label in
            let number = String(repeating: "0", count: 5 - "\(index)".count) + "\(index)"
            return "\"\(number)\": {\"landmarks\": [[1.5, 2.0], [3, 4]], \"valence\": \(label.0), \"arousal\": \(label.1)}"
        }
        let who = actor.map { "\"actor\": \"\($0)\", " } ?? ""
        return "{\(who)\"video_id\": \"x\", \"frames\": {\(frames.joined(separator: ", "))}}"
    }
}
