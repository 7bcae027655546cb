// Services that answer at once, without an engine.
import Base
import Corpora
import Foundation
import Records
import TestSupport

@testable import TUI

/// Experiments of one made-up system, with the rows of `keys.json`, one further preset and a few rules between keys.
struct MadeUpExperiments: ExperimentReader {
    private struct Row: Decodable {
        var key, type, takes, effect, help: String
        /// What it is without a preset, and with the preset `small` where that is something else.
        var `default`: String
        var small, unit: String?
        var choices: [String]?
        var lowest, highest: Double?

        var row: KeyRow {
            let item: KeyRow.Kind =
                choices.map(KeyRow.Kind.choice) ?? (type.hasSuffix("numbers") ? .real : type.hasSuffix("integers") ? .integer : .text)
            let kind: KeyRow.Kind =
                switch type {
                case "boolean": .bool
                case "integer": .integer
                case "number": .real
                case "choice": item
                case "text": .text
                default: .list(item)
                }
            let bounds =
                lowest == nil && highest == nil
                ? nil
                : KeyRow.Bounds(
                    lower: lowest, upper: highest, includesLower: !takes.contains("above"), includesUpper: !takes.contains("below"))
            return KeyRow(
                name: key, kind: kind, bounds: bounds, unit: unit, effect: KeyRow.Effect(rawValue: effect) ?? .newRun, help: help)
        }
    }

    private static let rows: [Row] = {
        let data = try? Data(contentsOf: Fixtures.url("keys.json"))
        return data.flatMap { try? JSONDecoder().decode([Row].self, from: $0) } ?? []
    }()
    private static let keys = rows.map(\.row)

    let sheets = [SystemSheet("zu-dann", keys: keys)]

    func read(_ text: String) throws(ExperimentError) -> ExperimentRecord {
        let record = try Self.record(Self.named(in: text))
        if let problem = record.problem { throw problem }
        return record
    }

    func overrides(setting key: KeyRow, to text: String, in record: ExperimentRecord) throws(ExperimentError) -> [String] {
        let own = try key.override(text)
        var named = record.settings
        for (name, value) in try Self.named(in: own) { named[name] = value }
        let new = Self.defaults(named)
        var overrides = [own]
        for other in Self.keys where other.name != key.name && record.settings[other.name] == record.defaults[other.name] {
            guard let value = new[other.name], value != record.defaults[other.name] else { continue }
            overrides.append(try other.override(value))
        }
        return overrides
    }

    func applying(_ overrides: [String], to record: ExperimentRecord) throws(ExperimentError) -> ExperimentRecord {
        var named = record.settings
        for (name, value) in try Self.named(in: overrides.joined(separator: "\n")) { named[name] = value }
        return try Self.record(named)
    }

    /// Keys that a text has, with their values as settings print them.
    private static func named(in text: String) throws(ExperimentError) -> [String: String] {
        let document: TomlDocument
        do { document = try TomlDocument(text) } catch {
            throw .syntax(line: error.line, column: error.column, detail: error.reason)
        }
        var named: [String: String] = [:]
        collect(document.value, "", into: &named)
        for name in named.keys.sorted() where !rows.contains(where: { $0.key == name }) {
            throw .unknownKey(key: name, line: nil, nearest: nil)
        }
        return named
    }

    private static func collect(_ value: TomlValue, _ path: String, into named: inout [String: String]) {
        if case .table(let fields) = value {
            for (name, field) in fields { collect(field, path.isEmpty ? name : path + "." + name, into: &named) }
        } else {
            named[path] = words(value)
        }
    }

    private static func words(_ value: TomlValue) -> String {
        switch value {
        case .table: ""
        case .array(let items): "[" + items.map(words).joined(separator: ", ") + "]"
        case .string(let text), .date(let text): text
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        }
    }

    private static func defaults(_ named: [String: String]) -> [String: String] {
        let isSmall = named["model.preset"] == "small"
        var settings = Dictionary(uniqueKeysWithValues: rows.map { ($0.key, (isSmall ? $0.small : nil) ?? $0.default) })
        if let schedule = named["adaptation.alpha.schedule"] {
            settings["adaptation.alpha.schedule"] = schedule
            settings["adaptation.alpha.maximum"] = schedule == "dann" ? "1.0" : "0.099"
        }
        if let method = named["adaptation.method"], ["coral", "mmd"].contains(method) { settings["adaptation.batches"] = "joint" }
        // What only says which defaults there are stands at its default itself.
        for key in ["model.preset"] { settings[key] = named[key] ?? settings[key] }
        return settings
    }

    private static func record(_ named: [String: String]) throws(ExperimentError) -> ExperimentRecord {
        let defaults = defaults(named), settings = defaults.merging(named) { $1 }
        var lines: [String] = []
        for key in keys { lines.append(try key.override(settings[key.name] ?? "")) }
        var record = ExperimentRecord(text: lines.joined(separator: "\n") + "\n", settings: settings, defaults: defaults)
        func count(_ key: String) -> Int { settings[key]?.split(separator: ",").count ?? 0 }
        if settings["adaptation.batches"] == "joint", let batch = settings["training.batch"], Int(batch)?.isMultiple(of: 2) == false {
            record.problem = .outOfRange(
                key: "training.batch", line: nil, value: batch, expected: "even, since joint batches take half from each domain")
        } else if ![1, count("adaptation.discriminators")].contains(count("adaptation.discriminator_weights")) {
            record.problem = .outOfRange(
                key: "adaptation.discriminator_weights", line: nil, value: settings["adaptation.discriminator_weights"] ?? "",
                expected: "one number, or one a place")
        }
        return record
    }
}

/// No clip can be prepared: its file is named.
struct NoPreviews: ClipPreviewer {
    struct Missing: Error, CustomStringConvertible { let description: String }

    func preview(of clip: Clip, like run: Int64?) throws -> ClipPreview {
        throw Missing(description: "\(clip.video ?? clip.audio ?? clip.name): no such file")
    }
}

/// Tells the reports that it was made with.
struct ToldReports: ClipInquirer {
    var reports: [ClipReport] = []

    func ask(_ question: ClipQuestion, isOutdated: @escaping @Sendable () -> Bool, tell: @escaping @Sendable (ClipReport) -> Void) {
        for report in reports where !isOutdated() { tell(report) }
    }
}

struct ToldGroups: RunGrouper {
    var groups: [Int64: Int]?

    func changedGroups() -> [Int64: Int]? { groups }
}

extension WorkbenchServices {
    static let madeUp = WorkbenchServices(
        experiments: MadeUpExperiments(), previews: NoPreviews(), clips: ToldReports(), groups: ToldGroups())
}
