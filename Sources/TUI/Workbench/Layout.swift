/// How the body of the screen is divided among panes: a tree of splits as a plain value. A pane is in it at most once.
import Viz
public struct Layout: Sendable, Equatable {
    /// Where the second part of a split lies.
    public enum Side: String, Sendable, Codable { case right, below }

    public indirect enum Node: Sendable, Equatable {
        case pane(PaneName)
        /// `share` is the first part's, 0...1.
        case split(Side, share: Double, Node, Node)

        /// In reading order.
        var panes: [PaneName] {
            switch self {
            case .pane(let name): [name]
            case .split(_, _, let first, let second): first.panes + second.panes
            }
        }
    }

    public private(set) var root: Node
    /// A pane of the tree.
    public private(set) var focused: PaneName
    /// The focused pane alone is drawn.
    public var isZoomed = false

    /// A place is never drawn smaller than this: the focused pane is drawn alone instead.
    static let smallestPlace = (width: 20, height: 5)
    static let shares = 0.15...0.85

    public init(pane: PaneName) {
        root = .pane(pane)
        focused = pane
    }

    public var panes: [PaneName] { root.panes }

    // MARK: Changes

    /// Focuses the pane where it is visible, else shows it in the focused place.
    public mutating func show(_ pane: PaneName) {
        if !panes.contains(pane) { root = Layout.replacing(focused, in: root, by: .pane(pane)) }
        focused = pane
    }

    /// Divides the focused place; the new part shows `pane` and has the focus.
    public mutating func split(_ side: Side, showing pane: PaneName) {
        guard !panes.contains(pane) else { return show(pane) }
        root = Layout.replacing(focused, in: root, by: .split(side, share: 0.5, .pane(focused), .pane(pane)))
        focused = pane
        isZoomed = false
    }

    /// Takes the focused place away, its neighbour takes the room; false for the last one.
    public mutating func close() -> Bool {
        let order = panes
        guard order.count > 1, let index = order.firstIndex(of: focused), let rest = Layout.removing(focused, from: root) else {
            return false
        }
        root = rest
        focused = order[index > 0 ? index - 1 : 1]
        isZoomed = false
        return true
    }

    /// The next visible pane, `by` places on.
    public mutating func moveFocus(_ by: Int) {
        let order = panes
        guard let index = order.firstIndex(of: focused) else { return }
        focused = order[((index + by) % order.count + order.count) % order.count]
    }

    /// Moves the border of the innermost split around the focused pane; false where there is none.
    public mutating func grow(by share: Double) -> Bool {
        guard let changed = Layout.growing(focused, in: root, by: share) else { return false }
        root = changed
        return true
    }

    private static func replacing(_ pane: PaneName, in node: Node, by new: Node) -> Node {
        switch node {
        case .pane(let name): name == pane ? new : node
        case .split(let side, let share, let first, let second):
            .split(side, share: share, replacing(pane, in: first, by: new), replacing(pane, in: second, by: new))
        }
    }

    private static func removing(_ pane: PaneName, from node: Node) -> Node? {
        switch node {
        case .pane(let name): return name == pane ? nil : node
        case .split(let side, let share, let first, let second):
            guard let left = removing(pane, from: first) else { return second }
            guard let right = removing(pane, from: second) else { return first }
            return .split(side, share: share, left, right)
        }
    }

    private static func growing(_ pane: PaneName, in node: Node, by change: Double) -> Node? {
        guard case .split(let side, let share, let first, let second) = node else { return nil }
        if first.panes.contains(pane) {
            if let inner = growing(pane, in: first, by: change) { return .split(side, share: share, inner, second) }
            return .split(side, share: clamped(share + change), first, second)
        }
        guard second.panes.contains(pane) else { return nil }
        if let inner = growing(pane, in: second, by: change) { return .split(side, share: share, first, inner) }
        return .split(side, share: clamped(share - change), first, second)
    }

    private static func clamped(_ share: Double) -> Double { min(max((share * 100).rounded() / 100, shares.lowerBound), shares.upperBound) }

    // MARK: Rectangles

    /// What is drawn where: every pane in its place, or the focused one alone where it is zoomed or the places would be too small.
    public func places(in rect: Rect) -> [(pane: PaneName, rect: Rect)] {
        if !isZoomed, let all = Layout.places(of: root, in: rect) { return all }
        return [(focused, rect)]
    }

    private static func places(of node: Node, in rect: Rect) -> [(pane: PaneName, rect: Rect)]? {
        switch node {
        case .pane(let name): return [(name, rect)]
        case .split(let side, let share, let first, let second):
            let (length, least) = side == .right ? (rect.width, smallestPlace.width) : (rect.height, smallestPlace.height)
            guard length >= 2 * least, rect.width >= smallestPlace.width, rect.height >= smallestPlace.height else { return nil }
            let cut = min(max(Int((Double(length) * share).rounded()), least), length - least)
            let (a, b) = side == .right ? rect.splitLeft(cut) : rect.splitTop(cut)
            guard let left = places(of: first, in: a), let right = places(of: second, in: b) else { return nil }
            return left + right
        }
    }
}

// MARK: Remembering

extension Layout: Codable {
    private enum Keys: String, CodingKey { case root, focused, isZoomed = "zoomed" }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Keys.self)
        root = try values.decode(Node.self, forKey: .root)
        focused = try values.decode(PaneName.self, forKey: .focused)
        isZoomed = try values.decodeIfPresent(Bool.self, forKey: .isZoomed) ?? false
        let all = panes
        guard all.contains(focused), Set(all).count == all.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .root, in: values, debugDescription: "a pane is twice in it, or the focused one is not")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Keys.self)
        try values.encode(root, forKey: .root)
        try values.encode(focused, forKey: .focused)
        try values.encode(isZoomed, forKey: .isZoomed)
    }
}

extension Layout.Node: Codable {
    private enum Keys: String, CodingKey { case pane, side, share, first, second }

    public init(from decoder: any Decoder) throws {
        // A pane is in a layout at most once: a deeper tree is none of ours.
        guard decoder.codingPath.count <= PaneName.allCases.count else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "too many splits"))
        }
        let values = try decoder.container(keyedBy: Keys.self)
        if let pane = try values.decodeIfPresent(PaneName.self, forKey: .pane) {
            self = .pane(pane)
            return
        }
        let share = try values.decode(Double.self, forKey: .share)
        guard Layout.shares.contains(share) else {
            throw DecodingError.dataCorruptedError(forKey: .share, in: values, debugDescription: "a share of \(share)")
        }
        self = .split(
            try values.decode(Layout.Side.self, forKey: .side), share: share, try values.decode(Layout.Node.self, forKey: .first),
            try values.decode(Layout.Node.self, forKey: .second))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Keys.self)
        switch self {
        case .pane(let name): try values.encode(name, forKey: .pane)
        case .split(let side, let share, let first, let second):
            try values.encode(side, forKey: .side)
            try values.encode(share, forKey: .share)
            try values.encode(first, forKey: .first)
            try values.encode(second, forKey: .second)
        }
    }
}
