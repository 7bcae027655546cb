@testable import TUI

extension [Effect] {
    /// The request of that kind among what the feed is told to show; nil where it is told nothing, or nothing of that kind.
    func shown<Request: StandingRequest>(_ type: Request.Type) -> Request? {
        for case .show(let requests) in self {
            if let request = requests.lazy.compactMap({ $0 as? Request }).first { return request }
        }
        return nil
    }
}
