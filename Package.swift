// swift-tools-version: 6.2
import PackageDescription

/// Warnings stop the build where EMOLAB_STRICT is set (.ci/run does); a user with newer headers is not locked out by one.
let strict: [SwiftSetting] = Context.environment["EMOLAB_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

func system(_ name: String, pkgConfig: String? = nil, apt: [String]) -> Target {
    .systemLibrary(name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt(apt)])
}

/// Every module that a target imports is named, also where another brings it along: what is not named is not rebuilt with it.
func room(
    _ name: String, in folder: String = "Sources/Core", _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
    .target(name: name, dependencies: dependencies, path: "\(folder)/\(name)", resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)", swiftSettings: strict)
}

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "emolab",
    products: [.executable(name: "emolab", targets: ["emolab"])],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        system("CNcurses", apt: ["libncurses-dev"]),
        system("COneDNN", apt: ["libdnnl-dev"]),
        system("COpenBLAS", pkgConfig: "openblas", apt: ["libopenblas-dev"]),
        system("CFFTW", pkgConfig: "fftw3f", apt: ["libfftw3-dev"]),
        system(
            "CFFmpeg", pkgConfig: "libavformat libavcodec libavutil libswscale libswresample",
            apt: ["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev", "libswresample-dev"]),
        system("CEspeak", apt: ["libespeak-ng-dev"]),
        system("CCairo", pkgConfig: "cairo", apt: ["libcairo2-dev"]),
        system("CZlib", pkgConfig: "zlib", apt: ["zlib1g-dev"]),
        system("CZstd", pkgConfig: "libzstd", apt: ["libzstd-dev"]),
        system("CXxhash", pkgConfig: "libxxhash", apt: ["libxxhash-dev"]),

        .target(
            name: "Kernels", dependencies: ["COneDNN", "COpenBLAS"], path: "Sources/Core/Kernels",
            linkerSettings: ["dnnl", "openblas", "m", "pthread"].map { .linkedLibrary($0) }),
        .plugin(name: "BuildInfoPlugin", capability: .buildTool(), path: "Plugins/BuildInfo"),
        .target(name: "BuildInfo", path: "Sources/Core/BuildInfo", swiftSettings: strict, plugins: ["BuildInfoPlugin"]),
        room("Base", ["CXxhash"]),
        room("SQLiteFiles", ["Base", grdb]),
        room("Tensors", ["Base", "Kernels"]),
        room("TensorFiles", ["Base", "Tensors", "CZlib"]),
        room("OperationTable", ["Base", "Tensors"]),
        room("Networks", ["Base", "Tensors", "TensorFiles"]),
        room("Corpora", ["Base"], resources: [.embedInCode("Labels/labels.toml")]),
        room("Records", ["Base", "Corpora"]),
        room("Metrics", ["Base", "Corpora", "Records"]),
        room("Media", ["Base", "CFFmpeg", "CFFTW", logging]),
        room("Faces", ["Base", "Records", "Media", "Tensors", "TensorFiles", "Kernels"]),
        room("DemoCorpora", ["Base", "Corpora", "Media", "CCairo", "CEspeak"]),
        room("Inputs", ["Base", "SQLiteFiles", "Corpora", "Records", "Media", "Faces", "Tensors", "CZstd", grdb]),
        room("Store", ["Base", "SQLiteFiles", "Corpora", "Records", grdb, logging]),
        room("Training", ["Base", "Corpora", "Records", "Inputs", "Faces", "Media", "Metrics", "Networks", "Tensors", "TensorFiles"]),
        room("Systems", ["Base", "Records", "Inputs", "Networks", "Tensors", "Training"], resources: [.embedInCode("Resources")]),
        room(
            "Analysis",
            ["Base", "Corpora", "Records", "Metrics", "Inputs", "Faces", "Media", "Networks", "Tensors", "TensorFiles", "Training"]),
        room(
            "Runs",
            [
                "BuildInfo", "Base", "Records", "Store", "Metrics", "Training", "Systems", "Analysis", "Inputs", "Faces", "Corpora",
                "Tensors",
                logging,
            ], resources: [.embedInCode("Reports/published.toml")]),
        room("Viz", in: "Sources", ["Base", "CCairo"]),
        room(
            "TUI", in: "Sources",
            [
                "Base", "Corpora", "Records", "Metrics", "Store", "Viz", "CNcurses", logging,
            ]),
        .executableTarget(
            name: "emolab",
            dependencies: [
                "BuildInfo", "Base", "Records", "Store", "TUI", "Viz", "Runs", "Metrics", "Analysis", "Systems", "Training", "Inputs",
                "DemoCorpora", "Corpora",
                "Faces", "Media", "Networks", "OperationTable", "Tensors",
                "TensorFiles", arguments,
            ],
            path: "Sources/emolab", swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Base", "Corpora", "Records", "Tensors", "TensorFiles"], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests("BaseTests", ["Base"]),
        tests("SQLiteFilesTests", ["Base", "SQLiteFiles", grdb]),
        tests("TensorsTests", ["Base", "Tensors", "TensorFiles", "Kernels", "OperationTable"]),
        tests("TensorFilesTests", ["Base", "Tensors", "TensorFiles"]),
        tests("NetworksTests", ["Base", "Networks", "Tensors", "TensorFiles", "Kernels"]),
        tests("MediaTests", ["Base", "Media", "CFFmpeg"]),
        tests("FacesTests", ["Faces", "Records", "Media", "Tensors", "TensorFiles", "Kernels"]),
        tests("CorporaTests", ["Base", "Corpora", "Inputs", "Media"]),
        tests("DemoCorporaTests", ["Base", "Corpora", "DemoCorpora", "Media"]),
        tests("InputsTests", ["Base", "Corpora", "Records", "Inputs", "Faces", "Media", "Tensors", "TensorFiles", grdb]),
        tests(
            "TrainingTests",
            [
                "Training", "Records", "Metrics", "Systems", "Analysis", "Base", "Networks", "Tensors", "TensorFiles", "Corpora", "Inputs",
                "Faces",
                "Media",
            ]),
        tests("RecordsTests", ["Base", "Corpora", "Records"]),
        tests("MetricsTests", ["Base", "Corpora", "Records", "Metrics", "Tensors", "TensorFiles"]),
        tests("StoreTests", ["Base", "Corpora", "Records", "SQLiteFiles", "Store", grdb]),
        tests(
            "RunsTests",
            ["Runs", "Base", "Records", "Store", "Metrics", "Analysis", "Systems", "Training", "Inputs", "Faces", "Corpora", grdb]),
        tests("VizTests", ["Base", "Viz"]),
        tests(
            "TUITests",
            ["Base", "TUI", "Viz", "Records", "Store", "Metrics", "Corpora", "CNcurses", logging]),
        tests(
            "EndToEnd",
            [
                "BuildInfo", "Base", "Records", "Store", "Faces", "Runs", "Metrics", "Analysis", "Systems", "Training", "Inputs",
                "DemoCorpora", "Corpora",
                "Media", "Tensors", "TensorFiles", "emolab", arguments, grdb,
            ]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17
)
