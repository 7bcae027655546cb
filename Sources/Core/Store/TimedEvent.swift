import Records

/// Something that a trainer told, and when.
package struct TimedEvent: Sendable, Codable, Equatable {
    /// Seconds since 1970.
    package var time: Double
    package var event: TrainingEvent

    package init(time: Double, event: TrainingEvent) { (self.time, self.event) = (time, event) }
}
