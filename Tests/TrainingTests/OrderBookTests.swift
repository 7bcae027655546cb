// The order book alone: what is decided about each order, without a run.
import Base
import Records
import Testing

@testable import Training

@Suite("The order book")
struct OrderBookTests {
    private let experiment: Experiment = {
        var experiment = Experiment.preset(.nano)
        (experiment.optimiser.learningRate, experiment.adaptation.alpha.maximum, experiment.training.epochs) = (0.005, 0.1, 9)
        return experiment
    }()

    private func progress(_ step: Int, orders: [Int64]? = []) -> RunProgress {
        var progress = RunProgress()
        (progress.step, progress.ordersSinceStep) = (step, orders)
        return progress
    }

    private func rate(_ value: String) -> Order { .set(key: "learning_rate", value: value) }
    private func alpha(_ value: String) -> Order { .set(key: "alpha.maximum", value: value) }

    /// Every decision that is due after a step, each carried out on `experiment`.
    private func decisions(of book: inout OrderBook, after step: Int, _ experiment: inout Experiment) -> [OrderBook.Decision] {
        var all: [OrderBook.Decision] = []
        while let decision = book.next(after: step, in: experiment) {
            if case .change(let changed) = decision.effect { experiment = changed }
            all.append(decision)
        }
        return all
    }

    private func decisions(of book: inout OrderBook, after step: Int) -> [OrderBook.Decision] {
        var experiment = experiment
        return decisions(of: &book, after: step, &experiment)
    }

    private func take(_ orders: Order..., from first: Int64 = 1) -> [PendingOrder] {
        orders.enumerated().map { PendingOrder(id: first + Int64($0.offset), order: $0.element) }
    }

    @Test("Orders are decided in the order in which they were given, each upon the one before, each once")
    func inTurn() {
        var book = OrderBook(), experiment = experiment
        book.take(take(rate("0.002"), alpha("0.03")))
        book.take(take(rate("0.003"), from: 3))
        let all = decisions(of: &book, after: 4, &experiment)
        #expect(
            all.map(\.answer) == [
                .order(OrderRecord(id: 1, step: 4, text: "learning_rate 0.005 → 0.002")),
                .order(OrderRecord(id: 2, step: 4, text: "alpha.maximum 0.1 → 0.03")),
                .order(OrderRecord(id: 3, step: 4, text: "learning_rate 0.002 → 0.003")),
            ])
        #expect(all.map(\.numbers) == [[1], [2], [3]])
        #expect(experiment.optimiser.learningRate == 0.003 && experiment.adaptation.alpha.maximum == 0.03)
        #expect(book.carriedOut.map(\.id) == [1, 2, 3] && book.carriedOut.allSatisfy { $0.step == 4 })
        #expect((4...9).allSatisfy { decisions(of: &book, after: $0).isEmpty })
    }

    @Test(
        "An order that cannot be carried out is refused, says why, changes nothing and does not come again",
        arguments: [
            ("learning_rat", "0.002", "unknown key 'learning_rat'"),
            ("training.batch", "4", "cannot change while the run goes on: only a new run"),
            ("label_smoothing", "0.1", "emolab train --resume RUN --set training.label_smoothing=VALUE"),
            ("training.epochs", "0", "must be"),
            ("learning_rate", "fast", "must be"),
        ])
    func refused(key: String, value: String, words: String) throws {
        var book = OrderBook()
        book.take(take(.set(key: key, value: value)))
        let next = book.next(after: 3, in: experiment)
        let decision = try #require(next)
        guard case .order(let record) = decision.answer else { return #expect(Bool(false), "no record of the order") }
        #expect(decision.effect == .nothing && record.isRefused && record.step == 3 && decision.numbers == [1])
        #expect(record.text.hasPrefix("refused: ") && record.text.contains(words), "\(record.text)")
        #expect(book.carriedOut.isEmpty)
        book.goBack(to: progress(0))
        #expect(decisions(of: &book, after: 9).isEmpty)
    }

    @Test("What was carried out after the checkpoint comes again at its step, once, in order and before what is given now")
    func replays() {
        let past = [
            AppliedOrder(id: 3, step: 7, key: "alpha.maximum", value: "0.02"),
            AppliedOrder(id: 1, step: 3, key: "learning_rate", value: "0.001"),
            AppliedOrder(id: 2, step: 6, key: "learning_rate", value: "0.002"),
        ]
        var book = OrderBook(carriedOut: past, goingOnFrom: progress(4))
        #expect(decisions(of: &book, after: 4).isEmpty && decisions(of: &book, after: 5).isEmpty)
        book.take(take(alpha("0.05"), from: 9))
        let six = decisions(of: &book, after: 6)
        #expect(
            six.map(\.answer) == [
                .message(level: .info, text: "order 2 counts from step 6 again, as before the run ended: learning_rate 0.005 → 0.002"),
                .order(OrderRecord(id: 9, step: 6, text: "alpha.maximum 0.1 → 0.05")),
            ])
        #expect(six.map(\.numbers) == [[2], [3, 9]])
        #expect(decisions(of: &book, after: 7).isEmpty && book.carriedOut.map(\.id) == [1, 2, 9])
    }

    @Test("An order that cannot be carried out again is told as a warning")
    func refusedReplay() throws {
        let past = [AppliedOrder(id: 1, step: 6, key: "training.epochs", value: "0")]
        var book = OrderBook(carriedOut: past, goingOnFrom: progress(4))
        let next = book.next(after: 6, in: experiment)
        let decision = try #require(next)
        guard case .message(.warning, let text) = decision.answer else { return #expect(Bool(false), "\(decision.answer)") }
        #expect(decision.effect == .nothing && decision.numbers == [1])
        #expect(text.contains("order 1 counts from step 6 again") && text.contains("refused: "))
    }

    @Test("Of the orders of the checkpoint's own step those come again that it does not hold")
    func sameStep() {
        let past = (1...3).map { AppliedOrder(id: $0, step: 6, key: "learning_rate", value: "0.00\($0)") }
        for (held, again) in [([1], [2, 3]), ([1, 2, 3], []), ([], [1, 2, 3]), (nil, [1, 2, 3])] as [([Int64]?, [Int64])] {
            #expect(OrderBook(carriedOut: past, goingOnFrom: progress(6, orders: held)).replays.map(\.id) == again)
        }
        #expect(OrderBook(carriedOut: past, goingOnFrom: progress(7)).replays.isEmpty)
        #expect(OrderBook(carriedOut: past, goingOnFrom: progress(5, orders: [1, 2, 3])).replays.isEmpty)
    }

    @Test("What is changed at a resume takes the place of what would come again for that key, by its full name or a short one")
    func givesWay() {
        let past = [
            AppliedOrder(id: 1, step: 6, key: "alpha.maximum", value: "0.05"),
            AppliedOrder(id: 2, step: 7, key: "learning_rate", value: "0.002"),
            AppliedOrder(id: 3, step: 8, key: "adaptation.alpha.maximum", value: "0.06"),
        ]
        var book = OrderBook(carriedOut: past, goingOnFrom: progress(4))
        #expect(
            book.giveWay("adaptation.alpha.maximum", to: "what was changed at the resume", after: 4) == [
                OrderRecord(id: 1, step: 4, text: "alpha.maximum = 0.05 gives way to what was changed at the resume"),
                OrderRecord(id: 3, step: 4, text: "adaptation.alpha.maximum = 0.06 gives way to what was changed at the resume"),
            ])
        #expect(book.giveWay("adaptation.alpha.maximum", to: "another", after: 4).isEmpty)
        #expect(decisions(of: &book, after: 9).map(\.numbers) == [[2]])
        // Nor does it come again where the run goes back.
        book.goBack(to: progress(4))
        #expect(book.replays.map(\.id) == [2])
    }

    @Test("An order takes the place of what would come again for its key, and tells that first")
    func givesWayToOrder() throws {
        let past = [
            AppliedOrder(id: 1, step: 6, key: "optimiser.learning_rate", value: "0.004"),
            AppliedOrder(id: 2, step: 7, key: "alpha.maximum", value: "0.05"),
        ]
        var book = OrderBook(carriedOut: past, goingOnFrom: progress(4))
        book.take(take(rate("0.001"), from: 5))
        let next = book.next(after: 5, in: experiment)
        let decision = try #require(next)
        #expect(decision.givenWay == [OrderRecord(id: 1, step: 5, text: "optimiser.learning_rate = 0.004 gives way to order 5")])
        #expect(decision.numbers == [1, 5] && decision.answer == .order(OrderRecord(id: 5, step: 5, text: "learning_rate 0.005 → 0.001")))
        #expect(book.replays.map(\.id) == [2] && book.carriedOut.map(\.id) == [2, 5])
    }

    @Test("A refused order takes the place of nothing: what would come again does")
    func refusedGivesWayToNothing() {
        var book = OrderBook(
            carriedOut: [AppliedOrder(id: 1, step: 6, key: "optimiser.learning_rate", value: "0.004")], goingOnFrom: progress(4))
        book.take(take(rate("fast"), from: 5))
        let refused = decisions(of: &book, after: 5)
        #expect(refused.map(\.effect) == [.nothing] && refused.map(\.givenWay) == [[]] && refused.map(\.numbers) == [[5]])
        #expect(book.replays.map(\.id) == [1] && book.carriedOut.map(\.id) == [1])
        #expect(decisions(of: &book, after: 6).map(\.numbers) == [[1]])
    }

    @Test("Pause and resume count once; what is ordered in a pause counts; a run may begin paused", arguments: [false, true])
    func pauses(begins: Bool) {
        var book = OrderBook(isPaused: begins)
        #expect(book.isPaused == begins)
        book.take(take(.pause, .pause, rate("0.002")))
        let first = decisions(of: &book, after: 2)
        #expect(book.isPaused && first.map(\.effect).prefix(2) == [begins ? .nothing : .pause, .nothing])
        #expect(first.map { words($0.answer) } == [begins ? "paused already" : "paused", "paused already", "learning_rate 0.005 → 0.002"])
        book.take(take(.resume, .resume, from: 4))
        let second = decisions(of: &book, after: 2)
        #expect(!book.isPaused && second.map(\.effect) == [.resume, .nothing])
        #expect(second.map { words($0.answer) } == ["resumed", "goes on already"])
        #expect((first + second).map(\.numbers) == [[1], [2], [3], [4], [5]] && book.carriedOut.map(\.id) == [3])
    }

    @Test("A stop counts, paused or not; what was given after it is left to the process that goes on", arguments: [false, true])
    func stops(isPaused: Bool) {
        var book = OrderBook(isPaused: isPaused)
        book.take(take(rate("0.002"), .stop, rate("0.003"), .resume))
        let all = decisions(of: &book, after: 5)
        #expect(all.map(\.effect).last == .stop && all.map(\.numbers) == [[1], [2]] && all.map { words($0.answer) }.last == "stop")
        #expect(book.pending.isEmpty && book.isPaused == isPaused && book.carriedOut.map(\.id) == [1])
    }

    @Test("While the run waits at its end to be saved, a stop gives that up and everything else is refused; no checkpoint notes it")
    func whileSaving() {
        var book = OrderBook(), all: [OrderBook.Decision] = []
        book.take(take(.pause, rate("0.002"), .resume, .stop, rate("0.003")))
        while let decision = book.nextWhileSaving(after: 12) { all.append(decision) }
        let refusal = "refused: the run waits until it can be saved"
        #expect(
            all.map(\.answer) == (1...3).map { .order(OrderRecord(id: $0, step: 12, text: refusal, isRefused: true)) }
                + [.order(OrderRecord(id: 4, step: 12, text: "given up"))])
        #expect(all.map(\.effect) == [.nothing, .nothing, .nothing, .stop] && all.allSatisfy(\.numbers.isEmpty))
        #expect(!book.isPaused && book.carriedOut.isEmpty && book.pending.isEmpty)
    }

    @Test("Changes since a checkpoint that the run goes back to come again at their steps")
    func goesBack() {
        var book = OrderBook(), experiment = experiment
        for step in 3...6 {
            book.take(take(rate("0.00\(step)"), from: Int64(step)))
            _ = decisions(of: &book, after: step, &experiment)
        }
        book.goBack(to: progress(4, orders: [4]))
        #expect(book.replays.map(\.id) == [5, 6] && book.carriedOut.map(\.id) == [3, 4, 5, 6])
        #expect((4...7).map { decisions(of: &book, after: $0).map(\.numbers) } == [[], [[5]], [[6]], []])
    }

    @Test("A run that is killed again and again has the same experiment at every step as one that never was", arguments: 0..<20)
    func killed(seed: UInt64) throws {
        var stream = RandomStream(seed: seed, name: "orders")
        let steps = 24
        var script: [Int: [PendingOrder]] = [:]
        for id in 1...Int64(16) {
            let value = "0.0\(1 + stream.int(below: 99))"
            let order = stream.int(below: 2) == 0 ? rate(value) : alpha(value)
            script[stream.int(below: steps), default: []].append(PendingOrder(id: id, order: order))
        }
        // As the store has it: numbers rise with time.
        var next: Int64 = 0
        for step in script.keys.sorted() {
            script[step] = script[step]?.map {
                next += 1
                return PendingOrder(id: next, order: $0.order)
            }
        }
        var book = OrderBook(), now = experiment, progress = progress(0), whole: [Experiment] = []
        for step in 0..<steps {
            book.take(script[step] ?? [])
            _ = decisions(of: &book, after: step, &now)
            whole.append(now)
        }
        let applied = book.carriedOut
        #expect(applied.count == 16)
        // Checkpoints come at any step, before or after its orders; a kill comes at any later time. Nothing is given a second time.
        var saved = (progress: progress, experiment: experiment), known = 0, step = 0
        (book, now) = (OrderBook(), experiment)
        for _ in 0..<400 where step < steps {
            (progress.step, progress.ordersSinceStep) = (step, progress.step == step ? progress.ordersSinceStep : [])
            if stream.int(below: 6) == 0 { saved = (progress, now) }
            book.take((script[step] ?? []).filter { $0.id > known })
            known = max(known, Int(script[step]?.last?.id ?? 0))
            for decision in decisions(of: &book, after: step, &now) { progress.note(orders: decision.numbers) }
            #expect(now == whole[step], "step \(step)")
            if stream.int(below: 6) == 0 { saved = (progress, now) }
            guard stream.int(below: 8) == 0 else {
                step += 1
                continue
            }
            (progress, now, step) = (saved.progress, saved.experiment, saved.progress.step)
            book = OrderBook(carriedOut: applied.filter { $0.id <= known }, goingOnFrom: progress)
        }
        #expect(step == steps)
    }

    private func words(_ event: TrainingEvent) -> String? {
        if case .order(let record) = event { record.text } else { nil }
    }
}
