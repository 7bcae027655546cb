import Corpora
import Foundation
import Media

/// One picture of what the demo corpora look like: a row an emotion, a column an actor, each at the height of the expression.
public enum DemoContactSheet {
    /// Draws `actors` people of each corpus (studio left, crowd right) and writes a PNG. Every face shows its row's emotion at the
    /// strongest level of its corpus, unmuted and unblended, in the corpus' light; `height` is the lines of a picture. Throws `DemoError`.
    public static func write(to url: URL, settings: DemoSettings = DemoSettings(), actors: Int = 5, height: Int = 144) throws {
        var settings = settings
        settings.size = height
        try settings.validate()
        let plan = DemoPlan(settings)
        let gap = 4
        let side = height
        let perCorpus = max(1, min(actors, settings.studioActors, settings.crowdActors))
        let rows = DemoEmotion.allCases
        let sheet = try DemoCanvas(
            width: gap * 2 + (side + gap) * perCorpus * 2 + gap * 3, height: gap + (side + gap) * rows.count)
        for (row, emotion) in rows.enumerated() {
            for (half, corpus) in DemoCorpus.allCases.enumerated() {
                // Crowd actors play six emotions.
                if corpus == .crowd && !DemoEmotion.crowd.contains(emotion) { continue }
                for column in 0..<perCorpus {
                    let actor = plan.actors[corpus]![column]
                    let level: DemoLevel = corpus == .studio ? (emotion == .neutral ? .normal : .strong) : .high
                    let sentence = corpus == .studio ? DemoSentence.studio[0] : DemoSentence.crowd[0]
                    let take =
                        corpus == .studio
                        ? DemoTake(
                            studio: actor.number, emotion: emotion, level: level, sentence: sentence, repetition: 1, seed: settings.seed,
                            height: height)
                        : DemoTake(
                            crowd: actor.number, emotion: emotion, level: emotion == .neutral ? .unspecified : level, sentence: sentence,
                            seed: settings.seed, height: height)
                    let picture = try apex(of: take.shownClearly(), actor: actor)
                    let cropped = middle(of: picture, side: min(side, picture.height))
                    sheet.draw(cropped, x: gap + (side + gap) * (half * perCorpus + column) + half * gap * 3, y: gap + (side + gap) * row)
                }
            }
        }
        try sheet.writePNG(to: url.path)
    }

    private static func apex(of take: DemoTake, actor: DemoActor) throws -> Picture {
        let voice = try DemoVoice(take, actor: actor)
        let performance = DemoPerformance(take, actor: actor, voice: voice)
        let face = try DemoFace(actor: actor, shift: take.shift, seed: take.seed, name: take.name)
        return face.picture(performance.pose(at: performance.apex), frame: 0)
    }

    private static func middle(of picture: Picture, side: Int) -> Picture {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(side * side * 3)
        let left = (picture.width - side) / 2
        let top = (picture.height - side) / 2
        for y in 0..<side {
            let start = ((top + y) * picture.width + left) * 3
            pixels.append(contentsOf: picture.pixels[start..<(start + side * 3)])
        }
        return Picture(width: side, height: side, pixels: pixels)
    }
}
