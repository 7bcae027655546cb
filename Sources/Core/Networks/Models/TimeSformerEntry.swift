// TimeSformer in the catalogue: Hugging Face's config.json, `pixel_values` to `last_hidden_state`.
import Base
import Foundation
import Tensors

extension CatalogueModel {
    static let timeSformer = CatalogueModel(
        name: "timesformer", about: "TimeSformer, divided space-time attention; configuration and names of Hugging Face",
        inputs: [Port(name: "pixel_values", shape: "[batch, frames, 3, height, width]", about: "normalised pictures")],
        outputs: [
            Port(
                name: "last_hidden_state", shape: "[batch, 1 + patches * frames, width]",
                about: "after the last norm, patch-major and time-minor"),
            Port(
                name: "attentions.{i}.spatial", shape: "[batch * frames, heads, 1 + patches, 1 + patches]",
                about: "layer i within each frame, with --attentions", isOptional: true),
            Port(
                name: "attentions.{i}.temporal", shape: "[batch * patches, heads, frames, frames]",
                about: "layer i over each patch's frames, with --attentions", isOptional: true),
            Port(
                name: "attentions.{i}", shape: "[batch * frames, heads, 1 + patches, 1 + patches]",
                about: "what Hugging Face returns: the spatial map again, with --attentions", isOptional: true),
        ],
        presets: ["base": ModelConfiguration()]
    ) { (configuration, scope) throws(CatalogueError) in
        let settings = try TimeSformer.Settings(huggingFace: configuration)
        let network = TimeSformer(settings, at: scope)
        return { (inputs, request) throws(CatalogueError) in
            guard let pixels = inputs["pixel_values"] else { return [:] }
            return try network.outputs(of: pixels, request)
        }
    }
}

extension TimeSformer.Settings {
    /// Hugging Face's `TimesformerConfig`; absent keys have its defaults, unknown ones are ignored as there.
    init(huggingFace configuration: ModelConfiguration) throws(CatalogueError) {
        _ = try configuration.text("model_type", default: "timesformer", valid: ["timesformer"])
        _ = try configuration.text("attention_type", default: "divided_space_time", valid: ["divided_space_time"])
        _ = try configuration.text("hidden_act", default: "gelu", valid: ["gelu"])
        _ = try configuration.whole("num_channels", default: 3, in: 3...3)
        self.init(
            imageSize: try configuration.whole("image_size", default: 224), patch: try configuration.whole("patch_size", default: 16),
            frames: try configuration.whole("num_frames", default: 8), width: try configuration.whole("hidden_size", default: 768),
            layers: try configuration.whole("num_hidden_layers", default: 12, in: 0...4096),
            heads: try configuration.whole("num_attention_heads", default: 12),
            mlp: try configuration.whole("intermediate_size", default: 3072),
            dropout: try configuration.number("hidden_dropout_prob", default: 0, in: 0...1))
        epsilon = Float(try configuration.number("layer_norm_eps", default: 1e-6, in: 0...1))
        qkvBias = try configuration.flag("qkv_bias", default: true)
        guard width % heads == 0 else {
            throw .configuration(key: "num_attention_heads", problem: "is \(heads), which does not divide hidden_size \(width)")
        }
        guard patch <= imageSize else { throw .configuration(key: "patch_size", problem: "is \(patch), more than image_size \(imageSize)") }
    }
}

extension TimeSformer {
    /// A few clips at a time, so that what lies between layers stays small however large the batch.
    fileprivate func outputs(of pixels: Tensor, _ request: CatalogueModel.Request) throws(CatalogueError) -> [String: Tensor] {
        let pictures = try wholePatches(of: pixels)
        let (batch, frames) = (pictures.shape[0], pictures.shape[1])
        let patches = (pictures.shape[3] / settings.patch) * (pictures.shape[4] / settings.patch)
        if request.keepsAttention { try expectRoom(batch: batch, frames: frames, patches: patches) }
        let each = max(1, 4096 / (1 + patches * frames))
        let context = Context.inference(keepsAttention: request.keepsAttention, precision: request.precision)
        var parts: [String: [Tensor]] = [:]
        for first in stride(from: 0, to: batch, by: each) {
            let output = self(pictures.sliced(axis: 0, from: first, to: min(first + each, batch)), context)
            parts["last_hidden_state", default: []].append(output.tokens)
            for (layer, map) in output.spatialAttention.enumerated() { parts["attentions.\(layer).spatial", default: []].append(map) }
            for (layer, map) in output.temporalAttention.enumerated() { parts["attentions.\(layer).temporal", default: []].append(map) }
        }
        var outputs = parts.mapValues { $0.count == 1 ? $0[0] : Tensor.concatenated($0, axis: 0) }
        for layer in 0..<settings.layers { outputs["attentions.\(layer)"] = outputs["attentions.\(layer).spatial"] }
        return outputs
    }

    /// Pictures without the rows and columns that fill no patch: a convolution with the patch as stride skips them too.
    private func wholePatches(of pixels: Tensor) throws(CatalogueError) -> Tensor {
        func refuse(_ problem: String) -> CatalogueError { .input(name: "pixel_values", problem: problem) }
        guard pixels.rank == 5, pixels.shape[2] == 3, pixels.count > 0 else {
            throw refuse("has shape \(pixels.shape), not [batch, frames, 3, height, width]")
        }
        let (height, width, patch) = (pixels.shape[3], pixels.shape[4], settings.patch)
        guard height >= patch, width >= patch else {
            throw refuse("has pictures of \(height) x \(width), smaller than one patch of \(patch) x \(patch)")
        }
        return pixels.sliced(axis: 3, from: 0, to: height - height % patch).sliced(axis: 4, from: 0, to: width - width % patch)
    }

    /// Maps grow with the square of the patches: more than the machine has is refused before it is asked for.
    private func expectRoom(batch: Int, frames: Int, patches: Int) throws(CatalogueError) {
        let (n, t) = (Double(patches + 1), Double(frames))
        let values = Double(settings.layers * settings.heads) * Double(batch) * (2 * t * n * n + Double(patches) * t * t)
        let (bytes, memory) = (4 * values, Double(MachineMemory.current.bytes))
        guard bytes < memory / 2 else {
            throw .input(
                name: "pixel_values",
                problem:
                    "needs \(Int(bytes / 1_073_741_824) + 1) GiB for its attention maps; there are \(Int(memory / 1_073_741_824)) GiB for this process. Give fewer clips, or leave the maps out"
            )
        }
    }
}
