import Base
import Foundation
import Testing

@Suite struct ErrorReasonTests {
    private enum Own: Error, CustomStringConvertible {
        case known
        var description: String { "in our own words" }
    }

    @Test("What a call of the system says is said in its words, whatever Foundation wraps around it; an error of ours says what it says")
    func words() {
        #expect(POSIXError(.ENOSPC).reason == "No space left on device")
        #expect(CocoaError(.fileWriteUnknown, userInfo: [NSUnderlyingErrorKey: POSIXError(.EIO)]).reason == "Input/output error")
        #expect(NSError(domain: NSPOSIXErrorDomain, code: Int(EACCES)).reason == "Permission denied")
        #expect(Own.known.reason == "in our own words")
        do {
            _ = try Data(contentsOf: URL(fileURLWithPath: "/nowhere at all"))
            Issue.record("it was read")
        } catch {
            #expect(error.reason == "No such file or directory")
        }
    }

    @Test("Foundation's own errors, behind which is no call, keep its words")
    func foundation() {
        let reason = CocoaError(.coderInvalidValue).reason
        #expect(!reason.isEmpty && !reason.contains("Error Domain"))
    }
}
