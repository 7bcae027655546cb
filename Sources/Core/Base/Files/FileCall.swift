import Foundation

/// One call of the system, begun again where a signal ends it early.
enum FileCall {
    /// The call's result; where it is negative, an error that says what was tried on which path.
    @discardableResult
    static func check<Result: FixedWidthInteger & SignedInteger>(_ action: String, _ path: String, _ call: () -> Result) throws(FileFailure)
        -> Result
    {
        let result = uninterrupted(call)
        guard result >= 0 else { throw FileFailure(action: action, path: path, code: errno) }
        return result
    }

    /// The call's result, negative where it failed for another reason than a signal; `errno` says which.
    static func uninterrupted<Result: FixedWidthInteger & SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}
