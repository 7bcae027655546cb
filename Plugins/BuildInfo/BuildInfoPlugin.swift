// Before every build: which commit of the package is built, and by which compiler. A manifest could say so too (`Context.gitInformation`), but SwiftPM
// keeps what a manifest said until its text changes, so that later commits would be missed.
import Foundation
import PackagePlugin

@main struct BuildInfoPlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
        let script = context.package.directoryURL.appending(path: "scripts/write-build-info")
        let compiler = (try? context.tool(named: "swiftc").url.path) ?? "swiftc"
        return [
            .prebuildCommand(
                displayName: "Which commit is built", executable: URL(filePath: "/bin/sh"),
                arguments: [script.path, context.pluginWorkDirectoryURL.path, compiler],
                outputFilesDirectory: context.pluginWorkDirectoryURL)
        ]
    }
}
