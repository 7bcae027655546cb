/// How the face of a clip's speaker is found and cut. Its `key` is part of the cache key. Fields that a stored value lacks have their defaults.
public struct FaceSettings: Sendable, Codable, Hashable {
    public enum Detector: String, Sendable, Codable, CaseIterable {
        case mtcnn
        /// No detector: the centred square of zu-dann §3.2, marked as fallback.
        case centredSquare = "centred-square"
    }

    /// Which face of several is the speaker's.
    public enum Selection: String, Sendable, Codable, CaseIterable {
        case largest
        case mostProbable = "most-probable"
    }

    /// What is cut around a box, which is seldom square.
    public enum Shape: String, Sendable, Codable, CaseIterable {
        /// The box itself, stretched to a square, as facenet-pytorch does.
        case box
        /// The square around the box's middle with its longer side, so that proportions stay.
        case square
    }

    public enum Resize: String, Sendable, Codable, CaseIterable {
        /// Mean over the area that a pixel covers (zu-dann §3.3).
        case area
        /// Pillow's antialiased bilinear filter, as facenet-pytorch resizes pictures.
        case bilinear
    }

    public enum Alignment: String, Sendable, Codable, CaseIterable {
        case none
        /// Turned, scaled and moved so that the eyes lie level at fixed places.
        case eyes
    }

    /// Over the frames of a clip as they are given, of boxes and landmarks.
    public enum Smoothing: String, Sendable, Codable, CaseIterable {
        case none
        case movingAverage = "moving-average"
        case gaussian
    }

    /// What stands in where no face is found.
    public enum Missing: String, Sendable, Codable, CaseIterable {
        case centredSquare = "centred-square"
        /// The face of the last frame that had one; the centred square before the first.
        case previous
    }

    public var detector: Detector
    public var selection: Selection
    /// Shortest side of a face that is looked for, px.
    public var minimumFace: Double
    /// From each picture of the pyramid to the next smaller one.
    public var pyramidFactor: Double
    /// Least probabilities after the three networks.
    public var thresholds: [Double]
    /// Share of the result's side that lies outside the box, both sides together: facenet-pytorch's `margin` over its `image_size`.
    public var margin: Double
    public var shape: Shape
    public var resize: Resize
    public var alignment: Alignment
    public var smoothing: Smoothing
    /// Frames on each side that take part; the standard deviation of the Gaussian is half of it.
    public var smoothingRadius: Int
    /// Every so many frames are looked at, and the last; boxes between two found ones are interpolated.
    public var every: Int
    public var missing: Missing

    /// Defaults are those of facenet-pytorch 2.6.0, with area means in place of Pillow's filter.
    public init(
        detector: Detector = .mtcnn, selection: Selection = .largest, minimumFace: Double = 20, pyramidFactor: Double = 0.709,
        thresholds: [Double] = [0.6, 0.7, 0.7], margin: Double = 0, shape: Shape = .box, resize: Resize = .area,
        alignment: Alignment = .none,
        smoothing: Smoothing = .none, smoothingRadius: Int = 2, every: Int = 1, missing: Missing = .centredSquare
    ) {
        self.detector = detector
        self.selection = selection
        self.minimumFace = minimumFace
        self.pyramidFactor = pyramidFactor
        self.thresholds = thresholds
        self.margin = margin
        self.shape = shape
        self.resize = resize
        self.alignment = alignment
        self.smoothing = smoothing
        self.smoothingRadius = smoothingRadius
        self.every = every
        self.missing = missing
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys, _ standard: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? standard
        }
        let standard = FaceSettings()
        self.init(
            detector: try value(.detector, standard.detector), selection: try value(.selection, standard.selection),
            minimumFace: try value(.minimumFace, standard.minimumFace), pyramidFactor: try value(.pyramidFactor, standard.pyramidFactor),
            thresholds: try value(.thresholds, standard.thresholds), margin: try value(.margin, standard.margin),
            shape: try value(.shape, standard.shape), resize: try value(.resize, standard.resize),
            alignment: try value(.alignment, standard.alignment), smoothing: try value(.smoothing, standard.smoothing),
            smoothingRadius: try value(.smoothingRadius, standard.smoothingRadius), every: try value(.every, standard.every),
            missing: try value(.missing, standard.missing))
    }

    /// All settings in words that never change, for keys. What a detector does not look at is left out.
    public var key: String {
        var words = ["detector=\(detector.rawValue)", "resize=\(resize.rawValue)"]
        if detector == .mtcnn {
            words += [
                "code=\(Mtcnn.version)", "selection=\(selection.rawValue)", "minimum=\(minimumFace)", "factor=\(pyramidFactor)",
                "thresholds=\(thresholds.map { "\($0)" }.joined(separator: ","))", "margin=\(margin)", "shape=\(shape.rawValue)",
                "alignment=\(alignment.rawValue)", "every=\(every)", "missing=\(missing.rawValue)",
            ]
            words.append(smoothing == .none ? "smoothing=none" : "smoothing=\(smoothing.rawValue),\(smoothingRadius)")
        }
        return words.joined(separator: " ")
    }

    /// - Throws: `FaceSettingsError` that names the field and what it takes.
    public func check() throws {
        func hold(_ holds: Bool, _ field: String, _ value: Any, _ takes: String) throws {
            guard holds else { throw FaceSettingsError(field: field, value: "\(value)", takes: takes) }
        }
        // Below 12 px the pyramid would magnify the picture.
        try hold(minimumFace.isFinite && (12...4096).contains(minimumFace), "minimumFace", minimumFace, "12 to 4096 px")
        try hold((0.1...0.95).contains(pyramidFactor), "pyramidFactor", pyramidFactor, "0.1 to 0.95")
        try hold(
            thresholds.count == 3 && thresholds.allSatisfy { (0.05...1).contains($0) }, "thresholds", thresholds,
            "three probabilities of 0.05 to 1")
        try hold((0...0.9).contains(margin), "margin", margin, "a share of 0 to 0.9")
        try hold((1...1000).contains(smoothingRadius), "smoothingRadius", smoothingRadius, "1 to 1000 frames")
        try hold((1...1000).contains(every), "every", every, "1 to 1000 frames")
    }
}

/// A field of `FaceSettings` that no face can be found with.
public struct FaceSettingsError: Error, Equatable, CustomStringConvertible {
    public var field: String
    public var value: String
    public var takes: String

    public var description: String { "faces: \(field) = \(value): it takes \(takes)" }
}
