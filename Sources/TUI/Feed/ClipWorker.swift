// Answers the Clip pane: asks whoever can load the runs' models, and tells each stage as it comes.
import Records
import Store
import Synchronization

final class ClipWorker: FeedWorker {
    private let store: RunStore
    private let clips: any ClipInquirer
    /// The last request: what comes of the same again replaces an answer that is on the screen.
    private let answered = Mutex<ClipRequest?>(nil)

    init(store: RunStore, clips: any ClipInquirer) { (self.store, self.clips) = (store, clips) }

    func answers(_ request: any StandingRequest) -> Bool { request is ClipRequest }

    func basis(of request: any StandingRequest) -> AnswerBasis {
        var basis = AnswerBasis()
        guard let request = request as? ClipRequest else { return basis }
        basis.add(clip: request.clip, in: store)
        for run in request.question.runs { basis.add(run: run, in: store) }
        return basis
    }

    func work(
        _ request: any StandingRequest, isOutdated: @escaping @Sendable () -> Bool, deliver: @escaping @Sendable (any PaneModel) -> Void
    ) {
        guard let request = request as? ClipRequest else { return }
        let isAgain = answered.withLock { last in
            defer { last = request }
            return last == request
        }
        clips.ask(request.question, isOutdated: isOutdated) { report in
            let view = ClipView(request, report)
            // What is on the screen stays until there is a whole answer in its place.
            if !isAgain || view.isAnswered { deliver(view) }
        }
    }
}

extension ClipView {
    init(_ request: ClipRequest, _ report: ClipReport) {
        self.init()
        self.request = request
        state = report.failure.map { .failed($0) } ?? (report.preview == nil ? .loading : .ready)
        if let clip = report.clip {
            (speaker, sex, age, emotion) = (clip.speaker, clip.sex, clip.age, clip.emotion)
            (intensity, sentence) = (clip.intensity, clip.sentence)
            ratings = (clip.ratings ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }.filter { $0.value > 0 }.map {
                ($0.key, $0.value)
            }
        }
        if let preview = report.preview {
            sight = PreviewView(clip: request.clip, preview)
            (soundStart, soundEnd, highest) = (preview.soundStart, preview.soundEnd, preview.highest)
        }
        (hasSquares, answers, working) = (report.hasSquares, report.answers, report.working)
    }

    /// Each run that was asked has answered, or it is known why it does not.
    var isAnswered: Bool {
        if case .failed = state { return true }
        let runs = request.question.runs.count
        return state == .ready && answers.count == runs && answers.allSatisfy { !$0.probabilities.isEmpty || $0.failure != nil }
    }
}
