// What a written media file is made of: codecs, sizes, rates, qualities.

/// Pictures a second as a fraction, e.g. 30000/1001.
public struct FrameRate: Sendable, Codable, Hashable {
    public var numerator: Int
    public var denominator: Int

    public init(_ numerator: Int, _ denominator: Int = 1) {
        self.numerator = numerator
        self.denominator = denominator
    }

    public var perSecond: Double { Double(numerator) / Double(denominator) }
}

/// How the pictures of a file are encoded.
public struct VideoEncoding: Sendable, Hashable {
    public enum Codec: String, Sendable, Codable, Hashable {
        /// H.264 by libx264, OpenH264 or whatever libav has; MPEG-4 part 2 stands in only where `allowsSubstitute` is set.
        case h264
        /// Sorenson H.263, the codec of old Flash video.
        case flv1
        case mpeg4
    }

    public enum Quality: Sendable, Hashable {
        /// x264's constant rate factor: 18 is very good, 28 poor. Turned into a quantiser for the other codecs.
        case constantRateFactor(Int)
        /// Quantiser of the MPEG-4 family: 2 is very good, 31 the worst.
        case quantiser(Int)
        /// Bits a second.
        case bitRate(Int)
    }

    public var codec: Codec
    /// Pixels; both even, as 4:2:0 asks.
    public var width: Int
    public var height: Int
    public var frameRate: FrameRate
    public var quality: Quality
    /// x264's speed preset.
    public var preset: String
    /// Use MPEG-4 part 2 where no H.264 encoder is installed, instead of failing.
    public var allowsSubstitute: Bool

    public init(
        codec: Codec = .h264, width: Int, height: Int, frameRate: FrameRate, quality: Quality = .constantRateFactor(23),
        preset: String = "veryfast", allowsSubstitute: Bool = false
    ) {
        self.codec = codec
        self.width = width
        self.height = height
        self.frameRate = frameRate
        self.quality = quality
        self.preset = preset
        self.allowsSubstitute = allowsSubstitute
    }
}

/// How the sound of a file is encoded.
public struct AudioEncoding: Sendable, Hashable {
    public enum Codec: String, Sendable, Codable, Hashable {
        case aac
        case mp3
        /// Signed 16-bit PCM.
        case pcm16
    }

    public var codec: Codec
    /// Hz, in the file.
    public var rate: Int
    /// Hz of the samples that will be given; libswresample brings them to `rate`.
    public var sourceRate: Int
    public var channels: Int
    /// Bits a second; PCM ignores it.
    public var bitRate: Int

    public init(codec: Codec = .aac, rate: Int = 48_000, sourceRate: Int? = nil, channels: Int = 1, bitRate: Int = 96_000) {
        self.codec = codec
        self.rate = rate
        self.sourceRate = sourceRate ?? rate
        self.channels = channels
        self.bitRate = bitRate
    }
}
