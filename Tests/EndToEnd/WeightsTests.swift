// `emolab weights`: what is there, what is imported, and what is refused.
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct WeightsTests {
        /// The imported file that `make test` names; its three networks can be laid out as facenet-pytorch's wheel has them only by the wheel itself.
        private static let wheel: URL? = {
            let cache =
                ProcessInfo.processInfo.environment["XDG_CACHE_HOME"] ?? (ProcessInfo.processInfo.environment["HOME"] ?? "") + "/.cache"
            let folder = URL(fileURLWithPath: cache + "/emolab/wheels")
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            return names.sorted().last { $0.hasPrefix("facenet_pytorch-") && $0.hasSuffix(".whl") }.map {
                folder.appendingPathComponent($0)
            }
        }()

        @Test("Without weights list and doctor say how to get them, which is no fault")
        func missing() throws {
            let home = try Home()
            let listed = try home.json("weights", "list", "--json").array
            #expect(listed.count == 1 && listed[0]["name"].string == "mtcnn" && listed[0]["isPresent"] == .flag(false))
            #expect(listed[0]["advice"].string?.contains("pip download --no-deps facenet-pytorch") == true)
            #expect(try home.emolab("weights", "list").output.contains("missing"))
            let doctor = try home.emolab("doctor", "--json", "--no-measure")
            let line = try #require(try doctor.lastJSON().array.first { $0["what"].string == "MTCNN" })
            #expect(line["advice"].string?.contains("import-mtcnn") == true && line["is"].string?.contains("centred square") == true)
        }

        @Test("Without a file, with none there, with another file and with a damaged wheel, nothing is written and the error says why")
        func refused() throws {
            let home = try Home()
            let none = try home.emolab("weights", "import-mtcnn")
            #expect(none.status == 2 && none.errors.contains("pip download --no-deps facenet-pytorch"))
            try home.write("text.whl", "no wheel")
            for (path, words) in [
                ("nowhere.whl", "there is no such file"), ("text.whl", "text.whl"), (".", "pnet.pt"),
                (Fixtures.url("files/module.pt").path, "not the wheel of facenet-pytorch"),
            ] {
                let result = try home.emolab("weights", "import-mtcnn", path)
                #expect(result.status == 1 && result.errors.contains(words) && result.output == "", "\(result.errors)")
            }
            #expect(try home.json("weights", "list", "--json").array[0]["isPresent"] == .flag(false))
        }

        @Test("A damaged file is a fault of list and doctor")
        func damaged() throws {
            let home = try Home()
            try home.write("data/emolab/weights/mtcnn.safetensors", "no weights")
            let result = try home.emolab("weights", "list", "--json")
            #expect(result.status == 1)
            #expect(try result.lastJSON().array[0]["advice"].string?.contains("import it again") == true)
            #expect(try home.emolab("doctor", "--no-measure").status == 1)
        }

        @Test(
            "The wheel is imported with its source, again and cut off at any place",
            .enabled(if: wheel != nil, "facenet-pytorch's wheel is not here: scripts/fetch-mtcnn gets it"))
        func imported() throws {
            let home = try Home(), wheel = try #require(Self.wheel)
            let entry = try home.json("weights", "import-mtcnn", wheel.path, "--json")
            #expect(entry["parameters"].int == 495_850 && entry["license"].string?.hasPrefix("MIT") == true)
            #expect(entry["source"].string?.hasPrefix("the wheel facenet-pytorch ") == true)
            let file = home.data.appendingPathComponent("emolab/weights/mtcnn.safetensors"), first = try Data(contentsOf: file)
            #expect(try home.emolab("weights", "import-mtcnn", wheel.path).status == 0)
            #expect(try Data(contentsOf: file) == first)
            let doctor = try home.emolab("doctor", "--json", "--no-measure").lastJSON().array.first { $0["what"].string == "MTCNN" }
            #expect(doctor?["is"].string == entry["source"].string && doctor?["advice"].string == nil)
            let bytes = try Data(contentsOf: wheel)
            for share in [0.1, 0.5, 0.99] {
                try bytes.prefix(Int(Double(bytes.count) * share)).write(to: home.file("cut.whl"))
                let result = try home.emolab("weights", "import-mtcnn", "cut.whl")
                #expect(result.status == 1 && result.errors.contains("cut.whl"), "\(result.errors)")
            }
            var flipped = bytes
            // Within pnet.pt's deflated bytes.
            let place = try #require(bytes.range(of: Data("facenet_pytorch/data/pnet.pt".utf8))).upperBound + 2000
            flipped[place] ^= 0x10
            try flipped.write(to: home.file("flipped.whl"))
            #expect(try home.emolab("weights", "import-mtcnn", "flipped.whl").status == 1)
            // What was there stays.
            #expect(try Data(contentsOf: file) == first)
        }
    }
}
