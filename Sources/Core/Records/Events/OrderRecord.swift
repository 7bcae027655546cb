/// An order as applied, in words, e.g. `alpha.maximum 0.1 → 0.05`.
public struct OrderRecord: Sendable, Codable, Equatable {
    public var id: Int64
    public var step: Int
    public var text: String
    /// It could not be carried out; the text says why.
    public var isRefused: Bool

    public init(id: Int64, step: Int, text: String, isRefused: Bool = false) {
        self.id = id
        self.step = step
        self.text = text
        self.isRefused = isRefused
    }
}
