import Base
import Records
import Systems
import Testing

@testable import Runs

@Suite("Experiments as plain values") struct SystemExperimentsTests {
    private let reader = SystemExperiments(Systems.all)

    @Test("A text becomes settings and defaults, and its own text is read back to the same")
    func reading() throws {
        let record = try reader.read("model.preset = \"small\"\ntraining.epochs = 7\n")
        #expect(record.settings["training.epochs"] == "7" && record.defaults["training.epochs"] == "15" && record.problem == nil)
        #expect(Set(record.settings.keys) == Set(reader.keys(of: record).map(\.name)))
        #expect(try reader.read(record.text) == record)
        #expect(throws: ExperimentError.self) { try reader.read("training.epoch = 7\n") }
    }

    @Test("A preset brings the keys that stood at its defaults along; a whole that no run could use is said, and can be mended")
    func editing() throws {
        let record = try reader.read("training.epochs = 7\n"), keys = reader.keys(of: record)
        let preset = try reader.applying(
            reader.overrides(setting: #require(keys.named("model.preset")), to: "nano", in: record), to: record)
        #expect(preset.settings["model.video.width"] == "64" && preset.settings["training.epochs"] == "7")
        let joint = try reader.applying(["adaptation.batches=\"joint\"", "training.batch=7"], to: record)
        #expect(joint.problem?.key == "training.batch" && joint.settings["training.batch"] == "7")
        #expect(try reader.applying(["training.batch=8"], to: joint).problem == nil)
        #expect(keys.differences(from: record.settings, to: joint.settings).map(\.key) == ["adaptation.batches", "training.batch"])
        #expect(reader.liveKeys.contains("adaptation.alpha.maximum") && !reader.liveKeys.contains("training.batch"))
    }
}
