// What `emolab predict` says: a table for people, one JSON object a file for programs, a CSV row a file or window.
import Analysis
import Base
import Foundation
import Records
import Viz

struct PredictTable {
    /// Everything about one file.
    struct File {
        var file: String
        var verdict: ClipVerdict?
        var windows: [WindowVerdict]?
        var timings: [PredictionTiming]?
        /// Of the file, where it was gone through in windows.
        var warnings: [String]
        var error: String?

        init(
            file: String, verdict: ClipVerdict? = nil, windows: [WindowVerdict]? = nil, timings: [PredictionTiming]? = nil,
            warnings: [String] = [],
            error: String? = nil
        ) {
            (self.file, self.verdict, self.windows, self.timings, self.warnings, self.error) = (
                file, verdict, windows, timings, warnings, error
            )
        }
    }

    private let labels: [String]
    private let windows: Bool
    private let json: Bool
    private let csv: UserFile.Growing?
    /// Whether a table for people is printed: not where standard output has JSON or the CSV.
    private let isPrinted: Bool
    /// Whether the model looks at faces.
    private let hasFaces: Bool
    private var rows: [[String]] = []
    private var timings: [(file: String, timings: [PredictionTiming])] = []
    private var remarks: [String] = []
    private(set) var count = 0
    private(set) var failed = 0

    /// - Throws: `FileFailure` where the CSV file cannot be written.
    init(labels: [String], windows: Bool, csv file: OutputFile?, json: Bool, hasFaces: Bool) throws {
        (self.labels, self.windows, self.json) = (labels, windows, json)
        isPrinted = !json && file?.isStandardOutput != true
        self.hasFaces = hasFaces
        csv = try file.map { try UserFile.stream(to: $0.path) }
        if csv != nil {
            try write(
                ["file", "start", "end", "prediction", "probability"] + labels.map { "p_" + $0 } + [
                    "speech", "frames", "faces", "remarks", "error",
                ])
        }
    }

    mutating func add(_ file: File) throws {
        count += 1
        if file.error != nil { failed += 1 }
        if csv != nil { try writeRows(of: file) }
        if json { return try printJSON(Line(file, labels)) }
        let name = file.file.printable
        if let error = file.error { return standardError("\(name): \(error.printable)") }
        let short = Self.shortened(URL(fileURLWithPath: file.file).lastPathComponent.printable, to: 28)
        if let verdict = file.verdict {
            rows.append([short] + cells(verdict))
            for warning in verdict.warnings where !warning.isOfAllClips { remarks.append("\(name): \("\(warning)".printable)") }
        }
        for window in file.windows ?? [] {
            let start = [short, Self.seconds(window.seconds.lowerBound), Self.seconds(window.seconds.upperBound)]
            rows.append(
                start + (window.verdict.map(cells) ?? ["nothing there"] + [String](repeating: "", count: labels.count + (hasFaces ? 1 : 0)))
            )
        }
        remarks += file.warnings.map { "\(name): \($0.printable)" }
        if let windows = file.windows { remarks += Self.remarks(on: windows).map { "\(name): \($0)" } }
        if let timings = file.timings { self.timings.append((short, timings)) }
    }

    func finish() throws {
        if isPrinted, !rows.isEmpty {
            let start = windows ? ["file", "start", "end"] : ["file"]
            let header = start + ["prediction"] + labels.map(\.printable) + (hasFaces ? ["faces"] : [])
            printTable(header: header, rows: rows, rightAligned: Set(1..<start.count).union(Set((start.count + 1)..<header.count)))
        }
        if isPrinted, !timings.isEmpty {
            print("")
            printTable(
                header: ["milliseconds, median (least)", "total", "decode", "faces", "sound", "model"],
                rows: timings.map { file, timings in
                    [file]
                        + PredictionTiming.stages.map { stage in
                            let times = timings.map { $0[keyPath: stage] }.sorted()
                            return "\(Self.milliseconds(times[times.count / 2])) (\(Self.milliseconds(times[0])))"
                        }
                }, rightAligned: [1, 2, 3, 4, 5])
        }
        for remark in remarks { standardError(remark) }
    }

    private func cells(_ verdict: ClipVerdict) -> [String] {
        let faces = hasFaces ? [verdict.faces.map { "\($0)/\(verdict.frames ?? 0)" } ?? ""] : []
        return [labels[verdict.predicted].printable] + verdict.probabilities.map { String(format: "%.2f", $0) } + faces
    }

    /// Of many windows one line a kind of warning.
    private static func remarks(on windows: [WindowVerdict]) -> [String] {
        let warnings = windows.compactMap(\.verdict).flatMap(\.warnings)
        let speechless = warnings.count { $0 == .noSpeech },
            others = Set(warnings.filter { if case .onlyTheMiddle = $0 { true } else { false } })
        var (faceless, pictures) = (0, 0)
        for case .noFace(let without, let all) in warnings { (faceless, pictures) = (faceless + without, pictures + all) }
        return (speechless > 0 ? ["no speech found in \(speechless) of \(windows.count) windows, all of their sound was used"] : [])
            + (faceless > 0 ? ["\(PredictionWarning.noFace(faceless, of: pictures))"] : []) + others.map { "\($0)" }
    }

    static func shortened(_ name: String, to width: Int) -> String { name.count <= width ? name : "…" + name.suffix(width - 1) }
    static func seconds(_ value: Double) -> String { String(format: "%.2f", value) }
    private static func milliseconds(_ value: Double) -> String { String(format: "%.1f", value) }

    // MARK: CSV

    private func writeRows(of file: File) throws {
        let none = [String](repeating: "", count: labels.count + 5)
        if let error = file.error { return try write([file.file, "", ""] + none + ["", error]) }
        if let verdict = file.verdict { try write([file.file, "0", Self.exact(verdict.duration)] + fields(verdict) + [""]) }
        for window in file.windows ?? [] {
            let place = [file.file, Self.exact(window.seconds.lowerBound), Self.exact(window.seconds.upperBound)]
            var fields = window.verdict.map(fields) ?? none + [""]
            // What is odd about the file is so in each of its windows.
            if let last = fields.last, !file.warnings.isEmpty {
                fields[fields.count - 1] = (file.warnings + (last.isEmpty ? [] : [last])).joined(separator: "; ")
            }
            try write(place + fields + [""])
        }
    }

    private func fields(_ verdict: ClipVerdict) -> [String] {
        var fields = [labels[verdict.predicted], "\(verdict.probabilities[verdict.predicted])"]
        for probability in verdict.probabilities { fields.append("\(probability)") }
        fields.append(verdict.hasSpeech.map { $0 ? "1" : "0" } ?? "")
        for count in [verdict.frames, verdict.faces] { fields.append(count.map { "\($0)" } ?? "") }
        fields.append(verdict.warnings.map { "\($0)" }.joined(separator: "; "))
        return fields
    }

    private static func exact(_ value: Double) -> String { "\(value)" }

    private func write(_ fields: [String]) throws {
        try csv?.write(fields.commaSeparated + "\r\n")
    }

    // MARK: JSON

    private struct Answer: Encodable {
        var prediction: String
        var probability: Float
        var probabilities: [String: Float]
        var speech: Bool?
        var frames, faces: Int?
        var warnings: [String]

        init(_ verdict: ClipVerdict, _ labels: [String]) {
            prediction = labels[verdict.predicted]
            probability = verdict.probabilities[verdict.predicted]
            probabilities = Dictionary(zip(labels, verdict.probabilities)) { first, _ in first }
            (speech, frames, faces, warnings) = (verdict.hasSpeech, verdict.frames, verdict.faces, verdict.warnings.map { "\($0)" })
        }
    }

    private struct Window: Encodable {
        var start, end: Double
        var answer: Answer?

        enum CodingKeys: CodingKey { case start, end }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(start, forKey: .start)
            try values.encode(end, forKey: .end)
            try answer?.encode(to: encoder)
        }
    }

    private struct Line: Encodable {
        var file: String
        var duration: Double?
        var answer: Answer?
        var windows: [Window]?
        var timing: [PredictionTiming]?
        var warnings: [String]?
        var error: String?

        enum CodingKeys: CodingKey { case file, duration, windows, timing, warnings, error }

        init(_ file: File, _ labels: [String]) {
            self.file = file.file
            duration = file.verdict?.duration
            answer = file.verdict.map { Answer($0, labels) }
            windows = file.windows?.map { window in
                Window(start: window.seconds.lowerBound, end: window.seconds.upperBound, answer: window.verdict.map { Answer($0, labels) })
            }
            (timing, error) = (file.timings, file.error)
            warnings = file.windows == nil ? nil : file.warnings
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(file, forKey: .file)
            try values.encodeIfPresent(duration, forKey: .duration)
            try values.encodeIfPresent(windows, forKey: .windows)
            try values.encodeIfPresent(timing, forKey: .timing)
            try values.encodeIfPresent(warnings, forKey: .warnings)
            try values.encodeIfPresent(error, forKey: .error)
            try answer?.encode(to: encoder)
        }
    }
}

extension PredictionTiming {
    fileprivate static let stages: [KeyPath<PredictionTiming, Double> & Sendable] = [\.total, \.decode, \.faces, \.sound, \.model]
}
