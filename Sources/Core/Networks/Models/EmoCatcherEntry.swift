// EmoCatcher in the catalogue: the published network whole, or an encoder of any size; names of the published checkpoint.
import Tensors

extension CatalogueModel {
    static let emoCatcher = CatalogueModel(
        name: "emocatcher",
        about: "EmoCatcher: the published network (preset published), or an encoder of any size (preset zu, and the keys of its settings)",
        inputs: [
            Port(name: "mel", shape: "[batch, bands, frames]", about: "log-mel spectrograms in dB"),
            Port(name: "lengths", shape: "[batch]", about: "frames of each that are sound; all where absent", isOptional: true),
        ],
        outputs: [
            Port(name: "pooled", shape: "[batch, 2 * hidden]", about: "attention's weighted mean"),
            Port(name: "attention", shape: "[batch, steps]", about: "its weights"),
            Port(name: "logits", shape: "[batch, classes]", about: "preset published", isOptional: true),
            Port(name: "sequence", shape: "[batch, steps, 2 * hidden]", about: "the GRU's output, other presets", isOptional: true),
        ],
        presets: ["published": ModelConfiguration(["preset": .text("published")]), "zu": ModelConfiguration(["preset": .text("zu")])]
    ) { (configuration, scope) throws(CatalogueError) in
        let preset = try configuration.text("preset", default: "zu", valid: ["published", "zu"])
        return preset == "published" ? try published(configuration, scope) : try encoder(configuration, scope)
    }

    private static func published(_ configuration: ModelConfiguration, _ scope: Scope) throws(CatalogueError) -> Apply {
        try configuration.allowOnly(["preset", "classes"])
        let network = PublishedEmoCatcher(classes: try configuration.whole("classes", default: 8), at: scope)
        return { (inputs, request) throws(CatalogueError) in
            let (mel, lengths) = try sound(inputs, .published)
            let output = network(NetworkInput(mel: mel, melLengths: lengths), .inference(precision: request.precision))
            return ["logits": output.logits, "pooled": output.embeddings["audio"], "attention": output.attention["audio"]].compactMapValues(
                \.self)
        }
    }

    private static func encoder(_ configuration: ModelConfiguration, _ scope: Scope) throws(CatalogueError) -> Apply {
        let settings = try EmoCatcher.Settings(configuration)
        let masksConvolutions = try configuration.flag("mask_convolutions", default: true)
        let network = EmoCatcher(settings, at: scope)
        return { (inputs, request) throws(CatalogueError) in
            let (mel, lengths) = try sound(inputs, settings)
            let output = network(mel, lengths: lengths, masksConvolutions: masksConvolutions, .inference(precision: request.precision))
            return ["sequence": output.sequence, "pooled": output.pooled, "attention": output.weights].compactMapValues(\.self)
        }
    }

    /// The inputs, checked against the network's settings.
    private static func sound(_ inputs: [String: Tensor], _ settings: EmoCatcher.Settings) throws(CatalogueError) -> (
        mel: Tensor, lengths: [Int]?
    ) {
        guard let mel = inputs["mel"], mel.rank == 3, mel.count > 0, mel.shape[1] == settings.bands else {
            throw .input(name: "mel", problem: "has shape \(inputs["mel"]?.shape ?? []), not [batch, \(settings.bands), frames]")
        }
        let frames = mel.shape[2]
        guard frames >= settings.pooling else {
            throw .input(name: "mel", problem: "has \(frames) frames; the pool takes \(settings.pooling)")
        }
        guard let given = inputs["lengths"] else { return (mel, nil) }
        let lengths = given.values.compactMap { Int(exactly: $0) }
        guard given.shape == [mel.shape[0]], lengths.count == given.count, lengths.allSatisfy({ (settings.pooling...frames).contains($0) })
        else {
            throw .input(name: "lengths", problem: "must be \(mel.shape[0]) whole numbers from \(settings.pooling) to \(frames)")
        }
        return (mel, lengths)
    }
}

extension EmoCatcher.Settings {
    static let configurationKeys = [
        "preset", "bands", "channels", "kernels", "pooling", "norm_before_gru", "hidden", "layers", "attention", "attention_width",
        "mask_convolutions",
    ]

    /// Our own keys; absent ones have the sizes of `zu`.
    init(_ configuration: ModelConfiguration) throws(CatalogueError) {
        try configuration.allowOnly(Self.configurationKeys)
        let zu = Self.zu
        let hidden = try configuration.whole("hidden", default: zu.hidden)
        let attention = try configuration.text("attention", default: "keys", valid: ["keys", "query"])
        self.init(
            bands: try configuration.whole("bands", default: zu.bands),
            channels: try configuration.wholes("channels", default: zu.channels),
            kernels: try configuration.wholes("kernels", default: zu.kernels, in: 1...1023),
            pooling: try configuration.whole("pooling", default: zu.pooling),
            normBeforeGRU: try configuration.flag("norm_before_gru", default: zu.normBeforeGRU), hidden: hidden,
            layers: try configuration.whole("layers", default: zu.layers, in: 1...4096),
            attention: attention == "query" ? .query : .keysOnly,
            attentionWidth: try configuration.whole("attention_width", default: hidden))
        guard channels.count == kernels.count else {
            throw .configuration(key: "kernels", problem: "has \(kernels.count) entries, channels has \(channels.count)")
        }
        guard kernels.allSatisfy({ $0 % 2 == 1 }) else {
            throw .configuration(key: "kernels", problem: "has an even entry; odd ones keep the length")
        }
    }
}
