import CEspeak

/// Where the callback puts what eSpeak hands it; passed through eSpeak as user data.
final class EspeakCollector {
    /// A sentence is a few seconds; what goes beyond a minute is dropped, so that no voice can fill the memory.
    static let mostSamples = 60 * 22_050

    var samples: [Int16] = []
    var phonemes: [Speech.Phoneme] = []
}

/// eSpeak's synthesis callback: collects samples and phoneme events, and asks for more.
nonisolated func collectEspeakSamples(
    _ wave: UnsafeMutablePointer<Int16>?, _ count: Int32, _ events: UnsafeMutablePointer<espeak_EVENT>?
) -> Int32 {
    guard let wave, var event = events, let user = event.pointee.user_data else { return 0 }
    let collector = Unmanaged<EspeakCollector>.fromOpaque(user).takeUnretainedValue()
    collector.samples.append(contentsOf: UnsafeBufferPointer(start: wave, count: Int(count)))
    while event.pointee.type != espeakEVENT_LIST_TERMINATED {
        if event.pointee.type == espeakEVENT_PHONEME {
            let name = withUnsafeBytes(of: event.pointee.id.string) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            collector.phonemes.append(Speech.Phoneme(time: Double(event.pointee.audio_position) / 1000, name: name))
        }
        event = event.successor()
    }
    return collector.samples.count > EspeakCollector.mostSamples ? 1 : 0
}
