import Foundation
import Testing
import Viz

@testable import TUI

@Suite struct RandomDriverTests {
    @Test(
        "A hundred thousand random keys, clicks, models and sizes from 1x1 to 400x120 crash nothing, every grid is whole, and q still leaves",
        arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    func anything(seed: UInt64) {
        var dice = Dice(seed)
        let letters = Array("123456789cCjkguGoOhlcrR/psqe+-=lx[]?tasvfbBHLDdwa% \u{1B}é漢:>\"!()||__XXzTmy:<>nN")
        let named: [Key] = [
            .enter, .escape, .tab, .backTab, .backspace, .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .function(1),
            .control("l"),
            .control("u"), .control("p"), .delete,
        ]
        let trains = [
            TrainView(), Sample.train(upTo: 0, state: .waiting), Sample.train(upTo: 30), Sample.train(upTo: 3000),
            Sample.train(state: .failed("x\u{1B}[2J")),
        ]
        let adapting = [Sample.adapting(.watch), Sample.adapting(.none), Sample.adapting(.coral)]
        let runs = [RunsView(), Sample.runs(), Sample.manyRuns(60)]
        let corpora = [CorporaView(), Sample.corpora(clips: 0), Sample.corpora(clips: 1), Sample.corpora(clips: 60)]
        var foreign = Sample.parameters()
        foreign.experiment = nil
        let parameters = [ParametersView(), Sample.parameters(), Sample.parameters(.stopped), foreign], logs = [LogView(), Sample.log()]
        var version = 10
        let examined: [any PaneModel] = [
            MatricesView(), Sample.matricesView(nil), Sample.matricesView(Sample.matrices(epochs: 0)),
            Sample.matricesView(Sample.matrices(), other: Sample.matrices(run: 37)),
            Sample.matricesView(Sample.matrices(run: 9, hasTarget: false)), MarkedRuns(runs: [42, 37]), MarkedRuns(), NotesView(),
            StoreFailure(text: "gone"), StoreFailure(),
        ]
        let answers = [AnswersView(), Sample.answers(), Sample.answers(Sample.matrices(run: 9, epochs: 2, hasTarget: false))]
        var settings = WorkbenchSettings()
        settings.isAccessible = seed == 10
        var workbench = Workbench(look: Look(colours: ColourDepth.allCases[dice.below(4)]), localRun: 42, settings: settings)
        var (width, height) = (80, 24)
        var (keys, turn, places) = (0, 0, Set<Int>())
        while keys < 10_000 {
            turn += 1
            var effects: [Effect] = []
            switch dice.below(40) {
            case 0: _ = workbench.receive(dice.below(3) == 0 ? adapting[dice.below(adapting.count)] : trains[dice.below(trains.count)])
            case 1:
                var view = corpora[dice.below(corpora.count)]
                version += 1
                view.version = version
                effects = workbench.receive(view)
            case 5:
                var view = runs[dice.below(runs.count)]
                version += 1
                view.version = version
                _ = workbench.receive(view)
                _ = workbench.receive(dice.below(2) == 0 ? ComparedRuns() : Sample.compared([37, 33, 42], epochs: 1 + dice.below(3)))
                _ = workbench.receive(dice.below(2) == 0 ? SeedGroups() : Sample.seedGroups)
            case 2: (width, height) = (1 + dice.below(100), 1 + dice.below(40))
            case 3 where turn % 10 == 0: (width, height) = (1 + dice.below(400), 1 + dice.below(120))
            case 7: _ = workbench.receive(parameters[dice.below(parameters.count)])
            case 6:
                var view = logs[dice.below(logs.count)]
                version += 1
                view.version = version
                _ = workbench.receive(view)
            case 8: effects = workbench.receive(examined[dice.below(examined.count)])
            case 9:
                var view = answers[dice.below(answers.count)]
                version += 1
                view.version = version
                effects = workbench.receive(view)
            case 10: effects = workbench.tick()
            case 4: workbench.look = Look(colours: ColourDepth.allCases[dice.below(4)], glyphs: GlyphLadder.allCases[dice.below(3)])
            case 11: effects = workbench.handle(.click(x: dice.below(width + 2) - 1, y: dice.below(height + 2) - 1))
            case 12: effects = workbench.handle(.wheel(x: dice.below(width), y: dice.below(height), rows: dice.below(2) == 0 ? 3 : -3))
            default:
                effects = workbench.handle(
                    dice.below(3) == 0 ? named[dice.below(named.count)] : .character(letters[dice.below(letters.count)]))
                keys += 1
            }
            if let request = effects.shown(PreviewRequest.self), dice.below(2) == 0 {
                _ = workbench.receive(Sample.smallPreview(of: request.clip))
            }
            if let request = effects.shown(ClipRequest.self), dice.below(2) == 0 {
                var view = Sample.clipView(
                    request.clip,
                    answers: dice.below(3) == 0
                        ? [] : [Sample.answer(dice.below(3) == 0 ? nil : Sample.explanation(frames: 1 + dice.below(12)))])
                view.request = request
                if dice.below(3) == 0 { view.sight = Sample.smallPreview(of: request.clip) }
                _ = workbench.receive(view)
            }
            guard dice.below(8) == 0 else { continue }
            let grid = workbench.draw(width: width, height: height)
            places.insert(workbench.layout.places(in: workbench.body).count)
            guard grid.lines.contains(where: { !$0.isEmpty }) else {
                Issue.record("nothing on the screen at \(width)x\(height), turn \(turn)")
                return
            }
            for at in grid.cells.indices where grid.cells[at].glyph == nil {
                // Half a wide glyph has its other half to the left, in the same row.
                let isRightHalf = at % width > 0 && (grid.cells[at - 1].glyph.map { CellText.width(of: $0) == 2 } ?? false)
                if !isRightHalf {
                    Issue.record("half a glyph at \(at % width), \(at / width) of \(width)x\(height), turn \(turn)")
                    return
                }
            }
            if turn % 100 == 0 { _ = workbench.drawPane(width: width, height: height) }
        }
        #expect(places.count > 1, "splits were drawn")
        // Nothing is stuck: out of whatever is open, and out of the program.
        for _ in 0..<4 { _ = workbench.handle(.escape) }
        var leaves = false
        for key in [Key.character("q"), .character("s")] {
            for case .quit in workbench.handle(key) { leaves = true }
        }
        #expect(leaves)
    }

    @Test("Every size from 1x1 to 130x40 draws with help, a question, a filter, the palette, the themes open, and with splits")
    func everySize() {
        for overlay in [
            Key.character("?"), .character("e"), .character("/"), .character(":"), .character("T"), .character("|"), .character("_"),
        ] {
            for pane in PaneName.allCases {
                var workbench = Sample.workbench(pane, train: Sample.train(upTo: 600), corpora: Sample.corpora(clips: 20))
                let models: [any PaneModel] = [
                    Sample.runs(), Sample.compared(), Sample.parameters(), Sample.log(), Sample.matricesView(Sample.matrices()),
                    Sample.answers(),
                ]
                for model in models { _ = workbench.receive(model) }
                if let clip = (workbench.pane as? ClipPane)?.clip { _ = workbench.receive(Sample.clipView(clip)) }
                _ = workbench.handle(overlay)
                for width in stride(from: 1, through: 130, by: 7) {
                    for height in stride(from: 1, through: 40, by: 3) {
                        #expect(workbench.draw(width: width, height: height).lines.contains { !$0.isEmpty }, "\(width)x\(height)")
                    }
                }
            }
        }
    }
}

extension Sample {
    static func smallPreview(of clip: String) -> PreviewView {
        var view = PreviewView()
        view.clip = clip
        view.state = .ready
        (view.frames, view.size) = (3, 4)
        view.pictures = [UInt8](repeating: 90, count: 3 * 4 * 4 * 3)
        view.envelope = [-0.5, 0.5, -0.1, 0.1]
        (view.melBands, view.melFrames, view.mel) = (2, 2, [0, 1, 2, 3])
        return view
    }
}
