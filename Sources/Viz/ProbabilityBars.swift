/// Probabilities of classes as bars, of one model or of several beside each other, the prediction and the truth named.
public struct ProbabilityBars: Sendable {
    public struct Answer: Sendable, Equatable {
        /// Heading over the bars; empty for none.
        public var title: String
        public var probabilities: [Double]
        public var predicted: Int
        public init(_ probabilities: [Double], predicted: Int, title: String = "") {
            (self.title, self.probabilities, self.predicted) = (title, probabilities, predicted)
        }
    }

    public var labels: [String]
    public var answers: [Answer]
    public var truth: Int?

    public init(_ labels: [String], _ answers: [Answer], truth: Int?) { (self.labels, self.answers, self.truth) = (labels, answers, truth) }

    private static let partial: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]

    /// Classes from the most probable of the first answer down.
    private var order: [Int] {
        let first = answers.first?.probabilities ?? []
        return labels.indices.sorted {
            let (a, b) = (first.indices.contains($0) ? first[$0] : 0, first.indices.contains($1) ? first[$1] : 0)
            return a != b ? a > b : $0 < $1
        }
    }

    /// A line a class, and one for headings where answers have them.
    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        guard !labels.isEmpty, !answers.isEmpty, rect.width >= 10 else { return }
        let hasTitles = answers.contains { !$0.title.isEmpty } && rect.height > labels.count
        let name = min(10, labels.map { CellText.width($0) }.max() ?? 0, rect.width / 4)
        let words = rect.width >= 34 ? 12 : 2
        let part = (rect.width - name - 1) / answers.count
        guard part >= 5 else { return }
        grid.clipped(to: rect) { grid in
            for (index, answer) in answers.enumerated() {
                let x = rect.x + name + 1 + index * part
                let bar = max(0, part - 5 - (index == answers.count - 1 ? words : 2))
                if hasTitles { grid.text(answer.title, x: x, y: rect.y, look[.muted], limit: part - 1) }
                for (line, label) in order.enumerated() {
                    let y = rect.y + (hasTitles ? 1 : 0) + line
                    guard y < rect.endY else { break }
                    let isPredicted = label == answer.predicted, isTruth = label == truth
                    if index == 0 { grid.text(labels[label], x: rect.x, y: y, isPredicted ? look[.title] : look[.text], limit: name) }
                    let value = answer.probabilities.indices.contains(label) ? min(max(answer.probabilities[label], 0), 1) : 0
                    let role: Role = isPredicted ? (truth == nil ? .accent : isTruth ? .good : .bad) : isTruth ? .good : .muted
                    let eighths = Int((value * Double(bar * 8)).rounded())
                    var used = 0
                    for cell in 0..<bar {
                        let filled = min(max(eighths - 8 * cell, 0), 8)
                        guard filled > 0 else { break }
                        grid.put(Self.partial[filled - 1], x: x + cell, y: y, look[role])
                        used = cell + 1
                    }
                    let number = Numbers.fixed(value, 2)
                    grid.text(
                        number.hasPrefix("0.") ? String(number.dropFirst()) : number, x: x + used + (used > 0 ? 1 : 0), y: y, look[.text])
                    guard index == answers.count - 1 || answers.count > 1 else { continue }
                    let mark = isPredicted && isTruth ? "✓" : isPredicted ? "←" : isTruth ? "○" : ""
                    let word = isPredicted && isTruth ? " right" : isPredicted ? " predicted" : isTruth ? " truth" : ""
                    let place = x + bar + 5
                    grid.text(
                        words > 2 && index == answers.count - 1 ? mark + word : mark, x: place, y: y, look[role],
                        limit: max(0, rect.endX - place))
                }
            }
        }
    }
}
