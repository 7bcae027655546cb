import ArgumentParser
import Foundation
import TUI
import Training
import Viz

struct AlphaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alpha", abstract: "Draw an experiment's planned alpha and learning rate before it runs.",
        discussion: """
            EXPERIMENT is a TOML file or a built-in name; without one, the published system's defaults. --compare draws other schedules over the
            same run, each with its usual maximum where the experiment names none; --log shows curves of different size at once.
            With --json, one object: epochs, the schedules with their settings, and 201 values of each from the first step to the last.

            \(examples("emolab alpha demo", "emolab alpha demo --compare all --log --output alpha.svg"))
            """)

    @Argument(help: "A TOML file, or the name of a built-in experiment.")
    var experiment: String?
    @Option(name: .customLong("set"), help: ArgumentHelp("Override a key; may be repeated.", valueName: "section.key=value"))
    var overrides: [String] = []
    @Option(help: ArgumentHelp("Schedules to draw beside the experiment's own, or all of them: all.", valueName: "dann,linear,…"))
    var compare: String?
    @Flag(help: "A logarithmic axis for alpha; values of 0 are left out.")
    var log = false
    @OptionGroup var frame: FrameOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { _ = try comparedNames() }

    func run() throws {
        let names = try comparedNames()
        let own = try read([])
        var plans = [own]
        for name in names where name != own.adaptation.alpha.kind.rawValue { plans.append(try read(["adaptation.alpha.schedule=\(name)"])) }
        // The experiment's own first, even where its method has no use for it: then it is a line at 0.
        if !output.json || frame.output != nil {
            try frame.show { width, height, look in SchedulePlot(plans: plans, isLogarithmic: log).grid(width, height, look) }
        }
        if output.json { try printJSON(Planned(plans)) }
    }

    private func comparedNames() throws -> [String] {
        let all = AlphaSchedule.Kind.allCases.map(\.rawValue)
        guard let compare else { return [] }
        if compare == "all" { return all.filter { $0 != AlphaSchedule.Kind.off.rawValue } }
        let names = compare.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        for name in names where !all.contains(name) {
            throw ValidationError("there is no alpha schedule '\(name.printable)'; there are \(all.joined(separator: ", "))")
        }
        return names
    }

    private func read(_ more: [String]) throws -> Experiment {
        if let experiment { return try BuiltInExperiments.read(experiment, overrides: overrides + more) }
        do {
            return try Experiment.parse("", overrides: overrides + more)
        } catch {
            throw CommandFailure("\(error)", code: 2)
        }
    }

    /// What `--json` prints.
    private struct Planned: Encodable {
        struct Schedule: Encodable {
            var schedule: AlphaSchedule.Kind
            var maximum, hold, floor, gamma: Double
            var values: [Double]
        }

        var name: String
        var method: AdaptationSettings.Method
        var lambda: Double
        var epochs: Int
        var progress: [Double]
        var alpha: [Schedule]
        var learningRate: [Double]

        init(_ plans: [Experiment]) {
            let own = plans[0], points = SchedulePlot.points
            name = own.name
            method = own.adaptation.method
            lambda = own.adaptation.weight
            epochs = own.training.epochs
            progress = (0..<points).map { Double($0) / Double(points - 1) }
            alpha = plans.map { plan in
                let settings = plan.alpha
                return Schedule(
                    schedule: settings.kind, maximum: settings.maximum, hold: settings.hold, floor: settings.floor, gamma: settings.gamma,
                    values: settings.sampled(points))
            }
            learningRate = SchedulePlot.learningRate(of: own)
        }
    }
}

/// Alpha above, the learning rate below, over the epochs of a run that has not begun.
struct SchedulePlot {
    /// The first experiment is the run's own; of the others only alpha is drawn.
    var plans: [Experiment]
    var isLogarithmic = false

    /// As many as a run's plan has.
    static let points = 201
    private static let inks: [(mark: Character, role: Role)] = [
        ("▲", .adversary), ("●", .source), ("○", .target), ("◆", .good), ("■", .bad), ("△", .accent), ("□", .text),
    ]

    static func learningRate(of experiment: Experiment) -> [Double] {
        let rate = experiment.learningRate, epochs = Double(experiment.training.epochs)
        return (0..<points).map { rate.value(atEpoch: Double($0) / Double(points - 1) * epochs) }
    }

    func grid(_ width: Int, _ height: Int, _ look: Look) -> CellGrid {
        var grid = CellGrid(width: width, height: height)
        let own = plans[0], epochs = Double(own.training.epochs)
        let x = (0..<Self.points).map { Double($0) / Double(Self.points - 1) * epochs }
        let (upper, lower) = Rect(x: 0, y: 0, width: width, height: height).splitTop(height * 3 / 5)
        let curves = plans.enumerated().map { index, plan in
            let ink = Self.inks[index % Self.inks.count], alpha = plan.alpha
            return CurvePlot.Series(alpha.kind.rawValue, mark: ink.mark, role: ink.role, x: x, y: alpha.sampled(Self.points))
        }
        let title = "alpha · \(own.name.printable), \(own.adaptation.method.rawValue), lambda \(Numbers.three(own.adaptation.weight))"
        let most = curves.compactMap { $0.y.max() }.max() ?? 0
        let top = Box(title, right: "max \(Numbers.three(most))").draw(into: &grid, upper, look)
        CurvePlot(curves, isLogarithmic: isLogarithmic, xName: "epoch").draw(into: &grid, top, look)

        let rates = Self.learningRate(of: own)
        let bottom = Box("learning rate · \(own.optimiser.schedule.rawValue)", right: "max \(Numbers.three(rates.max() ?? 0))")
            .draw(into: &grid, lower, look)
        let rate = CurvePlot.Series("learning rate", mark: "●", role: .text, x: x, y: rates)
        CurvePlot([rate], xName: "epoch", hasLegend: false).draw(into: &grid, bottom, look)
        return grid.converted(to: look.glyphs)
    }
}
