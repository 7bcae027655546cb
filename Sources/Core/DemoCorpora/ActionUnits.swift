/// Muscles of the face as the demo faces have them: action units of the Facial Action Coding System (Ekman and Friesen 1978),
/// 0 at rest, 1 full. A SIMD vector underneath, since every frame mixes dozens of them.
struct ActionUnits: Sendable, Equatable {
    var values: SIMD16<Float>

    init() { values = .zero }
    init(_ values: SIMD16<Float>) { self.values = values }

    /// AU1, AU2, AU4.
    var innerBrowRaise: Double {
        get { self[0] }
        set { self[0] = newValue }
    }
    var outerBrowRaise: Double {
        get { self[1] }
        set { self[1] = newValue }
    }
    var browLower: Double {
        get { self[2] }
        set { self[2] = newValue }
    }
    /// AU5 (negative: drooping lids), AU7.
    var lidRaise: Double {
        get { self[3] }
        set { self[3] = newValue }
    }
    var lidTighten: Double {
        get { self[4] }
        set { self[4] = newValue }
    }
    /// AU6, AU9, AU10.
    var cheekRaise: Double {
        get { self[5] }
        set { self[5] = newValue }
    }
    var noseWrinkle: Double {
        get { self[6] }
        set { self[6] = newValue }
    }
    var upperLipRaise: Double {
        get { self[7] }
        set { self[7] = newValue }
    }
    /// AU12, AU15, AU20.
    var lipCornerPull: Double {
        get { self[8] }
        set { self[8] = newValue }
    }
    var lipCornerDepress: Double {
        get { self[9] }
        set { self[9] = newValue }
    }
    var lipStretch: Double {
        get { self[10] }
        set { self[10] = newValue }
    }
    /// AU26, AU24, AU18 (rounding, from speech), AU17.
    var jawDrop: Double {
        get { self[11] }
        set { self[11] = newValue }
    }
    var lipPress: Double {
        get { self[12] }
        set { self[12] = newValue }
    }
    var lipRound: Double {
        get { self[13] }
        set { self[13] = newValue }
    }
    var chinRaise: Double {
        get { self[14] }
        set { self[14] = newValue }
    }

    private subscript(_ index: Int) -> Double {
        get { Double(values[index]) }
        set { values[index] = Float(newValue) }
    }

    /// The full expression of an emotion, after the prototypes of EMFACS.
    static let prototypes: [ActionUnits] = DemoEmotion.allCases.map { emotion in
        var a = ActionUnits()
        switch emotion {
        case .neutral:
            break
        case .calm:
            a.lipCornerPull = 0.12
            a.lidRaise = -0.25
        case .happy:
            a.lipCornerPull = 1
            a.cheekRaise = 0.9
            a.jawDrop = 0.15
            a.outerBrowRaise = 0.15
        case .sad:
            a.innerBrowRaise = 1
            a.browLower = 0.3
            a.lipCornerDepress = 1
            a.lidRaise = -0.6
            a.chinRaise = 0.6
        case .angry:
            a.browLower = 1
            a.lidRaise = 0.25
            a.lidTighten = 0.8
            a.lipPress = 0.85
            a.lipCornerDepress = 0.25
            a.noseWrinkle = 0.15
        case .fearful:
            a.innerBrowRaise = 0.95
            a.outerBrowRaise = 0.45
            a.browLower = 0.35
            a.lidRaise = 1
            a.lipStretch = 1
            a.jawDrop = 0.3
            a.lipCornerDepress = 0.2
        case .disgust:
            a.noseWrinkle = 1
            a.upperLipRaise = 1
            a.browLower = 0.45
            a.cheekRaise = 0.35
            a.lidTighten = 0.45
            a.lipCornerDepress = 0.3
        case .surprised:
            a.innerBrowRaise = 0.9
            a.outerBrowRaise = 1
            a.lidRaise = 0.75
            a.jawDrop = 0.75
            a.lipRound = 0.25
            a.lipCornerPull = 0.15
        }
        return a
    }
}
