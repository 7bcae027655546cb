// What a trained model is put under (zu-dann §6): kinds of damage and their levels, from none to heavy.
import Foundation
import Training

public struct Corruption: Sendable, Codable, Hashable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Normal noise, by its signal-to-noise ratio in dB.
        case white
        /// Other speakers of the same corpus talking at once, by the ratio in dB.
        case babble
        /// Gaussian blur of every picture, by sigma in px of a picture of 112 px.
        case blur
        /// White noise and blur together: (20 dB, 1 px), (10 dB, 2 px), (0 dB, 4 px).
        case both
        /// Pictures replaced by the last one that is left, by their share.
        case dropped
        /// Silence: what the network gets of a clip without sound.
        case noSound = "no-sound"
        /// Grey pictures.
        case noPicture = "no-picture"

        public var words: String {
            switch self {
            case .white: "white noise"
            case .babble: "babble"
            case .blur: "blur"
            case .both: "white noise and blur"
            case .dropped: "dropped pictures"
            case .noSound: "no sound"
            case .noPicture: "no picture"
            }
        }

        /// What its levels count.
        public var unit: String {
            switch self {
            case .white, .babble: "SNR, dB"
            case .blur: "sigma, px at 112 px"
            case .both: "SNR, dB / sigma, px"
            case .dropped: "share of the pictures"
            case .noSound, .noPicture: ""
            }
        }

        /// The standard levels, from light to heavy; one for what has no levels.
        public var standard: [Corruption] {
            switch self {
            case .white, .babble: [20, 10, 5, 0].map { Corruption(self, $0) }
            case .blur: [1, 2, 4].map { Corruption(self, $0) }
            case .both: [(20, 1), (10, 2), (0, 4)].map { Corruption(noise: $0, blur: $1) }
            case .dropped: [0.125, 0.25, 0.5, 0.75].map { Corruption(self, $0) }
            case .noSound, .noPicture: [Corruption(self, 0)]
            }
        }

        /// What a level of this kind may be: `-40 to 100 dB, such as 15`.
        public var levelWords: String {
            let ratio = "\(Int(Corruption.ratios.lowerBound)) to \(Int(Corruption.ratios.upperBound)) dB"
            let sigma = "above 0 and at most \(Int(Corruption.largestSigma)) px"
            switch self {
            case .white, .babble: return "\(ratio), such as 15"
            case .blur: return "\(sigma), such as 2"
            case .both: return "\(ratio) / \(sigma), such as 20/1"
            case .dropped: return "a share above 0 and below 1, such as 2/8 or 0.25"
            case .noSound, .noPicture: return "nothing: this kind has no levels"
            }
        }

        var changesSound: Bool { self == .white || self == .babble || self == .both || self == .noSound }
        var changesPicture: Bool { self == .blur || self == .both || self == .dropped || self == .noPicture }

        /// Whether a model with these modalities notices it and still has something to go by.
        public func concerns(_ modalities: ModelSettings.Modalities) -> Bool {
            switch (modalities, self) {
            case (.both, _): true
            case (.audio, .white), (.audio, .babble): true
            case (.video, .blur), (.video, .dropped): true
            default: false
            }
        }
    }

    public var kind: Kind
    /// The ratio in dB, the share, or the sigma; the sigma also for `both`.
    public var level: Double
    /// The ratio in dB that `both` has beside the sigma; nil for other kinds.
    public var noise: Double?

    /// Of another kind than `both`.
    public init(_ kind: Kind, _ level: Double) {
        precondition(kind != .both, "both is made of two levels")
        (self.kind, self.level) = (kind, level)
    }

    /// White noise and blur together.
    public init(noise: Double, blur: Double) { (kind, level, self.noise) = (.both, blur, noise) }

    /// The level of a kind as it is typed and as the table prints it: `15`, `2/8`, `20/1`. Nil where it is no level of this kind.
    public init?(_ kind: Kind, parsing text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0.trimmingCharacters(in: .whitespaces)) }
        switch (kind, parts.count) {
        case (.both, 2):
            guard let noise = parts[0], let blur = parts[1], Self.ratios.contains(noise), Self.isSigma(blur) else { return nil }
            self.init(noise: noise, blur: blur)
        case (.dropped, 2):
            guard let above = parts[0], let below = parts[1], Self.isShare(above / below) else { return nil }
            self.init(kind, above / below)
        case (_, 1):
            guard let level = parts[0] else { return nil }
            switch kind {
            case .white, .babble: guard Self.ratios.contains(level) else { return nil }
            case .blur: guard Self.isSigma(level) else { return nil }
            case .dropped: guard Self.isShare(level) else { return nil }
            case .both, .noSound, .noPicture: return nil
            }
            self.init(kind, level)
        default: return nil
        }
    }

    /// Signal-to-noise ratios, dB.
    static let ratios = -40.0...100.0
    /// Half a picture of 112 px.
    static let largestSigma = 56.0
    private static func isSigma(_ value: Double) -> Bool { value > 0 && value <= largestSigma }
    private static func isShare(_ value: Double) -> Bool { value > 0 && value < 1 }

    /// The level as an axis has it: `20`, `10 / 2`, `1/8`.
    public var label: String {
        func plain(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
        switch kind {
        case .white, .babble, .blur: return plain(level)
        case .both: return "\(noise.map(plain) ?? "?") / \(plain(level))"
        case .dropped:
            let eighths = level * 8
            return eighths == eighths.rounded() ? "\(Int(eighths))/8" : plain(level)
        case .noSound, .noPicture: return "all"
        }
    }
}
