// The works of `emolab bench engine`: one entry each, with what it is called, how large it is, and how it is made ready.
import ArgumentParser
import Base
import Networks
import OperationTable
import Tensors

/// Sizes and precision of one measurement; nil takes the work's own.
struct WorkSettings: Sendable {
    var size, batch: Int?
    var precision = Precision.float32
}

/// A work that is ready to run.
struct PreparedWork {
    /// In words, e.g. `batch 4, 8 x 112 x 112, mel 128 x 128`.
    var shape: String
    /// Clips that one run works through; nil where that means nothing.
    var clips: Int?
    /// Floating-point operations that one run needs, a multiplication and an addition counted as two; nil where memory is the cost.
    var operations: Double?
    /// One run; returns its seconds, without making its inputs.
    var run: () -> Double
}

enum WorkModel: String, CaseIterable, ExpressibleByArgument { case base, nano }

struct EngineWork: Sendable {
    let name: String
    var model: WorkModel?
    /// How PyTorch does the same, where there is a program for it.
    var reference: TorchProgram?
    /// Entries of the operation table have one size, and this precision.
    var ownPrecision: Precision?
    let prepare: @Sendable (WorkSettings) throws -> PreparedWork

    /// The machine's own peak, which the others are held against.
    static let peak = EngineWork(name: "peak-product") { settings in
        let product = PeakProduct(settings.precision)
        return PreparedWork(shape: product.shape, operations: product.operations, run: product.run)
    }

    static let networks: [EngineWork] = [
        EngineWork(name: "dann-base", model: .base, reference: .dann(.step)) { try DannWork.prepareStep(.base, $0) },
        EngineWork(name: "forward-base", model: .base, reference: .dann(.forward)) { try DannWork.prepareForward(.base, $0) },
        EngineWork(name: "dann-nano", model: .nano, reference: .nano) { try DannWork.prepareStep(.nano, $0) },
        EngineWork(name: "forward-nano", model: .nano) { try DannWork.prepareForward(.nano, $0) },
        EngineWork(name: "emocatcher-zu", reference: .model("emocatcher")) { EmoCatcherWork.prepare($0) },
        EngineWork(name: "resnet18", reference: .model("resnet18")) { ResNetWork.prepare(ResNet.Settings.resNet18, $0) },
        EngineWork(name: "resnet50", reference: .model("resnet50")) { ResNetWork.prepare(ResNet.Settings.resNet50, $0) },
        EngineWork(name: "r3d18", reference: .model("r3d_18")) { ResNetWork.prepare(ResNet3D.Settings.r3d18, $0) },
    ]

    /// Each timed case of the operation table, forward and with its gradients.
    static let operations: [EngineWork] = OperationCase.timings.flatMap { operation in
        [false, true].map { withGradient in
            EngineWork(name: "op \(operation.name)" + (withGradient ? ", gradient" : ""), ownPrecision: operation.precision) { _ in
                let body = operation.prepare(seed: 1, gradient: withGradient)
                // Forward, and for each of two operands as much again.
                let count = operation.operations.map { $0 * (withGradient ? 3 : 1) }
                return PreparedWork(shape: operation.shapes, operations: count) { elapsed(body) }
            }
        }
    }

    static var all: [EngineWork] { networks + operations }

    static func named(_ name: String) -> EngineWork? { ([peak] + all).first { $0.name == name } }
}
