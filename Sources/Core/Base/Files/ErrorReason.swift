// Why a call of Foundation failed, in the system's words: Foundation's own are "The operation could not be completed" for most errors of a disk.
import Foundation

extension Error {
    /// The system's words where one of its calls is behind it ("No space left on device"), else Foundation's, else what the error says of itself.
    public var reason: String {
        if let code = systemCode { return String(cString: strerror(code)) }
        if let error = self as? UnreadableFile { return error.reason }
        return self is CocoaError ? localizedDescription : "\(self)"
    }

    /// The error number of the call behind it.
    private var systemCode: Int32? {
        if let error = self as? POSIXError { return error.code.rawValue }
        if let error = self as? FileFailure { return error.code }
        let error = self as NSError
        if error.domain == NSPOSIXErrorDomain { return Int32(error.code) }
        return (error.userInfo[NSUnderlyingErrorKey] as? any Error)?.systemCode
    }
}
