// A run's orders as a value: which of them wait, which were carried out, which come again after a resume, and what each of them does.
// Nothing is written or told here: the loop carries out what the book decides.
import Records

struct OrderBook: Equatable {
    enum Effect: Equatable {
        /// The order is refused, or asks for what is so already.
        case nothing
        case change(Experiment)
        case pause, resume, stop
    }

    /// What happens with one order.
    struct Decision: Equatable {
        /// Orders that would have come again and give way to this one; they are told first.
        var givenWay: [OrderRecord] = []
        var effect: Effect
        /// What is told of the order itself.
        var answer: TrainingEvent
        /// Numbers of the orders that are dealt with, for the checkpoint.
        var numbers: [Int64]
    }

    private(set) var isPaused: Bool
    /// Orders that were handed in and are not decided yet, oldest first.
    private(set) var pending: [PendingOrder] = []
    /// Every change that the run has carried out, in this process or an earlier one.
    private(set) var carriedOut: [AppliedOrder] = []
    /// Changes that were carried out after the checkpoint that the run goes on from, in order. Each comes again at its step.
    private(set) var replays: [AppliedOrder] = []

    /// The book of a new run.
    init(isPaused: Bool = false) { self.isPaused = isPaused }

    /// The book of a run that goes on from a checkpoint.
    /// - Parameters:
    ///   - carriedOut: every change that the run has carried out.
    ///   - progress: the checkpoint's.
    init(carriedOut: [AppliedOrder], goingOnFrom progress: RunProgress, isPaused: Bool = false) {
        self.isPaused = isPaused
        self.carriedOut = carriedOut.sorted { $0.id < $1.id }
        goBack(to: progress)
    }

    /// Takes the run back to a checkpoint: changes that it does not hold come again.
    mutating func goBack(to progress: RunProgress) { replays = carriedOut.filter { !progress.holds($0) } }

    /// Takes orders that were given, oldest first.
    mutating func take(_ orders: [PendingOrder]) { pending += orders }

    /// Decides the next order between two steps: first what comes again at this step, then what was given.
    /// - Returns: nil where no order is left.
    mutating func next(after step: Int, in experiment: Experiment) -> Decision? {
        if let index = replays.firstIndex(where: { $0.step <= step }) { return replay(replays.remove(at: index), step, experiment) }
        guard !pending.isEmpty else { return nil }
        return decide(pending.removeFirst(), step, experiment)
    }

    /// Decides the next order of a run that is over and waits until it can be saved: only a stop counts, and gives that up.
    mutating func nextWhileSaving(after step: Int) -> Decision? {
        guard !pending.isEmpty else { return nil }
        let order = pending.removeFirst(), isStop = order.order == .stop
        if isStop { pending = [] }
        let text = isStop ? "given up" : "refused: the run waits until it can be saved"
        let record = OrderRecord(id: order.id, step: step, text: text, isRefused: !isStop)
        return Decision(effect: isStop ? .stop : .nothing, answer: .order(record), numbers: [])
    }

    /// A later wish for a key takes the place of orders that would be carried out again after it.
    /// - Parameter other: the later wish in words.
    /// - Returns: what is told of the orders that give way.
    mutating func giveWay(_ key: String, to other: String, after step: Int) -> [OrderRecord] {
        let full = LiveKey.full(key)
        let past = replays.filter { LiveKey.full($0.key) == full }
        replays.removeAll { past.contains($0) }
        carriedOut.removeAll { past.contains($0) }
        return past.map { OrderRecord(id: $0.id, step: step, text: "\($0.key) = \($0.value) gives way to \(other)") }
    }

    private mutating func decide(_ order: PendingOrder, _ step: Int, _ experiment: Experiment) -> Decision {
        var givenWay: [OrderRecord] = [], effect = Effect.nothing, text: String, isRefused = false
        switch order.order {
        case .pause:
            text = isPaused ? "paused already" : "paused"
            if !isPaused { effect = .pause }
            isPaused = true
        case .resume:
            text = isPaused ? "resumed" : "goes on already"
            if isPaused { effect = .resume }
            isPaused = false
        case .stop:
            (text, effect) = ("stop", .stop)
            // Orders after a stop are for the process that goes on with the run.
            pending = []
        case .set(let key, let value):
            (effect, text) = Self.change(key, value, experiment)
            isRefused = effect == .nothing
            // A refused wish takes nothing's place.
            guard !isRefused else { break }
            givenWay = giveWay(key, to: "order \(order.id)", after: step)
            carriedOut.append(AppliedOrder(id: order.id, step: step, key: key, value: value))
        }
        let record = OrderRecord(id: order.id, step: step, text: text, isRefused: isRefused)
        return Decision(givenWay: givenWay, effect: effect, answer: .order(record), numbers: givenWay.map(\.id) + [order.id])
    }

    private func replay(_ order: AppliedOrder, _ step: Int, _ experiment: Experiment) -> Decision {
        let (effect, text) = Self.change(order.key, order.value, experiment)
        let words = "order \(order.id) counts from step \(step) again, as before the run ended: \(text)"
        return Decision(effect: effect, answer: .message(level: effect == .nothing ? .warning : .info, text: words), numbers: [order.id])
    }

    private static func change(_ key: String, _ value: String, _ experiment: Experiment) -> (effect: Effect, text: String) {
        do {
            let (changed, words) = try experiment.applying(live: key, value: value)
            return (.change(changed), words)
        } catch {
            return (.nothing, "refused: \(error)")
        }
    }
}
