// What one pane asks another to show: from a cell of a matrix to its clips, from a list to a clip, from a run to its parameters.
import Records

/// Something that a pane can be opened on. The workbench hands it to the pane and shows that pane; Escape there leads back.
public protocol Topic: Sendable {}

/// Clips of one cell, row or column of a confusion matrix; shown by the Errors pane.
public struct ClipsTopic: Topic, Equatable {
    public var run: Int64
    public var domain: Domain
    /// Indices into the run's labels; nil for any.
    public var truth: Int?
    public var predicted: Int?

    public init(run: Int64, domain: Domain, truth: Int? = nil, predicted: Int? = nil) {
        self.run = run
        self.domain = domain
        self.truth = truth
        self.predicted = predicted
    }
}

/// One clip and the list that it was opened from, through which the Clip pane steps.
public struct ClipTopic: Topic, Equatable {
    /// `Clip.id`s: `corpus/name`.
    public var clips: [String]
    public var position: Int
    /// What the list is, in a word or two: `errors`, `crowd`.
    public var list: String

    public init(clips: [String], position: Int, list: String) {
        self.clips = clips
        self.position = position
        self.list = list
    }
}

/// A run's experiment; shown by the Parameters pane. The run itself is chosen by `RunRequest`.
public struct ParametersTopic: Topic, Equatable {
    public var run: Int64
    public init(run: Int64) { self.run = run }
}

/// Runs marked to be looked at together: curves overlaid, matrices and clips compared. One selection for all panes.
public struct MarkedRuns: PaneModel, Equatable {
    /// In the order of marking.
    public var runs: [Int64] = []
    public init() {}
    public init(runs: [Int64]) { self.runs = runs }
}
