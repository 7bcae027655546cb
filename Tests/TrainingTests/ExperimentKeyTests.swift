import Base
import Foundation
import Records
import Systems
import Testing

@testable import Training

@Suite("What is known of each key")
struct ExperimentKeyTests {
    @Test("Every key of an experiment has one row, in no other type than its default, and no row is of a key that is none")
    func complete() throws {
        #expect(Experiment.rows.map(\.name).sorted() == Experiment.keys)
        for key in Experiment.rows {
            #expect(!key.help.isEmpty && key.help.count <= 78 && key.help.last != ".", "\(key.name): \(key.help)")
            if key.bounds != nil { #expect([.integer, .real, .list(.integer), .list(.real)].contains(key.kind), "\(key.name)") }
        }
        // What a file may write for a number is bounded: no key of one is without.
        for key in Experiment.rows where key.kind == .integer || key.kind == .real {
            #expect(key.bounds != nil || key.name == "data.split_seed", "\(key.name)")
        }
    }

    @Test("Every default is a value that its key takes, at every size", arguments: ModelSettings.Preset.allCases)
    func defaults(preset: ModelSettings.Preset) throws {
        let experiment = Experiment.preset(preset), settings = try experiment.settings()
        let overrides = try Experiment.rows.map { try $0.override(#require(settings[$0.name])) }
        #expect(try Experiment().setting(overrides) == experiment)
        #expect(try experiment.defaults() == experiment)
    }

    @Test("A number just outside its bounds is refused by its own name wherever it comes from; the bound itself is not refused for it")
    func bounds() throws {
        for key in Experiment.rows {
            guard let bounds = key.bounds else { continue }
            let isWhole = key.kind == .integer || key.kind == .list(.integer)
            func text(_ value: Double) -> String { isWhole ? "\(Int(value))" : "\(value)" }
            for (edge, isIncluded, outward) in [(bounds.lower, bounds.includesLower, -1.0), (bounds.upper, bounds.includesUpper, 1.0)] {
                guard let edge else { continue }
                let outside = text(isIncluded ? edge + outward * (isWhole ? 1 : max(1e-6, abs(edge) * 1e-9)) : edge)
                #expect(throws: ExperimentError.self, "\(key.name) \(outside)") { try key.override(outside) }
                let isList = if case .list = key.kind { true } else { false }
                do {
                    _ = try Experiment().setting(["\(key.name)=\(isList ? "[\(outside)]" : outside)"])
                    Issue.record("\(key.name) = \(outside) was taken")
                } catch {
                    #expect(error.key == key.name, "\(key.name) = \(outside): \(error)")
                }
                if isIncluded { _ = try key.override(text(edge)) }
            }
            // Texts that are no numbers of it.
            for wrong in ["", "ten", "nan", "1e999", isWhole ? "1.5" : "1,5", "0x"] where key.kind == .integer || key.kind == .real {
                #expect(throws: ExperimentError.self, "\(key.name) \(wrong)") { try key.override(wrong) }
            }
        }
    }

    @Test("What faces take is said in the table as the detector checks it")
    func faces() throws {
        for key in Experiment.rows where key.section == "inputs.faces" && key.bounds != nil {
            let bounds = try #require(key.bounds)
            let values = key.kind == .list(.real) ? [bounds.lower, bounds.upper].compactMap { $0.map { "[\($0), \($0), \($0)]" } } : []
            for value in values { _ = try Experiment().setting(["\(key.name)=\(value)"]) }
            guard key.kind == .integer || key.kind == .real else { continue }
            for edge in [bounds.lower, bounds.upper].compactMap({ $0 }) {
                _ = try Experiment().setting(["\(key.name)=\(key.kind == .integer ? "\(Int(edge))" : "\(edge)")"])
            }
        }
    }

    @Test("Typed texts become the values they say: lists with and without brackets, texts with anything in them")
    func typed() throws {
        func value(_ name: String, _ text: String) throws -> Experiment {
            try Experiment().unchecked([try #require(Experiment.row(named: name)).override(text)])
        }
        #expect(try value("model.audio.channels", "64, 96,96").model.audio.channels == [64, 96, 96])
        #expect(try value("model.audio.channels", "[64, 96]").model.audio.channels == [64, 96])
        #expect(try value("model.lora.targets", "key, \"value\"").model.lora.targets == ["key", "value"])
        #expect(try value("model.lora.targets", "").model.lora.targets == [])
        #expect(try value("adaptation.alpha.maximum", " 1 ").adaptation.alpha.maximum == 1)
        for text in ["12", "true", "a \"b\" \\ c", "tab\tline\nend", "", "ñ 漢", "[x]", "# no comment"] {
            #expect(try value("name", text).name == text.trimmingCharacters(in: .whitespaces))
        }
        #expect(
            throws: ExperimentError.unknownValue(
                key: "model.preset", line: nil, value: "nanno", valid: ["nano", "small", "base"], nearest: "nano")
        ) { try value("model.preset", "nanno") }
        #expect(throws: ExperimentError.self) { try value("model.lora.targets", "query, nothing") }
    }

    @Test("A preset takes along the keys that stood at its defaults, and leaves what was named")
    func following() throws {
        let experiment = try Experiment.parse("[model]\npreset = \"nano\"\n[training]\nepochs = 33\n[model.video]\nwidth = 80\n")
        let overrides = try experiment.overrides(setting: #require(Experiment.row(named: "model.preset")), to: "small")
        let changed = try experiment.setting(overrides)
        #expect(changed.model.preset == .small && changed.inputs.pictureSize == 96 && changed.model.audio.hidden == 72)
        #expect(changed.training.epochs == 33 && changed.model.video.width == 80)
        let schedule = try experiment.overrides(setting: #require(Experiment.row(named: "adaptation.alpha.schedule")), to: "dann")
        #expect(try experiment.setting(schedule).adaptation.alpha.maximum == 1)
        #expect(try experiment.overrides(setting: #require(Experiment.row(named: "training.batch")), to: "6") == ["training.batch=6"])
    }

    @Test("A difference names the last two parts of each key and both values, in the table's order")
    func differences() throws {
        var changed = Experiment()
        changed.training.epochs = 7
        changed.model.lora.rank = 8
        changed.training.start = "run:3"
        #expect(try changed.differenceWords(from: Experiment()) == "lora.rank 4 → 8, training.epochs 60 → 7, training.start “” → run:3")
        #expect(try Experiment().differenceWords(from: Experiment()).isEmpty)
    }

    @Test("The live keys are the five that a running trainer takes, and a new run's keys are refused on resume")
    func effects() throws {
        #expect(
            Set(LiveKey.all) == [
                "optimiser.learning_rate", "adaptation.alpha.maximum", "training.patience", "training.epochs",
                "training.checkpoint_minutes",
                "training.non_finite", "training.non_finite_limit", "training.non_finite_rate_factor",
            ])
        let changed = try Experiment().resuming(with: ["training.label_smoothing=0", "training.epochs=70"])
        #expect(changed.training.labelSmoothing == 0 && changed.training.epochs == 70)
        for change in ["model.lora.rank=8", "training.batch=6", "training.seeds=[1]", "data.split_seed=3", "optimiser.method=sgd"] {
            #expect(throws: ExperimentError.self, "\(change)") { try Experiment().resuming(with: [change]) }
        }
        // What a file may not ask for in another way either.
        #expect(try Experiment().resuming(with: ["model.lora.rank=4"]) == Experiment())
    }
}

@Suite("A plan that changes in the middle of a run")
struct ReplanningTests {
    private func plan(_ epochs: Int, _ alpha: [Double]) -> RunPlan {
        RunPlan(
            stepsPerEpoch: 10, epochs: epochs, batchSize: 4, task: LearningTask(classes: ["a"]), source: "s", samples: [:], split: "",
            splitHash: "", schedules: [SeriesName.alpha, SeriesName.learningRate].map { PlannedSchedule($0, name: "", values: alpha) },
            parameters: 1, trainableParameters: 1)
    }

    @Test("Before the step the curves stay as they were planned, from it on they are the new ones, also where the run's length changes")
    func continuing() {
        let old = plan(10, (0...10).map(Double.init)), new = plan(10, Array(repeating: -1, count: 11))
        #expect(new.continuing(old, after: 50).plannedAlpha == [0, 1, 2, 3, 4, -1, -1, -1, -1, -1, -1])
        #expect(new.continuing(old, after: 0) == new)
        // Twice as long: a point of the new curve is two of the old one.
        let longer = plan(20, Array(repeating: -1, count: 11))
        #expect(longer.continuing(old, after: 60).plannedAlpha == [0, 2, 4, -1, -1, -1, -1, -1, -1, -1, -1])
        // A step beyond the old plan, plans without points: nothing to cut out.
        #expect(longer.continuing(old, after: 1000).plannedAlpha == [0, 2, 4, 6, 8, 10, 10, 10, 10, 10, 10])
        #expect(plan(1, []).continuing(old, after: 5).plannedAlpha == [])
    }

    @Test(
        "A live change is told with the new plan; what is refused changes nothing; a stopped run goes on as it was changed, with what resuming may change"
    )
    func told() throws {
        var experiment = Synthetic.experiment()
        experiment.optimiser.schedule = .constant
        let orders = ScriptedOrders([
            4: [
                .set(key: "alpha.maximum", value: "0.05"), .set(key: "alpha.maximum", value: "-1"),
                .set(key: "training.epochs", value: "3"),
            ],
            12: [.stop],
        ])
        try Synthetic.inFolder { folder in
            let (_, events) = try Synthetic.run(experiment, orders: orders, in: folder)
            let records: [OrderRecord] = events.compactMap { if case .order(let record) = $0 { record } else { nil } }
            #expect(records.map(\.isRefused) == [false, true, false, false])
            let plans: [(Int, RunPlan, String)] = events.compactMap {
                if case .replanned(let step, let plan, let text) = $0 { (step, plan, text) } else { nil }
            }
            try #require(plans.count == 2)
            #expect(plans[0].0 == records[0].step && plans[0].1.plannedAlpha.max() ?? 1 <= 0.05 && plans[1].1.epochs == 3)
            #expect(try Experiment.parse(plans[1].2).training.epochs == 3)

            let point = try ResumePoint(of: folder, changes: ["training.label_smoothing=0"])
            #expect(
                point.step == events.steps.count && point.experiment.adaptation.alpha.maximum == 0.05
                    && point.experiment.training.labelSmoothing == 0)
            #expect(throws: ExperimentError.self) { try ResumePoint(of: folder, changes: ["model.fusion.width=8"]) }
            var rest: [TrainingEvent] = []
            let trainer = try Trainer(
                experiment: experiment, systems: Systems.all, data: Synthetic.data(), orders: ScriptedOrders(), folder: folder,
                resuming: true,
                changes: ["training.label_smoothing=0", "training.epochs=2"]
            ) { rest.append($0) }
            #expect(trainer.run() == .finished)
            #expect(
                rest.messages.contains(
                    "resumed with training.epochs 3 → 2, training.label_smoothing \(experiment.training.labelSmoothing) → 0.0"))
            #expect(rest.steps.last?.epoch == 2 && rest.steps.allSatisfy { $0.values.alpha ?? 1 <= 0.05 })
        }
    }
}
