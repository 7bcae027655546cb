// A clip with all that a model of middle fusion says of it, made up and the same at every run.
import Foundation
import Records
import Store
import Viz

@testable import TUI

extension Sample {
    static let clipName = "crowd/1043_ITS_FEA_HI"

    static func explanation(frames: Int = 8, steps: Int = 40, rows: Int = 4, held: Bool = true) -> Explanation {
        func softmax(_ values: [Double]) -> [Double] {
            let all = values.map { exp($0) }, total = all.reduce(0, +)
            return all.map { $0 / total }
        }
        func bump(_ x: Double, _ middle: Double, _ width: Double) -> Double { exp(-pow((x - middle) / width, 2)) }
        let borders = (0...steps).map { 0.1 + 2.1 * Double($0) / Double(steps) }
        let attention = (0..<steps).map { bump(Double($0), 0.5 * Double(steps), 0.2 * Double(steps)) + 0.02 },
            total = attention.reduce(0, +)
        var explanation = Explanation(
            clip: "1043_ITS_FEA_HI", corpus: "crowd", domain: .target, labels: labels, probabilities: [0.11, 0.01, 0.44, 0.03, 0.36, 0.05],
            predicted: 2,
            truth: 4, duration: 2.27, crossModal: [], agreements: [], notes: [])
        explanation.sound = Explanation.Sound(borders: borders, attention: attention.map { $0 / total }, attentionFrom: .encoder)
        explanation.sound?.alone = [0.1, 0.02, 0.2, 0.12, 0.51, 0.05]
        let temporal = (0..<frames).map { bump(Double($0), 4, 2) + 0.1 }, sum = temporal.reduce(0, +)
        let patches = (0..<frames).map { frame in
            (0..<rows * rows).map { patch -> Double in
                let down = bump(Double(patch / rows), 1.2, 1), across = bump(Double(patch % rows), 1.5, 1.5)
                return down * across * temporal[frame] / sum
            }
        }
        let faces = (0..<frames).map { frame in
            FaceFinding(
                box: FaceBox(x: 0, y: 0, width: 64, height: 64), score: 0.99,
                landmarks: [],
                origin: frame == 2 ? .fallback : .detected)
        }
        explanation.pictures = Explanation.Pictures(
            seconds: (0..<frames).map { 2.27 * Double($0) / Double(max(1, frames - 1)) }, faces: faces, rows: rows, columns: rows,
            patches: patches,
            frames: temporal.map { $0 / sum }, fromClipToken: 0, temporal: [])
        explanation.pictures?.alone = [0.1, 0.02, 0.58, 0.05, 0.2, 0.05]
        if held {
            explanation.pictures?.held = (0..<frames).map { frame -> [Double] in
                var levels: [Double] = [0, 0.1, 1.4, 0.3, 0.7, 0.5]
                levels[4] += 1.2 * bump(Double(frame), 4, 2)
                return softmax(levels)
            }
        }
        explanation.crossModal = [
            Explanation.CrossModal(
                stage: 2, soundToPictures: [],
                picturesToSound: (0..<frames).map { frame -> [Double] in
                    let middle = Double(steps) * (0.15 + 0.7 * Double(frame) / Double(frames))
                    let row = (0..<steps).map { bump(Double($0), middle, 5) + 0.01 }
                    let total = row.reduce(0, +)
                    return row.map { $0 / total }
                })
        ]
        return explanation
    }

    static func answer(run: Int64 = 42, _ explanation: Explanation? = explanation()) -> ClipView.Answer {
        var answer = ClipView.Answer(run: run, title: "full, seed 123", labels: labels, truth: 4)
        answer.probabilities = explanation?.probabilities ?? []
        answer.explanation = explanation
        if let pictures = explanation?.pictures {
            answer.places = pictures.patches.indices.map { frame in
                frame == 2
                    ? AttentionPlaces(parts: [("upper", 0.5), ("middle", 0.3), ("lower", 0.2)], hasPoints: false)
                    : AttentionPlaces(parts: [("brows", 0.31), ("eyes", 0.38), ("mouth", 0.19)], hasPoints: true)
            }
        }
        return answer
    }

    static func clipView(_ clip: String = clipName, answers: [ClipView.Answer] = [answer()], other: Int64? = nil) -> ClipView {
        var view = ClipView()
        view.request = ClipRequest(clip: clip, run: 42, other: other)
        view.state = .ready
        (view.speaker, view.sex, view.age, view.emotion, view.intensity, view.sentence) = (
            "1043", "female", 31, "fear", "high", "It's eleven o'clock"
        )
        view.ratings = [("fear", 0.71), ("sad", 0.22), ("neutral", 0.07)]
        view.sight = preview(of: clip)
        (view.soundStart, view.soundEnd, view.highest) = (0.1, 2.2, 6000)
        view.answers = answers
        return view
    }

    /// The Clip pane opened on a list of errors.
    static func inspected(_ view: ClipView?, alone: Bool = true, look: Look = Look(colours: .none)) -> Workbench {
        var pane = ClipPane()
        let clips = ["crowd/1019_MTI_FEA_XX", "crowd/1066_IEO_FEA_LO", clipName, "crowd/1082_TSI_FEA_XX"]
        _ = pane.open(ClipTopic(clips: clips, position: 2, list: "errors"), Models())
        var workbench = Workbench(panes: alone ? [pane] : Workbench.allPanes.filter { $0.name != .clip } + [pane], look: look, focus: .clip)
        _ = workbench.receive(Sample.train())
        _ = workbench.receive(matricesView(matrices()))
        var notes = NotesView()
        notes.notes[clipName] = ClipNote(corpus: "crowd", clip: "1043_ITS_FEA_HI", tags: ["ambiguous"], note: "looks away")
        _ = workbench.receive(notes)
        if let view { _ = workbench.receive(view) }
        return workbench
    }
}
