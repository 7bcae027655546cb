import ArgumentParser
import Base
import Faces
import Foundation
import Media

/// Milliseconds of face detection a picture, ours and with --compare facenet-pytorch's.
struct BenchFaces: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faces", abstract: "Measure face detection by MTCNN, on one thread and on all cores.",
        discussion: """
            Pictures are brought to 1280x720, unless --size says otherwise, and detected again and again. On all cores each detects pictures of its own, \
            as preparing a corpus does.

            \(examples("emolab bench faces portrait.jpg --runs 20"))
            """)

    @Argument(help: ArgumentHelp("Pictures or films; of a film one frame.", valueName: "file"))
    var files: [String]
    @Option(help: "Width and height, as 1280x720, each \(BenchFaces.sides.words); 0x0 leaves pictures as they are.")
    var size = "1280x720"
    @Option(help: "Rounds over all pictures, \(OptionRanges.benchRuns.words).")
    var runs = 10
    @Flag(help: "Measure facenet-pytorch, too.")
    var compare = false
    @Option(help: "A Python with facenet-pytorch.")
    var python = "python3"
    @Option(help: ArgumentHelp("The folder of facenet_faces.py.", valueName: "folder"))
    var reference = "scripts/reference"
    @OptionGroup var output: OutputOptions

    static let sides = OptionRange("--size", 12...8192, "px")

    private var sides: [Int]? {
        let sides = size.split(separator: "x").compactMap { Int($0) }
        return sides.count == 2 && (sides == [0, 0] || sides.allSatisfy { Self.sides.range.contains($0) }) ? sides : nil
    }

    func validate() throws {
        try OptionRanges.benchRuns.check(runs)
        guard sides != nil else { throw ValidationError("--size takes WIDTHxHEIGHT of \(Self.sides.words), or 0x0") }
        guard !files.isEmpty else { throw ValidationError("name a picture with a face in it") }
    }

    private struct Report: Encodable {
        struct Reference: Encodable {
            var medianMilliseconds: Double
            var minimumMilliseconds: Double
            var threads: Int
            /// Ours, one thread, against its median.
            var speedUp: Double
            /// All cores, against as many of its threads.
            var throughputSpeedUp: Double
        }
        var pictures: Int
        var faces: [Int]
        var medianMilliseconds: Double
        var minimumMilliseconds: Double
        var cores: Int
        var picturesPerSecondOnAllCores: Double
        var facenetPyTorch: Reference?
    }

    func run() throws {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let detector: Mtcnn
        do { detector = try Mtcnn.load(from: MtcnnWeights.standardFile()) } catch {
            throw CommandFailure("\(error); \(FaceDetectors.adviceOnMissingWeights)".printable)
        }
        BenchHeading.print(threads: cores)
        let pictures = try files.map { try picture(URL(fileURLWithPath: ($0 as NSString).expandingTildeInPath)) }
        let faces = pictures.map { detector.faces(in: $0).count }
        var times = (0..<(runs * pictures.count)).map { run in Self.seconds { _ = detector.faces(in: pictures[run % pictures.count]) } }
        times.sort()
        // Every core detects as many as the one did.
        let all = Self.seconds {
            DispatchQueue.concurrentPerform(iterations: cores) { _ in
                for run in 0..<(runs * pictures.count) { _ = detector.faces(in: pictures[run % pictures.count]) }
            }
        }
        var report = Report(
            pictures: pictures.count, faces: faces, medianMilliseconds: times[times.count / 2] * 1e3, minimumMilliseconds: times[0] * 1e3,
            cores: cores,
            picturesPerSecondOnAllCores: Double(cores * times.count) / all)
        if compare {
            let other = try facenet(pictures, threads: cores)
            guard other.faces == faces else {
                throw CommandFailure("facenet-pytorch finds \(other.faces) faces, emolab \(faces): times of different work say nothing")
            }
            report.facenetPyTorch = .init(
                medianMilliseconds: other.median_ms, minimumMilliseconds: other.min_ms, threads: cores,
                speedUp: other.median_ms / report.medianMilliseconds,
                throughputSpeedUp: report.picturesPerSecondOnAllCores * other.median_ms * 1e-3)
        }
        try print(report)
    }

    private func picture(_ url: URL) throws -> Picture {
        guard let sides, let picture = try VideoDecoder.pictures(of: url, count: 1).first else {
            throw CommandFailure("\(url.path.printable): no picture in it")
        }
        return sides == [0, 0] ? picture : picture.resizedByPillowBilinear(width: sides[0], height: sides[1])
    }

    private static func seconds(_ body: () -> Void) -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        body()
        return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }

    private struct Figures: Decodable {
        var median_ms: Double
        var min_ms: Double
        var faces: [Int]
    }

    /// The same pixels, as PPM files, by its own program.
    private func facenet(_ pictures: [Picture], threads: Int) throws -> Figures {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-faces-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = try pictures.enumerated().map { index, picture in
            let url = folder.appendingPathComponent("\(index).ppm")
            try (Data("P6 \(picture.width) \(picture.height) 255\n".utf8) + Data(picture.pixels)).write(to: url)
            return url.path
        }
        let child = try ChildProcess.run(
            python, [reference + "/facenet_faces.py"] + paths + ["--threads", "\(threads)", "--rounds", "\(runs)"])
        guard child.status == 0, let figures = try? JSONDecoder().decode(Figures.self, from: Data(child.output.utf8)) else {
            throw CommandFailure("facenet-pytorch: \(child.complaint.printable)")
        }
        return figures
    }

    private func print(_ report: Report) throws {
        if output.json { return try printJSON(report) }
        func text(_ value: Double) -> String { String(format: "%.1f", value) }
        var rows = [
            [
                "emolab, one thread", text(report.medianMilliseconds), text(report.minimumMilliseconds),
                text(1e3 / report.medianMilliseconds),
            ]
        ]
        rows.append(["emolab, \(report.cores) at once", "", "", text(report.picturesPerSecondOnAllCores)])
        if let other = report.facenetPyTorch {
            rows.append([
                "facenet-pytorch, \(other.threads) threads", text(other.medianMilliseconds), text(other.minimumMilliseconds),
                text(1e3 / other.medianMilliseconds),
            ])
        }
        printTable(
            header: ["faces: \(report.faces.reduce(0, +)) in \(report.pictures) pictures", "median ms", "least ms", "pictures/s"],
            rows: rows, rightAligned: [1, 2, 3])
        if let other = report.facenetPyTorch {
            emolab.print("\(text(other.speedUp)) times as fast on one thread, \(text(other.throughputSpeedUp)) times on all cores")
        }
    }
}
