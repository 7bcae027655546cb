// 3D ResNet over clips (Tran et al. 2018, R3D) with the parameter names of torchvision's r3d_18.
import Tensors

public final class ResNet3D {
    public struct Settings: Sendable, Codable, Equatable {
        /// Blocks in each stage.
        public var blocks: [Int]
        public var bottleneck: Bool
        /// Width of the first stage; each later one doubles it.
        public var width = 64
        /// nil: no classifier, features only.
        public var classes: Int? = 400

        public init(blocks: [Int], bottleneck: Bool) {
            (self.blocks, self.bottleneck) = (blocks, bottleneck)
        }

        public static let r3d18 = Settings(blocks: [2, 2, 2, 2], bottleneck: false)
    }

    public let settings: Settings
    /// Width of the features.
    public var width: Int { stages.width }
    private let stem: NormedConvolution
    private let stages: ResidualStages
    private let classifier: Linear?

    public init(_ settings: Settings, at scope: Scope) {
        self.settings = settings
        stem = NormedConvolution(
            3, settings.width, kernel: [3, 7, 7], stride: [1, 2, 2], padding: [1, 3, 3], convolution: scope["stem"][0],
            norm: scope["stem"][1])
        stages = ResidualStages(
            blocks: settings.blocks, firstWidth: settings.width, bottleneck: settings.bottleneck, kind: .video, at: scope)
        classifier = settings.classes.map { [stages] in Linear(stages.width, $0, weight: .normal(0.01), at: scope["fc"]) }
    }

    /// Clips `[batch, 3, frames, height, width]` of any size.
    public func callAsFunction(_ clips: Tensor, _ context: Context) -> ResNetOutput {
        ResNetOutput(stages(stem(clips.channelsLast(), relu: true, context), context), classifier, context)
    }
}
