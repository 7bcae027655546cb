import Records

/// A run's confusion counts, epoch by epoch.
public struct RunMatrices: Sendable, Equatable {
    public struct Epoch: Sendable, Equatable {
        public var epoch: Int
        public var isBest: Bool
        /// `[truth][prediction]`; nil where the epoch has none that fits the labels.
        public var source: [[Int]]?
        public var target: [[Int]]?

        public init(epoch: Int, isBest: Bool, source: [[Int]]?, target: [[Int]]?) {
            (self.epoch, self.isBest, self.source, self.target) = (epoch, isBest, source, target)
        }

        public subscript(domain: Domain) -> [[Int]]? { domain == .source ? source : target }
    }

    public var run: Int64
    /// e.g. `full, seed 123`.
    public var title: String
    public var labels: [String]
    /// Why there are none, where the run answers with values.
    public var notice: String?
    /// Names of the corpora; the target's is empty where there is none.
    public var source: String
    public var target: String
    public var isLive: Bool
    public var parent: Int64?
    /// Ascending.
    public var epochs: [Epoch]

    public init(
        run: Int64, title: String, labels: [String], notice: String? = nil, source: String, target: String, isLive: Bool,
        parent: Int64? = nil,
        epochs: [Epoch]
    ) {
        (self.run, self.title, self.labels, self.source, self.target) = (run, title, labels, source, target)
        (self.notice, self.isLive, self.parent, self.epochs) = (notice, isLive, parent, epochs)
    }

    public var best: Int? { epochs.last { $0.isBest }?.epoch }
    /// What is looked at unless told: the newest epoch of a run under way, the best of one that is over.
    public var standing: Epoch? { isLive ? epochs.last : epochs.last { $0.isBest } ?? epochs.last }
    public var hasTarget: Bool { epochs.contains { $0.target != nil } }

    public func epoch(_ number: Int) -> Epoch? { epochs.first { $0.epoch == number } }
    public func corpus(_ domain: Domain) -> String { domain == .source ? source : target }
}

/// What the Confusion pane shows: the run that all panes show, and one that it is compared with.
public struct MatricesView: PaneModel, Equatable {
    public enum State: Sendable, Equatable { case loading, ready }
    public var state = State.loading
    public var shown: RunMatrices?
    public var other: RunMatrices?
    /// The run that `other` was looked for; the two differ where it is gone.
    public var wanted: Int64?

    public init() {}
}

/// Asks for the matrices of another run to compare with; nil for none.
public struct ComparisonRequest: FeedRequest, Equatable {
    public var run: Int64?
    public init(run: Int64?) { self.run = run }
}
