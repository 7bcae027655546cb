// swift-tools-version: 6.2
import PackageDescription

/// Warnings stop the build where EMOLAB_STRICT is set (.ci/run does); a user with newer headers is not locked out by one.
let strict: [SwiftSetting] = Context.environment["EMOLAB_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

func system(_ name: String, pkgConfig: String? = nil, apt: [String]) -> Target {
    .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt(apt)])
}

/// Every module that a target imports is named, also where another brings it along: what is not named is not rebuilt with it.
func floor(
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
        floor("Files"),
        floor("Toml"),
        floor("Tensors", ["Kernels", "Files", "CZlib"]),
        floor("OperationTable", ["Tensors"]),
        floor("Networks", ["Files", "Tensors"]),
        floor("Media", ["CFFmpeg", "CFFTW", logging]),
        floor("Features", ["Media", "Tensors", "Kernels"]),
        floor(
            "Corpora", ["Features", "Files", "Media", "Tensors", "Toml", "CCairo", "CEspeak", "CZstd", "CXxhash", grdb], resources: [.embedInCode("Labels/labels.toml")]),
        floor("Training", ["Corpora", "Files", "Features", "Media", "Networks", "Tensors", "Toml"]),
        floor("Runs", ["BuildInfo", "Training", "Corpora", "Files", "Tensors", "Toml", grdb, logging], resources: [.embedInCode("Reports/published.toml")]),
        floor("Viz", in: "Sources", ["Files", "CCairo"]),
        floor("TUI", in: "Sources", ["Viz", "Runs", "Training", "Corpora", "Features", "Files", "Tensors", "Toml", "CNcurses", logging]),
        .executableTarget(
            name: "emolab",
            dependencies: ["BuildInfo", "TUI", "Viz", "Runs", "Training", "Corpora", "Features", "Files", "Media", "Networks", "OperationTable", "Tensors", arguments],
            path: "Sources/emolab", resources: [.embedInCode("Resources")], swiftSettings: strict),

        .target(name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport", swiftSettings: strict),
        tests("FilesTests", ["Files"]),
        tests("TomlTests", ["Toml"]),
        tests("TensorsTests", ["Tensors", "Kernels", "OperationTable"]),
        tests("NetworksTests", ["Networks", "Tensors", "Kernels"]),
        tests("MediaTests", ["Media", "CFFmpeg"]),
        tests("FeaturesTests", ["Features", "Media", "Tensors", "Kernels"]),
        tests("CorporaTests", ["Corpora", "Features", "Media", "Tensors", grdb]),
        tests("TrainingTests", ["Training", "Files", "Networks", "Tensors", "Toml", "Corpora", "Features", "Media"]),
        tests("RunsTests", ["Runs", "Files", "Training", "Corpora", grdb]),
        tests("VizTests", ["Viz"]),
        tests("TUITests", ["TUI", "Viz", "Runs", "Training", "Corpora", "Features", "CNcurses", logging]),
        tests("EndToEnd", ["BuildInfo", "Features", "Runs", "Training", "Corpora", "Media", "Tensors", "emolab", arguments, grdb]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17
)
