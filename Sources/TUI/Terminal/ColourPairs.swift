/// Which of a terminal's few colour pairs stands for which two colours. A pair that is on the screen is never given away:
/// curses would repaint its cells in the new colours.
struct ColourPairs {
    struct Colours: Hashable {
        /// Numbers of the terminal's palette; -1 is its own.
        var foreground, background: Int32
    }

    private let limit: Int
    private var numbers: [Colours: Int] = [:]
    private var colours: [Colours]
    /// Cells on the screen in each pair.
    private var uses: [Int]
    /// Pairs that are on no cell, the longest unused first; entries that were taken again since are skipped when met.
    private var idle: [Int] = []
    private var idleStart = 0

    /// - Parameter limit: pairs the terminal has; pair 0 is its own colours and stays.
    init(limit: Int) {
        self.limit = max(1, limit)
        let own = Colours(foreground: -1, background: -1)
        colours = [own]
        uses = [0]
        numbers[own] = 0
    }

    /// The pair for `wanted` and whether the terminal must be told of it. Pair 0 where none is free.
    mutating func pair(for wanted: Colours) -> (number: Int, isNew: Bool) {
        if let number = numbers[wanted] { return (number, false) }
        if colours.count < limit {
            colours.append(wanted)
            uses.append(0)
            numbers[wanted] = colours.count - 1
            return (colours.count - 1, true)
        }
        while idleStart < idle.count {
            let number = idle[idleStart]
            idleStart += 1
            guard uses[number] == 0, number != 0 else { continue }
            numbers[colours[number]] = nil
            colours[number] = wanted
            numbers[wanted] = number
            return (number, true)
        }
        return (0, false)
    }

    /// A cell now shows `new` where it showed `old`.
    mutating func replace(_ old: Int, by new: Int) {
        uses[new] += 1
        uses[old] = max(0, uses[old] - 1)
        if uses[old] == 0, old != 0 { idle.append(old) }
        if idleStart > 4096 {
            idle.removeFirst(idleStart)
            idleStart = 0
        }
    }
}
