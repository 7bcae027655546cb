// Child runs, runs that go on after an end, and live orders, from the command line.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ChildRunTests {
        @Test("A child has its parent's experiment with what was changed, and says so first")
        func child() throws {
            let home = try Demo.homeWithCorpora()
            _ = try home.start("train", "demo", "--set", "training.epochs=1").finish(within: 120)
            let run = try home.start("train", "--parent", "1", "--json", "--set", "adaptation.alpha.maximum=0.02", "--set", "name=child")
                .finish(within: 120)
            #expect(run.status == 0)
            let shown = try home.json("runs", "show", "2", "--json")
            #expect(shown["run"]["summary"]["parent"].int == 1 && shown["run"]["summary"]["name"].string == "child")
            let first = try #require(shown["events"].array.first)
            #expect(first["text"].string == "child of run 1: name demo → child, alpha.maximum 0.099 → 0.02")
            #expect(shown["run"]["plan"]["epochs"].int == 1)
            for wrong in [["train", "--parent", "77"], ["train", "--parent", "1", "--set", "training.epochs=0"]] {
                let result = try RunningProgram(wrong, in: home).finish()
                #expect(result.status == (wrong.contains("--set") ? 2 : 1) && !result.errors.isEmpty)
            }
            #expect(try home.json("runs", "--json").array.count == 2)
        }

        @Test("A run is changed live, refuses what is wrong, is stopped, goes on from its checkpoint, and finishes as one run")
        func goesOn() throws {
            let home = try Demo.homeWithCorpora()
            let run = try home.startTraining()
            for order in [["set", "alpha.maximum", "0.01"], ["set", "alpha.maximum", "soon"], ["stop"]] {
                #expect(try RunningProgram(["runs", "order", "1"] + order, in: home).finish().status == 0)
            }
            #expect(try run.finish(within: 60).status == 0)
            let stopped = try home.json("runs", "show", "1", "--json")
            let events = stopped["events"].array
            #expect(events.contains { $0["text"].string == "alpha.maximum 0.099 → 0.01" && $0["level"].string == "info" })
            #expect(events.contains { $0["text"].string?.hasPrefix("refused: ") == true && $0["level"].string == "warning" })
            let planned = stopped["run"]["plan"]["schedules"].array.filter { $0["series"].string == "schedule.alpha" }.flatMap {
                $0["values"].array.compactMap(\.double)
            }
            #expect(planned.max() == 0.01 && planned.count == 201)
            #expect(stopped["run"]["experiment"].string?.contains("maximum = 0.01") == true)

            let step = try #require(stopped["run"]["summary"]["step"].int)
            let epochs = try #require(stopped["run"]["summary"]["epoch"].int) + 1
            let wrong = try RunningProgram(["train", "--resume", "1", "--set", "training.batch=2"], in: home).finish()
            #expect(wrong.status == 2 && wrong.errors.contains("new run"))
            #expect(try home.state(ofRun: 1) == "stopped")
            let resumed = try home.start("train", "--resume", "1", "--json", "--set", "training.epochs=\(epochs)").finish(within: 120)
            #expect(resumed.status == 0)
            let done = try home.json("runs", "show", "1", "--json")
            #expect(done["run"]["summary"]["state"].string == "finished" && done["run"]["summary"]["attempt"].int == 2)
            #expect(done["epochs"].array.map { $0["epoch"].int } == Array(1...epochs))
            #expect(done["events"].array.contains { $0["text"].string == "goes on from its checkpoint after step \(step)" })
            #expect(done["run"]["experiment"].string?.contains("epochs = \(epochs)") == true)
            let again = try RunningProgram(["train", "--resume", "1"], in: home).finish()
            #expect(again.status == 1 && again.errors.contains("it has finished"))
            #expect(try RunningProgram(["train", "--resume", "9"], in: home).finish().errors.contains("there is no run 9"))
        }

        @Test("Every key is listed with its default, bounds and effect, as text and as JSON")
        func keys() throws {
            let home = try Home()
            let keys = try home.json("train", "--keys", "--json").array
            let maximum = try #require(keys.first { $0["key"].string == "adaptation.alpha.maximum" })
            #expect(maximum["effect"].string == "live" && maximum["default"].string == "0.099" && maximum["lowest"].double == 0)
            #expect(keys.first { $0["key"].string == "model.preset" }?["choices"].array.compactMap(\.string) == ["nano", "small", "base"])
            let text = try RunningProgram(["train", "--keys"], in: home).finish()
            #expect(text.status == 0 && text.output.contains("optimiser.learning_rate") && text.output.contains("on resume"))
            for wrong in [
                ["train", "--keys", "demo"], ["train", "--resume", "1", "demo"], ["train", "--resume", "1", "--parent", "2"], ["train"],
            ] {
                #expect(try RunningProgram(wrong, in: home).finish().status == 2, "\(wrong)")
            }
        }
    }
}
