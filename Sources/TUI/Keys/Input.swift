/// What the user did: a key, or the mouse on a cell of the screen.
public enum Input: Sendable, Hashable {
    case key(Key)
    case click(x: Int, y: Int)
    /// Down where positive.
    case wheel(x: Int, y: Int, rows: Int)
}
