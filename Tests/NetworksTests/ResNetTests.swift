// Residual networks against torchvision (Tests/Fixtures/golden/make_resnet_goldens.py).
import Base
import Foundation
import Kernels
import Tensors
import TestSupport
import Testing

@testable import Networks

struct BlockCase: CustomTestStringConvertible, Sendable {
    let name: String
    let input, width, stride: Int
    var bottleneck = false
    var kind = ResidualBlock.Kind.picture
    var testDescription: String { name }
}

@Suite("Residual networks", .serialized) struct ResNetTests {
    static let blocks = [
        BlockCase(name: "resnet_basic_s2", input: 8, width: 16, stride: 2),
        BlockCase(name: "resnet_basic", input: 32, width: 32, stride: 1),
        BlockCase(name: "resnet_bottleneck_s2", input: 12, width: 8, stride: 2, bottleneck: true),
        BlockCase(name: "r3d_basic_s2", input: 8, width: 16, stride: 2, kind: .video),
        BlockCase(name: "r3d_basic", input: 32, width: 32, stride: 1, kind: .video),
    ]

    @Test("A block, its gradients and its running statistics equal torchvision's", arguments: blocks)
    func block(_ item: BlockCase) throws {
        let golden = try Golden.tensors(item.name), store = ParameterStore(seed: 1)
        let block = ResidualBlock(
            item.input, width: item.width, stride: item.stride, bottleneck: item.bottleneck, kind: item.kind, at: store.root)
        let weights = golden.filter { $0.key.hasPrefix("w.") }.map { (String($0.key.dropFirst(2)), $0.value) }
        try store.load(Dictionary(uniqueKeysWithValues: weights).forResNet(classifier: true))
        let evaluated = block(golden["in.x"]!.channelsLast(), .inference()).channelsFirst()
        expectClose(evaluated, golden["out.eval"]!, 1e-5, "result with running statistics")
        let tape = Tape(), x = tape.watch(golden["in.x"]!)
        let y = block(x.channelsLast(), Context(tape: tape, isTraining: true)).channelsFirst()
        expectClose(y, golden["out"]!, 1e-5, "result")
        tape.backward(y, seed: golden["probe"]!)
        expectClose(tape.gradient(of: x)!, golden["grad.in.x"]!, 1e-4, "x")
        for parameter in store.parameters { expectClose(parameter.gradient!, golden["grad.w." + parameter.name]!, 1e-4, parameter.name) }
        for buffer in store.buffers { expectClose(buffer.value, golden["after." + buffer.name]!, 1e-5, buffer.name) }
    }

    private func named(_ store: ParameterStore) -> Set<String> {
        Set((store.parameters + store.buffers).map { $0.name + " " + $0.value.shape.map(String.init).joined(separator: "x") })
    }

    @Test("Parameters and buffers have torchvision's names and shapes", arguments: ["resnet18", "resnet50", "r3d_18"])
    func names(model: String) throws {
        let store = ParameterStore(seed: 1)
        switch model {
        case "resnet18": _ = ResNet(.resNet18, at: store.root)
        case "resnet50": _ = ResNet(.resNet50, at: store.root)
        default: _ = ResNet3D(.r3d18, at: store.root)
        }
        let text = try String(contentsOf: Fixtures.url("golden/\(model).names.txt"), encoding: .utf8)
        #expect(named(store) == Set(text.split(separator: "\n").map(String.init)))
    }

    @Test("Any size goes in, each stage's maps come out, and a network without classifier takes a checkpoint that has one")
    func shapes() throws {
        var settings = ResNet.Settings.resNet18, clipSettings = ResNet3D.Settings.r3d18
        (settings.width, settings.classes) = (8, 5)
        let full = ParameterStore(seed: 1), features = ParameterStore(seed: 2)
        let network = ResNet(settings, at: full.root)
        settings.classes = nil
        let headless = ResNet(settings, at: features.root)
        #expect(throws: ParameterError.self) { try features.load(full.values()) }
        var checkpoint = full.values()
        checkpoint["bn1.num_batches_tracked"] = .scalar(7)
        try features.load(checkpoint.forResNet(classifier: false))
        var stream = RandomStream(seed: 3, name: "pictures")
        let pictures = stream.normal([2, 3, 75, 50]), output = network(pictures, .inference()), other = headless(pictures, .inference())
        #expect(output.stages.map(\.shape) == [[2, 19, 13, 8], [2, 10, 7, 16], [2, 5, 4, 32], [2, 3, 2, 64]])
        #expect(output.features.shape == [2, 64] && output.logits?.shape == [2, 5])
        #expect(other.logits == nil && other.features.values == output.features.values)

        (clipSettings.width, clipSettings.classes) = (8, nil)
        let clips = ResNet3D(clipSettings, at: ParameterStore(seed: 1).root)(stream.normal([1, 3, 6, 40, 34]), .inference())
        #expect(clips.stages.map(\.shape) == [[1, 6, 20, 17, 8], [1, 3, 10, 9, 16], [1, 2, 5, 5, 32], [1, 1, 3, 3, 64]])
    }

    /// A training step of a network whose layers take both kinds of kernels; loss and all gradients as bits.
    private func step(_ network: ResNet, _ store: ParameterStore, _ pictures: Tensor) -> [UInt32] {
        let tape = Tape()
        for parameter in store.parameters { parameter.gradient = nil }
        let loss = network(pictures, Context(tape: tape, isTraining: true)).logits!.crossEntropy(targets: [0, 3, 1, 2, 0])
        tape.backward(loss)
        return [loss.item.bitPattern] + store.parameters.flatMap { $0.gradient!.values.map(\.bitPattern) }
    }

    private func small() -> (network: ResNet, store: ParameterStore, pictures: Tensor) {
        var settings = ResNet.Settings.resNet18, stream = RandomStream(seed: 4, name: "pictures")
        (settings.width, settings.classes) = (32, 4)
        let store = ParameterStore(seed: 1)
        return (ResNet(settings, at: store.root), store, stream.normal([5, 3, 64, 64]))
    }

    @Test("A step gives the same bits with one, two and five threads")
    func threads() {
        let (network, store, pictures) = small(), usual = emolab_threads()
        defer { emolab_set_threads(usual) }
        emolab_set_threads(1)
        let expected = step(network, store, pictures)
        for threads in [2, 5, 2] as [Int32] {
            emolab_set_threads(threads)
            #expect(step(network, store, pictures) == expected, "\(threads) threads")
        }
    }

    @Test("A steady step takes no memory from the system")
    func steadyMemory() {
        let (network, store, pictures) = small()
        for _ in 0..<3 { _ = step(network, store, pictures) }
        let before = BufferPool.statistics.systemAllocations
        for _ in 0..<3 { _ = step(network, store, pictures) }
        // Other tests run beside this one and may allocate; a step here would take hundreds of buffers each time.
        #expect(BufferPool.statistics.systemAllocations - before < 40)
    }

    @Test("A network learns to tell two kinds of pictures apart")
    func learns() {
        let (network, store, noise) = small(), optimiser = SGD(store.parameters, rate: 0.02, momentum: 0.9)
        // Two of the five get a bright left half.
        let mark = Tensor((0..<5 * 3 * 64 * 64).map { index in index / 12288 < 2 && index % 64 < 32 ? 2 : 0 }, shape: noise.shape)
        var losses: [Float] = []
        for _ in 0..<12 {
            let tape = Tape()
            for parameter in store.parameters { parameter.gradient = nil }
            let loss = network(noise + mark, Context(tape: tape, isTraining: true)).logits!.crossEntropy(targets: [1, 1, 0, 0, 0])
            tape.backward(loss)
            optimiser.step(gradientScale: 1)
            losses.append(loss.item)
        }
        #expect(losses.last! < 0.1 * losses[0], "losses \(losses)")
    }
}
