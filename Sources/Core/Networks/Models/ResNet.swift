// ResNet-18 and ResNet-50 over pictures (He et al. 2016) with torchvision's parameter names; bottlenecks have their stride in the 3x3 convolution,
// as there.
import Tensors

public final class ResNet {
    public struct Settings: Sendable, Codable, Equatable {
        /// Blocks in each stage.
        public var blocks: [Int]
        public var bottleneck: Bool
        /// Width of the first stage; each later one doubles it.
        public var width = 64
        /// Channels of the pictures.
        public var channels = 3
        /// nil: no classifier, features only.
        public var classes: Int? = 1000

        public init(blocks: [Int], bottleneck: Bool) {
            (self.blocks, self.bottleneck) = (blocks, bottleneck)
        }

        public static let resNet18 = Settings(blocks: [2, 2, 2, 2], bottleneck: false)
        public static let resNet50 = Settings(blocks: [3, 4, 6, 3], bottleneck: true)
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
            settings.channels, settings.width, kernel: [7, 7], stride: [2, 2], padding: [3, 3], convolution: scope["conv1"],
            norm: scope["bn1"])
        stages = ResidualStages(
            blocks: settings.blocks, firstWidth: settings.width, bottleneck: settings.bottleneck, kind: .picture, at: scope)
        classifier = settings.classes.map { [stages] in Linear(stages.width, $0, at: scope["fc"]) }
    }

    /// Pictures `[batch, channels, height, width]` of any size from 32 px.
    public func callAsFunction(_ pictures: Tensor, _ context: Context) -> ResNetOutput {
        let map = stem(pictures.channelsLast(), relu: true, context).maxPoolChannelsLast([3, 3], stride: [2, 2], padding: [1, 1])
        return ResNetOutput(stages(map, context), classifier, context)
    }
}
