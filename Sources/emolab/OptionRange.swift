// What the values of options may be. A range is written once: the option's help names it, and so does the refusal of a value outside.
import ArgumentParser
import Base
import DemoCorpora
import Foundation
import Training

/// The numbers that an option takes.
struct OptionRange<Number: Comparable & Sendable>: Sendable {
    let option: String
    let range: ClosedRange<Number>
    var unit = ""

    init(_ option: String, _ range: ClosedRange<Number>, _ unit: String = "") {
        (self.option, self.range, self.unit) = (option, range, unit)
    }

    /// `1 to 64`, `0.2 to 10000 minutes`.
    var words: String {
        func word(_ number: Number) -> String {
            let text = "\(number)"
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
        return "\(word(range.lowerBound)) to \(word(range.upperBound))" + (unit.isEmpty ? "" : " " + unit)
    }

    /// - Throws: `ValidationError` that names the option, its range and the value.
    func check(_ value: Number?) throws {
        if let value, !range.contains(value) { throw ValidationError("\(option) takes \(words), not \(value)") }
    }
}

/// The ranges that several commands share.
enum OptionRanges {
    static let threads = OptionRange("--threads", 1...64)
    static let bootstrap = OptionRange("--bootstrap", 0...100_000)
    static let benchRuns = OptionRange("--runs", 1...10_000)
    static let actors = OptionRange("--actors", DemoSettings.actorCounts)
    static let clips = OptionRange("--clips", DemoSettings.clipCounts)
    /// Sides of a frame, in cells.
    static let frameSides = OptionRange("--size", 1...1000)
}

/// Runs a check of values from the command line: what it refuses is bad usage, exit code 2.
func checkingUsage(_ body: () throws -> Void) throws {
    do { try body() } catch let error as ValidationError { throw error } catch let failure as CommandFailure { throw failure } catch {
        throw ValidationError("\(error)".printable)
    }
}

extension KeyRow {
    /// `1 to 10000` of a key that an option stands for.
    static func rangeWords(_ name: String) -> String { Experiment.row(named: name)?.takes ?? "" }

    /// - Throws: `ValidationError` that names the option and the range where the key does not take the value.
    static func check(_ name: String, _ value: Double, option: String) throws {
        guard let bounds = Experiment.row(named: name)?.bounds, !bounds.contains(value) else { return }
        let text = value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
        throw ValidationError(
            "\(option) takes \(bounds.lower != nil && bounds.includesLower && bounds.includesUpper ? "" : "a number ")\(bounds.words), not \(text)"
        )
    }
}

/// A file that a command writes beside what it prints; `-` is standard output.
struct OutputFile: ExpressibleByArgument {
    let path: String

    init(argument: String) { path = argument == "-" ? "/dev/stdout" : argument }

    var isStandardOutput: Bool { path == "/dev/stdout" }

    /// - Throws: `ValidationError` where standard output would get two things at once.
    static func check(_ files: [(option: String, file: OutputFile?)], json: Bool) throws {
        let there = files.filter { $0.file?.isStandardOutput == true }.map(\.option) + (json ? ["--json"] : [])
        if there.count > 1 {
            throw ValidationError("\(there.joined(separator: " and ")) would both be on standard output: give one of them a file")
        }
    }
}

/// The end of a command's help: whole commands, as they are typed.
func examples(_ lines: String...) -> String {
    (lines.count == 1 ? "Example:" : "Examples:") + lines.map { "\n  " + $0 }.joined()
}
