// Every operation, loss and optimiser against values that PyTorch computed (Tests/Fixtures/golden/make_goldens.py).
import Foundation
import OperationTable
import TestSupport
import Testing

@testable import Tensors

@Suite("Reference values") struct GoldenTests {
    @Test("An operation and all its gradients equal PyTorch's", arguments: OperationCase.all.filter { $0.golden != nil })
    func operation(_ item: OperationCase) throws {
        let golden = try Golden(item.golden!)
        let report = try golden.compare { inputs in
            var values: [String: Tensor] = [:]
            for (name, operand) in item.operands {
                values[name] = try inputs.tensors["in." + name] ?? inputs.tensors["w." + name] ?? golden.tensor(name)
                #expect(values[name]!.shape == operand.shape, "\(name)")
            }
            return item.apply(Operands(values))
        }
        let inputs = golden.file.entries.keys.filter { $0.hasPrefix("in.") || $0.hasPrefix("w.") }.map { $0.drop { $0 != "." }.dropFirst() }
        #expect(inputs.allSatisfy { name in item.operands.contains { $0.name == name } }, "the file has inputs that the case does not use")
        let expected = golden.file.entries.keys.count { $0.hasPrefix("grad.") || $0.hasPrefix("out") }
        #expect(report.compared == expected, "\(report)")
        #expect(report.forward.error <= item.bound.forward, "\(report)")
        #expect(report.gradient.error <= item.bound.gradient, "\(report)")
    }

    @Test("Batch norm with batch statistics moves the running ones as PyTorch does", arguments: 1...3)
    func batchNormTraining(axes: Int) throws {
        let golden = try Golden("batch_norm\(axes)d_train"), after = try Golden("batch_norm\(axes)d_eval")
        let weight = try golden.tensor("w.weight"), channels = weight.count
        var mean = Tensor.zeros([channels]), variance = Tensor.ones([channels])
        _ = try golden.tensor("in.x").batchNorm(
            weight: weight, bias: golden.tensor("w.bias"), runningMean: &mean, runningVariance: &variance)
        #expect(relativeError(mean, try after.tensor("running_mean")) <= 1e-5)
        #expect(relativeError(variance, try after.tensor("running_var")) <= 1e-5)
    }

    static let optimisers: [(name: String, steps: Int, make: @Sendable ([Parameter]) -> any Optimiser)] = [
        ("adamw", 6, { Adam.adamW($0, rate: 1e-2, weightDecay: 0.05) }),
        ("adam_l2", 6, { Adam($0, rate: 1e-2, weightDecay: 0.05) }),
        ("sgd_nesterov", 6, { SGD($0, rate: 1e-2, momentum: 0.9, nesterov: true, weightDecay: 1e-3) }),
        ("adabelief", 12, { AdaBelief($0, rate: 1e-2, epsilon: 1e-8, weightDecay: 1e-3, decoupled: false, rectified: false) }),
        ("adabelief_decoupled", 12, { AdaBelief($0, rate: 1e-2, epsilon: 1e-12, weightDecay: 1e-2, rectified: false) }),
        ("adabelief_rectified", 12, { AdaBelief($0, rate: 1e-2, weightDecay: 1e-2) }),
    ]

    @Test("Every step of an optimiser equals PyTorch's, also where its state is saved and loaded between", arguments: optimisers.indices)
    func optimiser(index: Int) throws {
        let (name, steps, make) = Self.optimisers[index], golden = try Golden("optim_\(name)")
        let weight = Parameter("w", try golden.tensor("w0"))
        var optimiser = make([weight])
        for step in 0..<steps {
            weight.gradient = try golden.tensor("g\(step)")
            optimiser.step()
            #expect(relativeError(weight.value, try golden.tensor("w\(step + 1)")) <= 1e-5, "\(name), step \(step)")
            if step % 4 == 1 {
                let state = optimiser.state
                #expect(!state.isEmpty)
                optimiser = make([weight])
                optimiser.state = state
            }
        }
        #expect(golden.file.entries["g\(steps)"] == nil, "the file has more steps")
    }

    @Test("Clipping by the global norm equals PyTorch's")
    func clipping() throws {
        let golden = try Golden("schedules"), parameters = ["a", "b"].map { Parameter($0, .zeros([1])) }
        for parameter in parameters { parameter.gradient = try golden.tensor("clip.\(parameter.name)") }
        let norm = GradientClipping.clip(parameters, limit: 1)
        #expect(abs(norm - (try golden.tensor("clip.norm")).item) <= 1e-5 * norm)
        for parameter in parameters { #expect(relativeError(parameter.gradient!, try golden.tensor("clip.\(parameter.name)_out")) <= 1e-5) }
    }

    @Test("Every file of reference values is compared with something")
    func everyFileIsRead() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Fixtures.url("golden").path)
            .filter { $0.hasSuffix(".safetensors") }.map { String($0.dropLast(".safetensors".count)) }
        let here = OperationCase.all.compactMap(\.golden) + Self.optimisers.map { "optim_" + $0.name }
        // Networks, schedules, metrics and sound are compared where they live.
        let elsewhere = [
            "emocatcher_tiny": "NetworksTests/NetworkGoldenTests.swift", "timesformer_tiny": "NetworksTests/NetworkGoldenTests.swift",
            "dann_tiny_training": "TrainingTests/GoldenTests.swift", "metrics": "TrainingTests/GoldenTests.swift",
            "schedules": "TrainingTests/GoldenTests.swift", "schedules_more": "TrainingTests/ScheduleTests.swift",
            "resnet_basic": "NetworksTests/ResNetTests.swift", "resnet_basic_s2": "NetworksTests/ResNetTests.swift",
            "resnet_bottleneck_s2": "NetworksTests/ResNetTests.swift", "r3d_basic": "NetworksTests/ResNetTests.swift",
            "r3d_basic_s2": "NetworksTests/ResNetTests.swift", "forward_timesformer": "EndToEnd/ForwardTests.swift",
            "librosa_mel": "MediaTests/SpectrumTests.swift", "librosa_linear": "MediaTests/LinearSpectrogramTests.swift",
            "measures": "MetricsTests/MeasureTests.swift", "target_scores": "TrainingTests/SelectionTests.swift",
            "training_clips": "TrainingTests/TrainingParityTests.swift",
        ].merging(
            // Named there without what all of them begin with.
            [
                "early_dann", "late_dann", "middle_dann", "middle_dann_joint", "middle_cdan", "middle_cdan_entropy", "middle_coral",
                "middle_mmd", "middle_supervised",
            ]
            .map { ("training_" + $0, "TrainingTests/TrainingParityTests.swift") }
        ) { first, _ in first }
        let unread = Set(files).subtracting(here).subtracting(elsewhere.keys)
        #expect(unread.isEmpty, "no test reads \(unread.sorted())")
        let missing = Set(here).union(elsewhere.keys).subtracting(files)
        #expect(missing.isEmpty, "there is no \(missing.sorted())")
        for (name, path) in elsewhere {
            let text = try String(contentsOf: Fixtures.url("../\(path)"), encoding: .utf8)
            let isCase = name.hasPrefix("training_") && text.contains("\"\(name.dropFirst("training_".count))\"")
            #expect(isCase || text.contains("\"\(name)\""), "\(path) does not read \(name)")
        }
    }
}
