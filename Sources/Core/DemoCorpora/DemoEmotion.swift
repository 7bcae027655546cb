// What the demo actors act, and how RAVDESS and CREMA-D write it in file names.

enum DemoEmotion: Int, CaseIterable, Sendable {
    case neutral, calm, happy, sad, angry, fearful, disgust, surprised

    /// RAVDESS: 01…08 in this order.
    var studioCode: Int { rawValue + 1 }

    /// CREMA-D's six, in the order of its own tables; calm and surprised are not acted there.
    static let crowd: [DemoEmotion] = [.angry, .disgust, .fearful, .happy, .neutral, .sad]

    var crowdCode: String {
        switch self {
        case .angry: "ANG"
        case .disgust: "DIS"
        case .fearful: "FEA"
        case .happy, .surprised: "HAP"
        case .neutral, .calm: "NEU"
        case .sad: "SAD"
        }
    }
}

/// How strongly: RAVDESS knows normal and strong, CREMA-D low, medium, high and unspecified.
enum DemoLevel: String, Sendable, CaseIterable {
    case normal, strong
    case low = "LO"
    case medium = "MD"
    case high = "HI"
    case unspecified = "XX"
}

struct DemoSentence: Sendable, Equatable {
    /// As in the file name: `01` or `IEO`.
    let code: String
    let text: String

    /// The two statements of RAVDESS.
    static let studio = [
        DemoSentence(code: "01", text: "Kids are talking by the door"),
        DemoSentence(code: "02", text: "Dogs are sitting by the door"),
    ]

    /// The twelve sentences of CREMA-D.
    static let crowd = [
        DemoSentence(code: "IEO", text: "It's eleven o'clock"),
        DemoSentence(code: "TIE", text: "That is exactly what happened"),
        DemoSentence(code: "IOM", text: "I'm on my way to the meeting"),
        DemoSentence(code: "IWW", text: "I wonder what this is about"),
        DemoSentence(code: "TAI", text: "The airplane is almost full"),
        DemoSentence(code: "MTI", text: "Maybe tomorrow it will be cold"),
        DemoSentence(code: "IWL", text: "I would like a new alarm clock"),
        DemoSentence(code: "ITH", text: "I think I have a doctor's appointment"),
        DemoSentence(code: "DFA", text: "Don't forget a jacket"),
        DemoSentence(code: "ITS", text: "I think I've seen this before"),
        DemoSentence(code: "TSI", text: "The surface is slick"),
        DemoSentence(code: "WSI", text: "We'll stop in a couple of minutes"),
    ]
}

/// A mixture of emotions as one channel (face or voice) shows it.
struct DemoExpression: Sendable, Equatable {
    /// Share of each emotion, indexed by `DemoEmotion.rawValue`, summing to 1.
    var shares: [Double]
    /// 0 shows nothing, 1 is full play.
    var strength: Double

    init(_ emotion: DemoEmotion, strength: Double) {
        shares = [Double](repeating: 0, count: DemoEmotion.allCases.count)
        shares[emotion.rawValue] = 1
        self.strength = strength
    }

    /// Gives `share` of the expression to another emotion.
    mutating func blend(_ emotion: DemoEmotion, share: Double) {
        for i in shares.indices { shares[i] *= 1 - share }
        shares[emotion.rawValue] += share
    }
}
