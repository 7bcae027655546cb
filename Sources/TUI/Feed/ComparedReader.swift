// The curves and settings of the marked runs, for overlaying them and laying them side by side.
import Records
import Store
import Viz

/// Marked runs with what there is to compare of them.
public struct ComparedRuns: PaneModel {
    public struct Run: Sendable {
        public var id: Int64
        public var summary: RunSummary
        public var curves: StepCurves
        public var epochs: [EpochRecord]
        public var stepsPerEpoch: Int
        /// The head whose scores are drawn.
        public var head: String
        /// As `RunSettings.all` has them; empty where the experiment cannot be read.
        public var settings: [String: String]

        public init(
            id: Int64, summary: RunSummary, curves: StepCurves, epochs: [EpochRecord], stepsPerEpoch: Int, head: String,
            settings: [String: String]
        ) {
            self.id = id
            self.summary = summary
            self.curves = curves
            self.epochs = epochs
            self.stepsPerEpoch = stepsPerEpoch
            self.head = head
            self.settings = settings
        }

        public var title: String { "\(summary.name), seed \(summary.seed)" }
    }

    /// In the order of marking.
    public var runs: [Run] = []
    public init() {}
    public init(runs: [Run]) { self.runs = runs }

    /// More than can be told apart on one plot are not read.
    public static let most = SeriesPalette.count
}

/// Asks for these runs as `ComparedRuns`, kept up to date.
public struct CompareRequest: FeedRequest, Equatable {
    public var runs: [Int64]
    public init(runs: [Int64]) { self.runs = runs }
}

struct ComparedReader: StoreReader {
    let experiments: any ExperimentReader
    private var wanted: [Int64] = []
    private var traces: [Int64: RunTrace] = [:]
    private var isNew = false

    init(experiments: any ExperimentReader) { self.experiments = experiments }

    mutating func take(_ request: any FeedRequest) -> Bool {
        guard let request = request as? CompareRequest else { return false }
        let runs = Array(request.runs.prefix(ComparedRuns.most))
        isNew = isNew || runs != wanted
        wanted = runs
        traces = traces.filter { runs.contains($0.key) }
        return true
    }

    mutating func read(_ turn: StoreTurn) throws -> [any PaneModel] {
        var isChanged = isNew
        isNew = false
        guard isChanged || turn.runsChanged || turn.isListDue || traces.values.contains(where: \.isReading) else { return [] }
        for id in wanted {
            if traces[id] == nil { try begin(id, turn.store) }
            guard var trace = traces[id] else { continue }
            // Taken out, so that its arrays are not copied.
            traces[id] = nil
            if let update = try trace.update(turn.store) {
                traces[id] = trace
                isChanged = update || isChanged
            } else {
                try begin(id, turn.store)
                _ = try traces[id]?.update(turn.store)
                isChanged = true
            }
        }
        guard isChanged else { return [] }
        return [
            ComparedRuns(
                runs: wanted.compactMap { id in
                    traces[id].map {
                        ComparedRuns.Run(
                            id: id, summary: $0.summary, curves: $0.curves, epochs: $0.epochs,
                            stepsPerEpoch: max(1, $0.plan?.stepsPerEpoch ?? 1), head: $0.plan?.head ?? "",
                            settings: $0.settings)
                    }
                })
        ]
    }

    private mutating func begin(_ id: Int64, _ store: RunStore) throws {
        traces[id] = try RunTrace(store, run: id, experiments: experiments)
    }
}
