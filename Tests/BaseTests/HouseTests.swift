// The architecture as a test: which room imports which, and that a published system is known by name in its own folder only.
import Foundation
import Testing

@Suite("The house") struct HouseTests {
    /// Rooms from the lowest up, each with the rooms that it may import.
    static let rooms: [(name: String, imports: Set<String>)] = [
        ("BuildInfo", []), ("Kernels", []),
        ("Base", []),
        ("SQLiteFiles", ["Base"]),
        ("Tensors", ["Base", "Kernels"]),
        ("TensorFiles", ["Base", "Tensors"]),
        ("OperationTable", ["Base", "Tensors"]),
        ("Networks", ["Base", "Tensors", "TensorFiles"]),
        ("Corpora", ["Base"]),
        ("Records", ["Base", "Corpora"]),
        ("Metrics", ["Base", "Corpora", "Records"]),
        ("Media", ["Base"]),
        ("Faces", ["Base", "Records", "Media", "Tensors", "TensorFiles", "Kernels"]),
        ("DemoCorpora", ["Base", "Corpora", "Media"]),
        ("Inputs", ["Base", "SQLiteFiles", "Corpora", "Records", "Media", "Faces", "Tensors"]),
        ("Store", ["Base", "SQLiteFiles", "Corpora", "Records"]),
        ("Training", ["Base", "Tensors", "TensorFiles", "Networks", "Corpora", "Records", "Metrics", "Inputs", "Media", "Faces"]),
        ("Systems", ["Base", "Tensors", "Networks", "Records", "Inputs", "Training"]),
        (
            "Analysis",
            ["Base", "Tensors", "TensorFiles", "Networks", "Corpora", "Records", "Metrics", "Inputs", "Media", "Faces", "Training"]
        ),
        (
            "Runs",
            [
                "BuildInfo", "Base", "Tensors", "Corpora", "Records", "Metrics", "Store", "Inputs", "Faces", "Training", "Systems",
                "Analysis",
            ]
        ),
        ("Viz", ["Base"]),
        ("TUI", ["Base", "Corpora", "Records", "Metrics", "Store", "Viz"]),
    ]

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Swift files below Sources: path from there, room and text.
    private static let files: [(path: String, room: String, text: String)] = {
        let sources = root.appendingPathComponent("Sources")
        let paths = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            let parts = path.split(separator: "/"), room = parts[0] == "Core" ? parts[1] : parts[0]
            return (try? String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)).map { (path, String(room), $0) }
        }
    }()

    @Test("A room imports the rooms that it may, and no room above it")
    func imports() throws {
        let names = Self.rooms.map(\.name)
        for (index, room) in Self.rooms.enumerated() { #expect(room.imports.isSubset(of: names[..<index]), "\(room.name)") }
        let allowed = Dictionary(uniqueKeysWithValues: Self.rooms)
        #expect(Set(Self.files.map(\.room)) == Set(names.filter { $0 != "Kernels" } + ["emolab"]))
        for file in Self.files where file.room != "emolab" {
            for line in file.text.split(separator: "\n") where line.contains("import ") && !line.hasPrefix("//") {
                guard let name = line.firstMatch(of: /^(?:@\w+ |public |package |internal |private )*import (\w+)/)?.1,
                    names.contains(String(name))
                else { continue }
                #expect(allowed[file.room]?.contains(String(name)) == true, "\(file.path) imports \(name)")
            }
        }
    }

    @Test("Every folder of tests is built: one that the package does not name would be silent")
    func testFolders() throws {
        let package = try String(contentsOf: Self.root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let tests = Self.root.appendingPathComponent("Tests")
        for folder in try FileManager.default.contentsOfDirectory(atPath: tests.path).sorted() {
            let paths =
                FileManager.default.enumerator(atPath: tests.appendingPathComponent(folder).path)?.compactMap { $0 as? String } ?? []
            let isTests = try paths.contains { path in
                try path.hasSuffix(".swift")
                    && String(contentsOf: tests.appendingPathComponent(folder).appendingPathComponent(path), encoding: .utf8)
                        .contains("import Testing")
            }
            guard isTests, folder != "Fixtures" else { continue }
            #expect(package.contains("\"\(folder)\""), "\(folder) is in no target")
        }
    }

    /// Where a system, a published network or a part of one may be named.
    private static let homes = ["Core/Systems/", "Core/Networks/Models/"]
    private static var systemNames: Regex<Substring> {
        /(?i)zu[-_]?dann|times_?former|emo_?catcher|mrpn|metric_?attention|avt[-_]?ca|datbayev|"fused"|model\.(?:fusion|video|audio|lora)|late_?rule/
    }
    /// Files that still name one; comments, which cite their source, left out. This list only grows shorter.
    private static let leaks: Set<String> = [
        "Core/Analysis/Explaining/ClipExplainer+Alone.swift",
        "Core/Analysis/Explaining/ClipExplainer.swift",
        "Core/Media/Sound/LinearSpectrogram.swift",
        "Core/Media/Sound/MelSettings.swift",
        "Core/Runs/RunMaterial.swift",
        "Core/Training/Experiments/AdaptationSettings.swift",
        "Core/Training/Experiments/Experiment.swift",
        "Core/Training/Experiments/ExperimentFile.swift",
        "Core/Training/Experiments/Experiment+Rows.swift",
        "Core/Training/Experiments/ExperimentPresets.swift",
        "Core/Training/Experiments/ExperimentValidation.swift",
        "Core/Training/Experiments/InputSettings+Preparation.swift",
        "Core/Training/Experiments/InputSettings.swift",
        "Core/Training/Experiments/ModelSettings.swift",
        "TUI/Panes/Adaptation/AdaptationDiagnosis.swift",
        "emolab/Bench/DannWork.swift",
        "emolab/Bench/EmoCatcherWork.swift",
        "emolab/Bench/EngineWork.swift",
        "emolab/Bench/OperationCount.swift",
        "emolab/Commands/AugmentCommand.swift",
        "emolab/Commands/FeatureFrontEnd.swift",
        "emolab/Commands/ForwardCommand.swift",
        "emolab/Commands/PrepareCommand.swift",
        "emolab/Commands/ReportCommand.swift",
        "emolab/Commands/TrainCommand.swift",
    ]

    @Test("A system is known by name in its own folder only, but for the files that are listed here")
    func names() {
        let found = Self.files.filter { file in
            guard !Self.homes.contains(where: file.path.hasPrefix) else { return false }
            return file.text.split(separator: "\n").contains { line in
                line.replacing(/(?:^|\s)\/\/.*/, with: "").firstMatch(of: Self.systemNames) != nil
            }
        }.map(\.path)
        #expect(Set(found).subtracting(Self.leaks).sorted() == [], "a system is named where none was")
        #expect(Self.leaks.subtracting(found).sorted() == [], "take these from the list")
    }
}
