// Residual networks in the catalogue, with torchvision's weights.
import Tensors

extension CatalogueModel {
    static let resNet18 = picture("resnet18", "ResNet-18", .resNet18)
    static let resNet50 = picture("resnet50", "ResNet-50", .resNet50)

    static let resNet3D18 = CatalogueModel(
        name: "r3d18", about: "3D ResNet-18 over clips; names of torchvision's r3d_18",
        inputs: [
            Port(
                name: "pixel_values", shape: "[batch, 3, frames, height, width]",
                about: "normalised pictures, colours before frames as there")
        ],
        outputs: residualOutputs, presets: ["kinetics": ModelConfiguration()]
    ) { (configuration, scope) throws(CatalogueError) in
        try configuration.allowOnly(["classes"])
        var settings = ResNet3D.Settings.r3d18
        settings.classes = try classes(configuration, default: 400)
        let network = ResNet3D(settings, at: scope)
        return { (inputs, request) throws(CatalogueError) in
            try residual(inputs, axes: ["3", "frames", "height", "width"], request) { network($0, $1) }
        }
    }

    private static let residualOutputs = [
        Port(name: "features", shape: "[batch, width]", about: "mean over the last stage's positions"),
        Port(name: "logits", shape: "[batch, classes]", about: "where the configuration has classes", isOptional: true),
    ]

    private static func picture(_ name: String, _ title: String, _ standard: ResNet.Settings) -> CatalogueModel {
        CatalogueModel(
            name: name, about: "\(title) over pictures; names of torchvision",
            inputs: [Port(name: "pixel_values", shape: "[batch, 3, height, width]", about: "normalised pictures")],
            outputs: residualOutputs, presets: ["imagenet": ModelConfiguration()]
        ) { (configuration, scope) throws(CatalogueError) in
            try configuration.allowOnly(["classes"])
            var settings = standard
            settings.classes = try classes(configuration, default: 1000)
            let network = ResNet(settings, at: scope)
            return { (inputs, request) throws(CatalogueError) in
                try residual(inputs, axes: ["3", "height", "width"], request) { network($0, $1) }
            }
        }
    }

    /// 0 is a network without classifier.
    private static func classes(_ configuration: ModelConfiguration, default standard: Int) throws(CatalogueError) -> Int? {
        let classes = try configuration.whole("classes", default: standard, in: 0...65_536)
        return classes == 0 ? nil : classes
    }

    /// A few at a time, so that the maps stay small however large the batch.
    private static func residual(
        _ inputs: [String: Tensor], axes: [String], _ request: Request, _ network: (Tensor, Context) -> ResNetOutput
    ) throws(CatalogueError) -> [String: Tensor] {
        guard let pixels = inputs["pixel_values"] else { return [:] }
        guard pixels.rank == axes.count + 1, pixels.shape[1] == 3, pixels.count > 0 else {
            throw .input(name: "pixel_values", problem: "has shape \(pixels.shape), not [batch, \(axes.joined(separator: ", "))]")
        }
        let context = Context.inference(precision: request.precision), batch = pixels.shape[0], each = 8
        let parts = stride(from: 0, to: batch, by: each).map {
            network(pixels.sliced(axis: 0, from: $0, to: min($0 + each, batch)), context)
        }
        var outputs = ["features": Tensor.concatenated(parts.map(\.features), axis: 0)]
        let logits = parts.compactMap(\.logits)
        if !logits.isEmpty { outputs["logits"] = Tensor.concatenated(logits, axis: 0) }
        return outputs
    }
}
