import Foundation

/// Valence and arousal over the time of a clip, in [-1, 1]; read from the clip's `track` when it is wanted.
public struct LabelTrack: Sendable, Equatable {
    /// Three hours of 100 labels a second.
    public static let maximumPoints = 1_080_000

    /// Seconds from the beginning of the clip's file, ascending.
    public private(set) var times: [Double] = []
    public private(set) var valence: [Double] = []
    public private(set) var arousal: [Double] = []

    /// The track of a clip, or nil where it has none: AFEW-VA's JSON, SEWA's two tables, or a table with columns time, valence, arousal.
    /// - Throws: `CorpusError.badTrack`, `.badTable`.
    public init?(of clip: Clip) throws {
        guard let path = clip.track else { return nil }
        do {
            if FileName(path).fileExtension == "json" {
                try readFrames(path)
            } else if path.lowercased().contains("_labels_arousal") {
                try readPair(path, video: clip.name)
            } else {
                try readTable(path)
            }
        } catch let bad as BadRow {
            throw CorpusError.badTrack(path: path, reason: bad.reason)
        }
    }

    /// Mean labels of the points in a span of seconds, nil where there is none.
    public func mean(in seconds: Range<Double>) -> (valence: Double, arousal: Double)? {
        let chosen = times.indices.filter { seconds.contains(times[$0]) }
        guard !chosen.isEmpty else { return nil }
        let count = Double(chosen.count)
        return (chosen.reduce(0) { $0 + valence[$1] } / count, chosen.reduce(0) { $0 + arousal[$1] } / count)
    }

    private mutating func append(_ time: Double, _ v: Double, _ a: Double) throws {
        guard times.count < Self.maximumPoints else { throw BadRow("more than \(Self.maximumPoints) labels") }
        guard times.last.map({ $0 < time }) ?? true else { throw BadRow("times do not ascend at \(time) s") }
        times.append(time)
        valence.append(v)
        arousal.append(a)
    }

    private mutating func readFrames(_ path: String) throws {
        for frame in try AfewAnnotation(contentsOf: path).frames {
            try append(Double(frame.number) / AfewAnnotation.frameRate, frame.valence, frame.arousal)
        }
    }

    /// Joins the two tables on time, to a hundredth of a second as they are written.
    private mutating func readPair(_ path: String, video: String) throws {
        func column(_ path: String) throws -> [Int: Double] {
            var values: [Int: Double] = [:]
            try SewaLabels.forEach(of: path) { name, seconds, value in
                guard name == video else { return }
                values[Int((seconds * 100).rounded())] = min(max(value, -1), 1)
                guard values.count <= Self.maximumPoints else { throw BadRow("more than \(Self.maximumPoints) labels") }
            }
            return values
        }
        let a = try column(path)
        let v = try column(SewaLabels.valenceTable(besideArousal: path))
        for time in a.keys.sorted() {
            if let arousal = a[time], let valence = v[time] { try append(Double(time) / 100, valence, arousal) }
        }
    }

    private mutating func readTable(_ path: String) throws {
        let table = try TableRows(contentsOf: path, known: ["time", "valence", "arousal"])
        for column in ["time", "valence", "arousal"] where !table.columns.contains(column) { throw BadRow(table.lacks(column)) }
        if let first = table.bad.first { throw BadRow("line \(first.line): \(first.reason)") }
        for row in table.rows {
            do {
                guard let time = try row.number("time", in: 0...1e6) else { throw BadRow("time is needed") }
                // A moment that nobody could rate is no label.
                guard let v = try row.number("valence", in: -1...1), let a = try row.number("arousal", in: -1...1) else { continue }
                try append(time, v, a)
            } catch let bad as BadRow {
                throw BadRow("line \(row.line): \(bad.reason)")
            }
        }
    }
}
