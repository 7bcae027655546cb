// The columns of the clips table: text, number, how wide, how they sort.
import Corpora
import Viz

enum ClipColumn: Int, CaseIterable {
    case name, corpus, speaker, sex, age, emotion, intensity, sentence, faces, split, length, prediction

    var title: String {
        switch self {
        case .name: "clip"
        default: String(describing: self)
        }
    }

    /// Width, alignment, and how early the column gives way on a narrow screen.
    var table: TableColumn {
        switch self {
        case .name: TableColumn(title, width: 21)
        case .corpus: TableColumn(title, width: 7, giveWay: 4)
        case .speaker: TableColumn(title, width: 7, giveWay: 3)
        case .sex: TableColumn(title, width: 6, giveWay: 7)
        case .age: TableColumn(title, width: 3, alignment: .right, giveWay: 8)
        case .emotion: TableColumn(title, width: 9)
        case .intensity: TableColumn(title, width: 9, giveWay: 6)
        case .sentence: TableColumn(title, width: 14, giveWay: 9, isFlexible: true)
        case .faces: TableColumn(title, width: 5, alignment: .right, giveWay: 10)
        case .split: TableColumn(title, width: 10, giveWay: 5)
        case .length: TableColumn(title, width: 6, alignment: .right, giveWay: 2)
        case .prediction: TableColumn(title, width: 10, giveWay: 1)
        }
    }
}

extension CorporaView.Row: TableRow {
    public static let filterColumns = ClipColumn.allCases.map(\.title)

    public static let exportColumns = [
        "clip", "corpus", "speaker", "sex", "age", "emotion", "intensity", "sentence", "faces", "frames", "split", "length_seconds",
        "prediction",
    ]
    public var exportValues: [DataValue] {
        [
            DataValue(name), DataValue(corpus), DataValue(speaker), DataValue(sex), DataValue(age), DataValue(emotion),
            DataValue(intensity),
            DataValue(sentence), DataValue(faces), DataValue(frames), DataValue(split), DataValue(length), DataValue(prediction),
        ]
    }

    public func filterText(_ column: Int) -> String? {
        guard let column = ClipColumn(rawValue: column) else { return nil }
        switch column {
        case .name: return name
        case .corpus: return corpus
        case .speaker: return speaker
        case .sex: return sex
        case .age: return age.map(String.init)
        case .emotion: return emotion
        case .intensity: return intensity
        case .sentence: return sentence
        case .faces: return frames.flatMap { frames in faces.map { "\($0)/\(frames)" } }
        case .split: return split
        case .length: return length.map { Numbers.fixed($0, 2) }
        case .prediction: return prediction
        }
    }

    public func filterNumber(_ column: Int) -> Double? {
        switch ClipColumn(rawValue: column) {
        case .age: age.map(Double.init)
        case .length: length
        case .faces: faces.map(Double.init)
        case .speaker: Double(speaker)
        default: nil
        }
    }
}

extension CorporaView.Rejected: TableRow {
    public static let filterColumns = ["corpus", "file", "reason"]
    public static let exportColumns = ["corpus", "path", "reason"]
    public var exportValues: [DataValue] { [DataValue(corpus), DataValue(path), DataValue(reason)] }

    /// The path's last part.
    var file: String { path.split(separator: "/").last.map(String.init) ?? path }
    public var id: String { corpus + "/" + path }

    public func filterText(_ column: Int) -> String? { column == 0 ? corpus : column == 1 ? file : reason }

    public func filterNumber(_ column: Int) -> Double? { nil }
}
