import Foundation
import Records
import Store
import Synchronization
import Testing
import TestSupport

@testable import TUI

@Suite struct RunLauncherTests {
    let folder: URL
    let store: RunStore

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-launch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = try RunStore(at: folder.appendingPathComponent("emolab.sqlite"))
    }

    /// A program in place of emolab that writes down its arguments, session and standard files, then does as told.
    private func program(_ body: String) throws -> String {
        let file = folder.appendingPathComponent("program-\(UUID().uuidString)")
        try Data("#!/bin/sh\n\(body)\n".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file.path)
        return file.path
    }

    private func told(_ program: String, _ request: LaunchRequest) async -> String {
        let launcher = RunLauncher(store: store, executable: program, folder: folder.path)
        return await withCheckedContinuation { continuation in
            let isFirst = Mutex(true)
            launcher.launch(request) { _ in
            } told: { words in
                _ = launcher
                if isFirst.withLock({ first in
                    defer { first = false }; return first
                }) {
                    continuation.resume(returning: words)
                }
            }
        }
    }

    @Test("A process that ends before it has a run is told with the last words of its log, which stays", .timeLimit(.minutes(1)))
    func failure() async throws {
        let words = await told(
            try program("echo preparing; echo 'emolab: there is no corpus named crowd' >&2; exit 1"),
            .child(of: 3, experiment: "name = \"x\""))
        #expect(words.hasPrefix("a child of run 3 did not start: there is no corpus named crowd; log: \(folder.path)/train-"))
        let log = try #require(words.split(separator: " ").last)
        #expect(try String(contentsOfFile: String(log), encoding: .utf8).contains("preparing"))
    }

    @Test("A program that is not there is told")
    func missing() async throws {
        #expect(
            await told("/nowhere/emolab", .resume(run: 3, changes: [])) == "/nowhere/emolab cannot be started: No such file or directory")
    }

    @Test(
        "The process has a session of its own, reads nothing, holds nothing of ours open, and gets what was asked", .timeLimit(.minutes(1)))
    func process() async throws {
        let out = folder.appendingPathComponent("seen").path
        let words = await told(
            try program(
                "echo \"$@\" > '\(out)'; cat >> '\(out)'; ls /proc/self/fd | tr '\\n' ' ' >> '\(out)'; ps -o sid= -p $$ >> '\(out)'; echo $$ >> '\(out)'; exit 3"
            ),
            .resume(run: 5, changes: ["training.epochs=9"]))
        #expect(words.contains("run 5 did not start"))
        let lines = try String(contentsOfFile: out, encoding: .utf8).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        try #require(lines.count >= 2)
        #expect(lines[0] == "train --resume 5 --set training.epochs=9 --store \(store.url.path)")
        // Standard files and the one that ls reads the folder through; then session and process, which are the same.
        let numbers = lines.dropFirst().joined(separator: " ").split(separator: " ").map(String.init)
        #expect(numbers.prefix(4) == ["0", "1", "2", "3"] && numbers.count == 6 && numbers[4] == numbers[5], "\(numbers)")
    }

    @Test("A long log gives its last words, an empty or missing one none")
    func lastWords() throws {
        let log = folder.appendingPathComponent("log").path
        #expect(RunLauncher.lastWords(log) == nil)
        try Data().write(to: URL(fileURLWithPath: log))
        #expect(RunLauncher.lastWords(log) == nil)
        try Data((String(repeating: "epoch\n", count: 50_000) + "emolab: it is full\nbye\n").utf8).write(to: URL(fileURLWithPath: log))
        #expect(RunLauncher.lastWords(log) == "it is full")
    }
}
