// What a trained model is put under (zu-dann §6): kinds of damage and their levels, from none to heavy.

public struct Corruption: Sendable, Codable, Hashable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Normal noise, by its signal-to-noise ratio in dB.
        case white
        /// Other speakers of the same corpus talking at once, by the ratio in dB.
        case babble
        /// Gaussian blur of every picture, by sigma in px of a picture of 112 px.
        case blur
        /// White noise and blur together: (20 dB, 1 px), (10 dB, 2 px), (0 dB, 4 px); the level is the sigma.
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

        /// From light to heavy; one for what has no levels.
        public var levels: [Double] {
            switch self {
            case .white, .babble: [20, 10, 5, 0]
            case .blur, .both: [1, 2, 4]
            case .dropped: [0.125, 0.25, 0.5, 0.75]
            case .noSound, .noPicture: [0]
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
    public var level: Double

    public init(_ kind: Kind, _ level: Double) { (self.kind, self.level) = (kind, level) }

    /// Of `both`: the noise that a sigma comes with, dB.
    static func noise(besideBlur sigma: Double) -> Double { sigma <= 1 ? 20 : sigma <= 2 ? 10 : 0 }

    /// The level as an axis has it: `20`, `10 / 2`, `1/8`.
    public var label: String {
        func plain(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
        switch kind {
        case .white, .babble, .blur: return plain(level)
        case .both: return "\(plain(Self.noise(besideBlur: level))) / \(plain(level))"
        case .dropped:
            let eighths = level * 8
            return eighths == eighths.rounded() ? "\(Int(eighths))/8" : plain(level)
        case .noSound, .noPicture: return "all"
        }
    }

    /// What a level of this kind may be; nil where there is a range of its own.
    public static func isValid(_ level: Double, of kind: Kind) -> Bool {
        switch kind {
        case .white, .babble: (-40...100).contains(level)
        case .blur, .both: level > 0 && level <= 56
        case .dropped: level > 0 && level < 1
        case .noSound, .noPicture: level == 0
        }
    }
}
