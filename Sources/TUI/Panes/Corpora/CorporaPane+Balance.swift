// Class balance by side of the split, and whether the split is honest: nobody on two sides, nothing left out.
import Viz

extension CorporaPane {
    func drawBalance(into grid: inout CellGrid, _ rect: Rect, _ view: CorporaView, _ look: Look) {
        let only = only(view)
        let balances = view.balances.filter { only == nil || $0.corpus == only }
        let needed = balances.reduce(0) { $0 + $1.emotions.count + 8 }
        var rest = rect
        for (index, balance) in balances.enumerated() where rest.height >= 3 && rest.width >= 3 {
            let left = balances.count - index
            // Beside each other where they are too high to stand one above the other.
            let (box, others) =
                rect.height < needed && rect.width / balances.count >= 38
                ? rest.splitLeft(rest.width / left)
                : rest.splitTop(left == 1 ? rest.height : min(rest.height / left, balance.emotions.count + 8))
            draw(balance, into: &grid, box, view, look)
            rest = others
        }
    }

    private func draw(_ balance: CorporaView.Balance, into grid: inout CellGrid, _ rect: Rect, _ view: CorporaView, _ look: Look) {
        let right = balance.run.map { "split of run \($0)" } ?? "no run splits it"
        let inner = Box("classes · \(balance.corpus)", right: right).draw(into: &grid, rect, look).inset(vertically: 0)
        guard !balance.sides.isEmpty else {
            return grid.notice(Span("the shown run uses none of these clips", look[.muted]), [], in: inner, look)
        }
        let audit = auditLines(balance, view, look)
        let (table, words) = inner.splitTop(max(3, inner.height - audit.count))
        let hasBars = inner.width >= 14 + balance.sides.count * 18
        let width = hasBars ? (inner.width - 14) / balance.sides.count - 2 : max(5, min(10, (inner.width - 12) / balance.sides.count - 2))
        let columns =
            [TableColumn("", width: 8)]
            + balance.sides.map { TableColumn(width < 10 ? String($0.name.prefix(5)) : $0.name, width: width, alignment: .right) }
        let rows = balance.emotions.count + 2
        TableView(columns: columns, rowCount: rows).draw(into: &grid, table, look) { row in
            if row == rows - 2 { return [Span("clips", look[.muted])] + balance.sides.map { Span(Numbers.count($0.clips), look[.muted]) } }
            if row == rows - 1 {
                return [Span("speakers", look[.muted])] + balance.sides.map { Span(Numbers.count($0.speakers), look[.muted]) }
            }
            let emotion = balance.emotions[row]
            return [Span(emotion.isEmpty ? "no label" : emotion, look[.text])]
                + balance.sides.enumerated().map { column, side in
                    let count = side.emotions[emotion] ?? 0
                    let share = side.clips > 0 ? Double(count) / Double(side.clips) : 0
                    let percent = Numbers.percent(share)
                    let label = Numbers.count(count) + String(repeating: " ", count: max(1, 6 - percent.count)) + percent
                    guard hasBars else { return Span(Numbers.count(count), look[count == 0 ? .bad : .text]) }
                    // A third of the clips fills the bar: classes are many, shares small.
                    let room = columns[column + 1].width - 14
                    let bar = String(repeating: "▪", count: min(room, Int((share * 3 * Double(room)).rounded())))
                    return Span("\(bar) \(label)", look[count == 0 ? .bad : .text])
                }
        }
        for (line, span) in audit.prefix(words.height).enumerated() {
            grid.text(span.text, x: words.x, y: words.y + line, span.ink, limit: words.width)
        }
    }

    private func auditLines(_ balance: CorporaView.Balance, _ view: CorporaView, _ look: Look) -> [Span] {
        var lines: [Span] = []
        if balance.run != nil {
            let shared = balance.sharedSpeakers
            lines.append(
                shared.isEmpty
                    ? Span("✓ no speaker is on two sides", look[.good])
                    : Span(
                        "✗ \(Numbers.counted(shared.count, "speaker is", "speakers are")) on two sides: \(shared.prefix(12).joined(separator: ", "))",
                        look[.bad]))
            if balance.unused > 0 {
                lines.append(Span("\(Numbers.counted(balance.unused, "clip is", "clips are")) on no side", look[.muted]))
            }
        }
        if let corpus = view.corpora.first(where: { $0.name == balance.corpus }) {
            let gaps = [(corpus.withoutFace, "no face"), (corpus.withoutSpeech, "no speech"), (corpus.rejected, "files rejected")].filter {
                $0.0 > 0
            }
            if !gaps.isEmpty { lines.append(Span(gaps.map { "\(Numbers.count($0.0)) \($0.1)" }.joined(separator: ", "), look[.target])) }
        }
        return lines
    }
}
