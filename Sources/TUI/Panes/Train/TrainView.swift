import Records

/// Everything the Train pane and the top line show of one run.
public struct TrainView: PaneModel {
    public enum State: Sendable, Equatable {
        case waiting, training, paused, stopped, finished
        /// No process has taken it yet.
        case planned
        /// Its process ended without saying so.
        case interrupted
        case failed(String)

        public var isLive: Bool { self == .waiting || self == .training || self == .paused }
    }

    public struct Run: Sendable, Equatable {
        public var id: Int64
        /// e.g. `full, seed 123`.
        public var title: String
        public var state: State

        public init(id: Int64, title: String, state: State) {
            self.id = id
            self.title = title
            self.state = state
        }
    }

    /// A line of the events list: clock time as the user's clock says it.
    public struct Event: Sendable, Equatable {
        public enum Kind: Sendable, Equatable { case order, best, checkpoint, start, state, anomaly, warning, error }
        public var epoch: Int
        /// The step after which it happened, where that is known.
        public var step: Int?
        public var time: String
        public var kind: Kind
        public var text: String

        public init(epoch: Int, step: Int? = nil, time: String, kind: Kind, text: String) {
            self.epoch = epoch
            self.step = step
            self.time = time
            self.kind = kind
            self.text = text
        }
    }

    /// Newest first.
    public var runs: [Run] = []
    public var run: Run?
    /// The run was asked for on this screen, not found as the newest.
    public var isChosen = false
    /// Names of the corpora, e.g. `studio` and `crowd`; no target where the run does not learn from it.
    public var source = ""
    public var target = ""
    public var plan: RunPlan?
    /// Every step so far, thinned so that minima and maxima stay.
    public var curves = StepCurves()
    /// The last steps one by one, for rates.
    public var steps: [StepRecord] = []
    public var epochs: [EpochRecord] = []
    /// Newest first.
    public var events: [Event] = []
    /// Bytes that the run's process has in memory, where it is one of this machine.
    public var memory: Int?

    public init() {}

    /// How the run adapts; nil where it does not, and until there is a plan.
    public var adaptation: PlannedAdaptation? { plan?.adaptation }
    /// As an experiment names it; nil until there is a plan.
    var method: String? { plan.map { $0.adaptation?.method ?? "none" } }
    var aligns: Bool { adaptation?.aligns ?? false }
    var alpha: PlannedSchedule? { plan?.schedule(SeriesName.alpha) }
    var learningRate: PlannedSchedule? { plan?.schedule(SeriesName.learningRate) }
    /// The largest alpha that the plan reaches.
    var alphaMaximum: Double { alpha?.values.max() ?? 0 }
    /// The head whose scores are drawn.
    var head: String { plan?.head ?? "" }
    var labels: [String] { plan?.task.labels ?? [] }

    /// Terms of the loss without their sum; until there is a plan that of the classes.
    var terms: [Series] {
        guard let plan else { return [SeriesName.classes] }
        return plan.series.filter { $0.kind == .term && $0 != SeriesName.total }
    }
    /// Metrics of heads that need labels, in the plan's order: the main head's first.
    var metrics: [Metric] { plan?.metrics.filter { !$0.isLabelFree && !$0.head.isEmpty } ?? [] }

    public var step: Int { curves.last?.step ?? 0 }
    public var epoch: Int { steps.last?.epoch ?? epochs.last?.epoch ?? 0 }
    /// 0...1.
    public var progress: Double {
        guard let plan, plan.steps > 0 else { return 0 }
        return min(1, Double(step) / Double(plan.steps))
    }

    /// Takes further steps in, as the feed does.
    public mutating func take(_ further: [StepRecord]) {
        curves.take(further)
        steps = Array((steps + further).suffix(RunTrace.recentSteps))
    }

    /// Clips a second over the last steps; nil while nothing is done.
    public var clipsPerSecond: Double? {
        guard run?.state != .paused else { return nil }
        let recent = steps.suffix(TimeLeft.steps)
        let seconds = recent.reduce(0) { $0 + $1.seconds }
        return seconds > 0 ? Double(recent.reduce(0) { $0 + $1.samples }) / seconds : nil
    }

    /// Seconds left while the run trains: steps, validation and saving.
    public var secondsLeft: Double? {
        guard let plan, run?.state == .training else { return nil }
        return TimeLeft.seconds(plan, recent: steps, closed: epochs)
    }

    /// Share of the last steps' time spent waiting for data.
    public var waitingShare: Double? {
        guard run?.state == .training else { return nil }
        let recent = steps.suffix(TimeLeft.steps)
        let seconds = recent.reduce(0) { $0 + $1.seconds }
        return seconds > 0 ? recent.reduce(0) { $0 + $1.waitingSeconds } / seconds : nil
    }
}

extension TrainView {
    /// Shows the run that stands so many places further down the list, the older ones last.
    func choosing(_ by: Int) -> [Effect] {
        guard let current = runs.firstIndex(where: { $0.id == run?.id }) else { return [] }
        let wanted = current + by
        guard runs.indices.contains(wanted) else { return [.say(by > 0 ? "no older run" : "no newer run")] }
        return [.ask(RunRequest(run: runs[wanted].id))]
    }
}

/// Asks for the run whose curves are shown.
public struct RunRequest: FeedRequest, Equatable {
    public var run: Int64
    public init(run: Int64) { self.run = run }
}
