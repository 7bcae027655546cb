// `[report]`: the row of a table that a run's scores belong to.

/// Read by `emolab report`; it changes nothing about the run.
public struct ReportSettings: Sendable, Codable, Equatable {
    /// Name of the table, e.g. `adaptation`; empty: the run is in no table.
    public var table = ""
    /// Name of its row, e.g. `base+lora`; the experiment's name where it is empty.
    public var row = ""

    public init() {}
}
