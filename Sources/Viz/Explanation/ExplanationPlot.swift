// What there is to draw of one clip's explanation: plain numbers, pictures and words.

public struct ExplanationPlot: Sendable, Equatable {
    public struct Class: Sendable, Equatable {
        public var name: String
        public var probability: Double
        public var isPredicted, isTruth: Bool

        public init(_ name: String, probability: Double, isPredicted: Bool, isTruth: Bool) {
            (self.name, self.probability, self.isPredicted, self.isTruth) = (name, probability, isPredicted, isTruth)
        }
    }

    /// Values over stretches of time: one more border than there are values.
    public struct Curve: Sendable, Equatable {
        /// Seconds.
        public var borders: [Double]
        public var values: [Double]

        public init(borders: [Double], values: [Double]) {
            let isWhole = borders.count == values.count + 1
            (self.borders, self.values) = isWhole ? (borders, values) : ([], [])
        }

        public var isEmpty: Bool { values.isEmpty }

        /// The value at a moment; nil outside.
        func value(at seconds: Double) -> Double? {
            guard let first = borders.first, let last = borders.last, seconds >= first, seconds < last else { return nil }
            return values[max(0, (borders.firstIndex { $0 > seconds } ?? 1) - 1)]
        }
    }

    public struct Frame: Sendable, Equatable {
        /// Seconds.
        public var seconds: Double
        /// `[side, side, 3]`, 8-bit RGB; empty where there is no picture to show.
        public var pixels: [UInt8]
        public var side: Int
        /// Attention of each patch, `[rows, columns]`.
        public var heat: [Double]
        public var rows, columns: Int
        public var attention: Double
        /// Loss of probability without this frame, where that was tried.
        public var drop: Double?
        public var hasFace: Bool

        public init(
            seconds: Double, pixels: [UInt8], side: Int, heat: [Double], rows: Int, columns: Int, attention: Double, drop: Double?,
            hasFace: Bool
        ) {
            (self.seconds, self.side, self.attention, self.drop, self.hasFace) = (seconds, side, attention, drop, hasFace)
            self.pixels = pixels.count == side * side * 3 ? pixels : []
            (self.heat, self.rows, self.columns) = heat.count == rows * columns ? (heat, rows, columns) : ([], 0, 0)
        }
    }

    /// The sound as the model hears it, `[bands, columns]`, the lowest band first.
    public struct Spectrogram: Sendable, Equatable {
        public var bands, columns: Int
        public var values: [Float]
        /// Seconds of its ends, and Hz of the highest band's upper end.
        public var start, end: Double
        public var highest: Double

        public init(bands: Int, columns: Int, values: [Float], start: Double, end: Double, highest: Double) {
            let isWhole = values.count == bands * columns
            (self.bands, self.columns, self.values) = isWhole ? (bands, columns, values) : (0, 0, [])
            (self.start, self.end, self.highest) = (start, end, highest)
        }
    }

    /// How each frame attends to the sound, `[frames, steps]`; steps lie at the sound attention's borders.
    public struct CrossModal: Sendable, Equatable {
        public var title: String
        public var rows: [[Double]]
        public var borders: [Double]

        public init(_ title: String, rows: [[Double]], borders: [Double]) {
            let isWhole = !rows.isEmpty && rows.allSatisfy { $0.count == borders.count - 1 }
            (self.title, self.rows, self.borders) = (title, isWhole ? rows : [], borders)
        }
    }

    /// Whether attention tells the truth of one kind of thing.
    public struct Agreement: Sendable, Equatable {
        public var name: String
        /// Spearman's; nil where there is none.
        public var correlation: Double?
        public var count: Int

        public init(_ name: String, correlation: Double?, count: Int) {
            (self.name, self.correlation, self.count) = (name, correlation, count)
        }
    }

    public var title: String
    /// Model and corpus, for the line under the title.
    public var subtitle: String
    public var classes: [Class]
    public var frames: [Frame] = []
    public var spectrogram: Spectrogram?
    public var sound: Curve?
    /// What weighs the sound, e.g. `encoder`.
    public var soundName = "attention"
    public var soundDrops: Curve?
    public var crossModal: CrossModal?
    public var agreements: [Agreement] = []
    public var notes: [String] = []

    public init(title: String, subtitle: String = "", classes: [Class]) {
        (self.title, self.subtitle, self.classes) = (title, subtitle, classes)
    }

    /// Seconds that the panels over time share.
    var seconds: ClosedRange<Double>? {
        let ends = [spectrogram.map { [$0.start, $0.end] }, sound.map { [$0.borders.first ?? 0, $0.borders.last ?? 0] }].compactMap(\.self)
            .joined()
        guard let low = ends.min(), let high = ends.max(), high > low else { return nil }
        return low...high
    }

    /// Attention of every patch as a share of the largest, so that frames can be compared: 0...1, in the frames' order.
    var scaledHeat: [[Double]] {
        let all = frames.flatMap(\.heat).filter(\.isFinite)
        guard let high = all.max(), let low = all.min(), high > low else { return frames.map { $0.heat.map { _ in 0 } } }
        return frames.map { $0.heat.map { $0.isFinite ? ($0 - low) / (high - low) : 0 } }
    }
}
