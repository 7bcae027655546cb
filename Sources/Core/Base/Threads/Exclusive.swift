import Synchronization

/// A value that one thread at a time works on, and that no lock is held for meanwhile: it is taken out, changed and put back. Its owner sees
/// to the turns, by a serial queue or a thread that is waited for. What works on it may therefore call anybody, and take as long as it likes.
public final class Exclusive<Value>: Sendable {
    private let place: Mutex<Owned<Value>?>

    public init(_ value: consuming sending Value) { place = Mutex(Owned(value)) }

    /// Two calls at once, or one inside another, are mistakes of the owner's and end the program.
    public func use<Result, Failure: Error>(_ body: (inout sending Value) throws(Failure) -> Result) throws(Failure) -> Result {
        var owned = place.withLock { $0.take() }
        guard owned != nil else { preconditionFailure("two at once work on a value of \(Value.self)") }
        defer { place.withLock { $0 = owned.take() } }
        return try owned!.use(body)
    }
}

/// A value that nothing else refers to, which may therefore go from thread to thread whatever its type.
private struct Owned<Value>: ~Copyable, @unchecked Sendable {
    // @unchecked: the value comes in as `sending`, leaves as `sending` only, and there is no copy.
    private var value: Value

    init(_ value: consuming sending Value) { self.value = value }

    mutating func use<Result, Failure: Error>(_ body: (inout sending Value) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(&value)
    }
}
