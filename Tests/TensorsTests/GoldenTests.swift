// Every operation, loss and optimiser against values that PyTorch computed (Tests/Fixtures/golden/make_goldens.py).
import Foundation
import TestSupport
import Testing

@testable import Tensors

/// One reference file and the computation that must reproduce it.
struct GoldenCase: CustomTestStringConvertible, Sendable {
    let name: String
    var gradientBound: Float = 1e-4
    let compute: @Sendable (Golden.Inputs) throws -> [Tensor]
    var testDescription: String { name }

    init(_ name: String, _ compute: @escaping @Sendable (Golden.Inputs) throws -> Tensor) {
        self.name = name
        self.compute = { [try compute($0)] }
    }

    init(several name: String, _ compute: @escaping @Sendable (Golden.Inputs) throws -> [Tensor]) {
        self.name = name
        self.compute = compute
    }
}

/// PyTorch's `MultiheadAttention` from our operations; the weights are not averaged over heads.
func multiheadAttention(_ v: Golden.Inputs, _ q: Tensor, _ kv: Tensor, heads: Int, prefix: String = "w.") -> (Tensor, Tensor) {
    let width = q.shape[2], w = v[prefix + "in_proj_weight"], b = v[prefix + "in_proj_bias"]
    func projected(_ x: Tensor, _ part: Int) -> Tensor {
        x.linear(weight: w.sliced(axis: 0, from: part * width, to: (part + 1) * width), bias: b.sliced(axis: 0, from: part * width, to: (part + 1) * width))
            .reshaped([x.shape[0], x.shape[1], heads, width / heads]).permuted([0, 2, 1, 3])
    }
    let (out, weights) = Tensor.attentionWithWeights(query: projected(q, 0), key: projected(kv, 1), value: projected(kv, 2))
    let joined = out.permuted([0, 2, 1, 3]).reshaped(q.shape)
    return (joined.linear(weight: v[prefix + "out_proj.weight"], bias: v[prefix + "out_proj.bias"]), weights)
}

func recurrentWeights(_ v: Golden.Inputs, layers: Int, directions: Int, prefix: String = "w.") -> [[RecurrentWeights]] {
    (0 ..< layers).map { layer in
        ["", "_reverse"].prefix(directions).map { end in
            RecurrentWeights(
                inputWeight: v["\(prefix)weight_ih_l\(layer)\(end)"], hiddenWeight: v["\(prefix)weight_hh_l\(layer)\(end)"],
                inputBias: v["\(prefix)bias_ih_l\(layer)\(end)"], hiddenBias: v["\(prefix)bias_hh_l\(layer)\(end)"])
        }
    }
}

@Suite("Reference values") struct GoldenTests {
    static let cases: [GoldenCase] = [
        GoldenCase("op_relu") { $0["in.x"].relu() },
        GoldenCase("op_elu") { $0["in.x"].elu() },
        GoldenCase("op_gelu") { $0["in.x"].gelu() },
        GoldenCase("op_gelu_tanh") { $0["in.x"].gelu(.tanh) },
        GoldenCase("op_silu") { $0["in.x"].silu() },
        GoldenCase("op_tanh") { $0["in.x"].tanh() },
        GoldenCase("op_sigmoid") { $0["in.x"].sigmoid() },
        GoldenCase("op_softmax") { $0["in.x"].softmax() },
        GoldenCase("op_log_softmax") { $0["in.x"].logSoftmax() },
        GoldenCase("linear") { $0["in.x"].linear(weight: $0["w.weight"], bias: $0["w.bias"]) },
        GoldenCase("conv1d_k5_p2") { $0["in.x"].conv1d(weight: $0["w.weight"], bias: $0["w.bias"], padding: 2) },
        GoldenCase("conv1d_k3_s2_d2") { $0["in.x"].conv1d(weight: $0["w.weight"], bias: $0["w.bias"], stride: 2, dilation: 2) },
        GoldenCase("conv2d_k3_p1") { $0["in.x"].conv2d(weight: $0["w.weight"], bias: $0["w.bias"], padding: 1) },
        GoldenCase("conv2d_k7_s2_p3") { $0["in.x"].conv2d(weight: $0["w.weight"], bias: $0["w.bias"], stride: 2, padding: 3) },
        GoldenCase("conv2d_depthwise") { $0["in.x"].conv2d(weight: $0["w.weight"], bias: $0["w.bias"], padding: 1, groups: 6) },
        GoldenCase("conv2d_1x1_s2") { $0["in.x"].conv2d(weight: $0["w.weight"], bias: $0["w.bias"], stride: 2) },
        GoldenCase("conv3d_k3_p1") { $0["in.x"].conv3d(weight: $0["w.weight"], bias: $0["w.bias"], padding: [1, 1, 1]) },
        GoldenCase("conv3d_s122") {
            $0["in.x"].conv3d(weight: $0["w.weight"], bias: $0["w.bias"], stride: [1, 2, 2], padding: [1, 2, 2])
        },
        GoldenCase("layer_norm") { $0["in.x"].layerNorm(weight: $0["w.weight"], bias: $0["w.bias"]) },
        GoldenCase("max_pool1d") { $0["in.x"].maxPool1d(2) },
        GoldenCase("max_pool2d_k3_s2_p1") { $0["in.x"].maxPool2d(3, stride: 2, padding: 1) },
        GoldenCase("max_pool2d_ceil") { $0["in.x"].maxPool2d(3, stride: 2, ceilMode: true) },
        GoldenCase("max_pool3d") { $0["in.x"].maxPool3d([1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1]) },
        GoldenCase("avg_pool2d_k2") { $0["in.x"].averagePool2d(2) },
        GoldenCase("bicubic_resize") { $0["in.x"].resized(height: 7, width: 7, .bicubic) },
        GoldenCase("bilinear_resize") { $0["in.x"].resized(height: 13, width: 11, .bilinear) },
        GoldenCase("area_resize") { $0["in.x"].resized(height: 12, width: 12, .area) },
        GoldenCase("gru_uni1") { $0["in.x"].gru(layers: recurrentWeights($0, layers: 1, directions: 1)).output },
        GoldenCase("gru_bi2") { $0["in.x"].gru(layers: recurrentWeights($0, layers: 2, directions: 2)).output },
        GoldenCase("lstm_uni1") { $0["in.x"].lstm(layers: recurrentWeights($0, layers: 1, directions: 1)).output },
        GoldenCase("lstm_bi2") { $0["in.x"].lstm(layers: recurrentWeights($0, layers: 2, directions: 2)).output },
        GoldenCase(several: "attention_self") {
            let (out, weights) = multiheadAttention($0, $0["in.x"], $0["in.x"], heads: 3)
            return [out, weights]
        },
        GoldenCase(several: "attention_cross") {
            let (out, weights) = multiheadAttention($0, $0["in.q"], $0["in.kv"], heads: 4)
            return [out, weights]
        },
        GoldenCase("transformer_encoder_layer_postnorm") {
            let x = $0["in.x"], width = x.shape[2]
            // The fused path: packed projections straight into attention.
            let u = x.linear(weight: $0["w.self_attn.in_proj_weight"], bias: $0["w.self_attn.in_proj_bias"]).packedSelfAttention(heads: 3)
                .linear(weight: $0["w.self_attn.out_proj.weight"], bias: $0["w.self_attn.out_proj.bias"])
            #expect(u.shape[2] == width)
            let y = (x + u).layerNorm(weight: $0["w.norm1.weight"], bias: $0["w.norm1.bias"])
            let z = y.linear(weight: $0["w.linear1.weight"], bias: $0["w.linear1.bias"], activation: .gelu)
                .linear(weight: $0["w.linear2.weight"], bias: $0["w.linear2.bias"])
            return (y + z).layerNorm(weight: $0["w.norm2.weight"], bias: $0["w.norm2.bias"])
        },
        GoldenCase(several: "attention_additive") {
            let h = $0["in.h"]
            let a = h.linear(weight: $0["w.wa"]).tanh().linear(weight: $0["w.va"]).squeezed(-1).softmax()
            return [(a.expandedAxis(-1) * h).sum(axis: 1), a]
        },
        GoldenCase("cross_entropy") { $0["in.logits"].crossEntropy(targets: $0["in.target"].values.map { Int($0) }) },
        GoldenCase("cross_entropy_smooth01") { $0["in.logits"].crossEntropy(targets: $0["in.target"].values.map { Int($0) }, smoothing: 0.1) },
        GoldenCase("cross_entropy_weighted") {
            $0["in.logits"].crossEntropy(targets: $0["in.target"].values.map { Int($0) }, weights: $0["in.weight"])
        },
        GoldenCase("mse") { $0["in.a"].meanSquaredError($0["in.b"]) },
        GoldenCase("smooth_l1") { $0["in.a"].smoothL1($0["in.b"]) },
        GoldenCase("gradient_reversal_a037") {
            $0["in.x"].gradientReversal(alpha: 0.37).linear(weight: $0["w.weight"], bias: $0["w.bias"])
        },
    ]

    @Test("An operation and all its gradients equal PyTorch's", arguments: cases)
    func operation(_ item: GoldenCase) throws {
        let golden = try Golden(item.name)
        let report = try golden.compare(item.compute)
        let expected = golden.file.entries.keys.count { $0.hasPrefix("grad.") || $0.hasPrefix("out") }
        #expect(report.compared == expected, "\(report)")
        #expect(report.forward.error <= 1e-5, "\(report)")
        #expect(report.gradient.error <= item.gradientBound, "\(report)")
    }

    @Test("Batch norm with batch statistics equals PyTorch's and moves the running ones", arguments: 1 ... 3)
    func batchNormTraining(axes: Int) throws {
        let golden = try Golden("batch_norm\(axes)d_train"), after = try Golden("batch_norm\(axes)d_eval")
        let channels = try golden.tensor("w.weight").count
        var mean = Tensor.zeros([channels]), variance = Tensor.ones([channels])
        let report = try golden.compare {
            [$0["in.x"].batchNorm(weight: $0["w.weight"], bias: $0["w.bias"], runningMean: &mean, runningVariance: &variance)]
        }
        #expect(report.forward.error <= 1e-5 && report.gradient.error <= 1e-4, "\(report)")
        #expect(relativeError(mean, try after.tensor("running_mean")) <= 1e-5)
        #expect(relativeError(variance, try after.tensor("running_var")) <= 1e-5)
    }

    @Test("Batch norm with running statistics equals PyTorch's", arguments: 1 ... 3)
    func batchNormEvaluation(axes: Int) throws {
        let golden = try Golden("batch_norm\(axes)d_eval")
        let mean = try golden.tensor("running_mean"), variance = try golden.tensor("running_var")
        let report = try golden.compare { [$0["in.x"].batchNorm(weight: $0["w.weight"], bias: $0["w.bias"], mean: mean, variance: variance)] }
        #expect(report.forward.error <= 1e-5 && report.gradient.error <= 1e-4, "\(report)")
    }

    @Test("Six steps of an optimiser equal PyTorch's", arguments: ["adamw", "adam_l2", "sgd_nesterov"])
    func optimiser(name: String) throws {
        let golden = try Golden("optim_\(name)"), weight = Parameter("w", try golden.tensor("w0"))
        let optimiser: any Optimiser =
            switch name {
            case "adamw": Adam.adamW([weight], rate: 1e-2, weightDecay: 0.05)
            case "adam_l2": Adam([weight], rate: 1e-2, weightDecay: 0.05)
            default: SGD([weight], rate: 1e-2, momentum: 0.9, nesterov: true, weightDecay: 1e-3)
            }
        for step in 0 ..< 6 {
            weight.gradient = try golden.tensor("g\(step)")
            optimiser.step()
            #expect(relativeError(weight.value, try golden.tensor("w\(step + 1)")) <= 1e-5, "step \(step)")
        }
    }

    @Test("Clipping by the global norm equals PyTorch's")
    func clipping() throws {
        let golden = try Golden("schedules"), parameters = ["a", "b"].map { Parameter($0, .zeros([1])) }
        for parameter in parameters { parameter.gradient = try golden.tensor("clip.\(parameter.name)") }
        let norm = GradientClipping.clip(parameters, limit: 1)
        #expect(abs(norm - (try golden.tensor("clip.norm")).item) <= 1e-5 * norm)
        for parameter in parameters { #expect(relativeError(parameter.gradient!, try golden.tensor("clip.\(parameter.name)_out")) <= 1e-5) }
    }
}
