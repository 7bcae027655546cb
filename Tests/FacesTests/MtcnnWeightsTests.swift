import Foundation
import Media
import Tensors
import TestSupport
import Testing

@testable import Faces

@Suite("MTCNN's weights are checked before they are used")
struct MtcnnWeightsTests {
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-mtcnn-\(UUID().uuidString)")
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }
    }

    private static func error(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }

    @Test("What is written is read back bit for bit, with its source")
    func roundTrip() throws {
        let folder = try Folder(), url = folder.url.appendingPathComponent("new/mtcnn.safetensors")
        let weights = try MtcnnWeights(tensors: try Reference.untrained().tensors, metadata: ["source": "a test"])
        try MtcnnImport.write(weights, to: url)
        let read = try MtcnnWeights(contentsOf: url)
        #expect(read.metadata["source"] == "a test" && read.tensors.count == 50)
        for (name, tensor) in weights.tensors { #expect(read.tensors[name]?.values == tensor.values) }
    }

    @Test("A missing tensor, another shape and what is no number are named")
    func contents() throws {
        let good = try Reference.untrained().tensors
        var tensors = good
        tensors["rnet.prelu4.weight"] = nil
        #expect(Self.error { _ = try MtcnnWeights(tensors: tensors) }.contains("rnet.prelu4.weight"))
        tensors = good
        tensors["onet.conv4.weight"] = .zeros([128, 64, 3, 3])
        #expect(Self.error { _ = try MtcnnWeights(tensors: tensors) }.contains("[128, 64, 3, 3]; MTCNN's has [128, 64, 2, 2]"))
        tensors = good
        tensors["pnet.conv1.bias"] = Tensor([Float](repeating: .nan, count: 10), shape: [10])
        #expect(Self.error { _ = try MtcnnWeights(tensors: tensors) }.contains("pnet.conv1.bias"))
    }

    @Test("What came instead of the wheel or of one of its files is named")
    func foreign() throws {
        let folder = try Folder(), wheel = folder.url.appendingPathComponent("facenet.whl")
        for (text, words) in [
            ("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1889224\n", "git lfs pull"),
            ("<html><title>Not Found</title>", "Not Found"),
        ] {
            try Data(text.utf8).write(to: wheel)
            #expect(Self.error { _ = try MtcnnImport.weights(from: wheel) }.contains(words))
            try Data(text.utf8).write(to: folder.url.appendingPathComponent("pnet.pt"))
            #expect(Self.error { _ = try MtcnnImport.weights(from: folder.url) }.contains("pnet.pt: the file is"))
        }
    }

    @Test("A file cut off anywhere, a folder, nothing and a huge file are refused with the file's name")
    func damagedFiles() throws {
        let folder = try Folder(), url = folder.url.appendingPathComponent("mtcnn.safetensors")
        try MtcnnImport.write(try Reference.untrained(), to: url)
        let bytes = try Data(contentsOf: url)
        for length in [0, 7, 8, 100, 5000, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(length).write(to: url)
            #expect(Self.error { _ = try Mtcnn.load(from: url) }.contains("mtcnn.safetensors"), "\(length) bytes")
        }
        #expect(Self.error { _ = try Mtcnn.load(from: folder.url) }.contains("it is no file"))
        #expect(Self.error { _ = try Mtcnn.load(from: folder.url.appendingPathComponent("none")) }.contains("there is no such file"))
        #expect(truncate(url.path, 65 << 20) == 0)
        #expect(Self.error { _ = try Mtcnn.load(from: url) }.contains("too many"))
    }

    @Test("Right names with another network's numbers do not pass the self-check")
    func selfCheck() throws {
        let error = try #require(throws: MtcnnError.self) { try MtcnnSelfCheck.run(try Reference.untrained()) }
        guard case .selfCheck = error else { Issue.record("\(error)"); return }
    }

    @Test(
        "The weights that are here pass the self-check, and a changed number does not",
        .enabled(if: Reference.hasWeights, "\(Reference.reason)"))
    func selfCheckPasses() throws {
        let weights = try Reference.weights()
        try MtcnnSelfCheck.run(weights)
        var tensors = weights.tensors
        var values = tensors["onet.dense6_2.bias"]?.values ?? []
        values[2] += 0.01
        tensors["onet.dense6_2.bias"] = Tensor(values, shape: [4])
        let changed = try MtcnnWeights(tensors: tensors)
        #expect(throws: MtcnnError.self) { try MtcnnSelfCheck.run(changed) }
    }

    @Test("A folder without the three files, and a file that is no wheel, say what is missing")
    func imports() throws {
        let folder = try Folder()
        #expect(Self.error { _ = try MtcnnImport.weights(from: folder.url) }.contains("pnet.pt"))
        try Data("no wheel".utf8).write(to: folder.url.appendingPathComponent("pnet.pt"))
        #expect(Self.error { _ = try MtcnnImport.weights(from: folder.url) }.contains("pnet.pt"))
        #expect(Self.error { _ = try MtcnnImport.weights(from: folder.url.appendingPathComponent("pnet.pt")) }.contains("pnet.pt"))
        // Another zip: PyTorch's own.
        #expect(
            Self.error { _ = try MtcnnImport.weights(from: Fixtures.url("files/module.pt")) }.contains("not the wheel of facenet-pytorch"))
        #expect(
            Self.error { _ = try MtcnnImport.weights(from: folder.url.appendingPathComponent("none")) }.contains("there is no such file"))
    }
}
