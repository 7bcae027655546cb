// What a media file holds, as far as it can be told without decoding.

public struct MediaInfo: Sendable, Codable, Hashable {
    public struct Video: Sendable, Codable, Hashable {
        public var codec: String
        public var pixelFormat: String
        /// Size as shown, with square pixels and after `rotation`, in px.
        public var width: Int
        public var height: Int
        /// Clockwise turn from the coded to the shown picture: 0, 90, 180 or 270 degrees.
        public var rotation: Int
        /// Mean frames a second; 0 where the container does not tell.
        public var frameRate: Double
        /// Frames of the stream, counted from its packets.
        public var frameCount: Int
        /// Seconds.
        public var duration: Double?
    }

    public struct Audio: Sendable, Codable, Hashable {
        public var codec: String
        /// Hz.
        public var rate: Int
        public var channels: Int
        /// Seconds.
        public var duration: Double?
    }

    /// libav's name of the container, e.g. `mov,mp4,m4a,3gp,3g2,mj2`.
    public var container: String
    /// Seconds, as the container says or as its packets reach.
    public var duration: Double?
    /// The stream whose pictures would be decoded.
    public var video: Video?
    /// The stream whose sound would be decoded.
    public var audio: Audio?
    /// Streams of any kind in the file.
    public var streams: Int
}
