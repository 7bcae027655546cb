import CEspeak
import Foundation
import Synchronization

/// libespeak-ng, loaded anew for every sentence.
///
/// The library keeps state in static variables that neither `espeak_Initialize` nor `espeak_Terminate` resets (pitch flutter, wave
/// phases, the last frame), so a sentence's samples depend on all that were spoken before; and a second `espeak_Terminate` in one load
/// hangs (both seen with 1.51). Unloading it is the only clean slate, costs 2 ms a sentence and makes a voice a function of its input.
struct EspeakLibrary: ~Copyable {
    private typealias Initialize = @convention(c) (espeak_AUDIO_OUTPUT, Int32, UnsafePointer<CChar>?, Int32) -> Int32
    private typealias Callback = @convention(c) (UnsafeMutablePointer<Int16>?, Int32, UnsafeMutablePointer<espeak_EVENT>?) -> Int32
    private typealias SetCallback = @convention(c) (Callback) -> Void
    private typealias SetVoiceFile = @convention(c) (UnsafePointer<CChar>) -> UInt32
    private typealias SetParameter = @convention(c) (UInt32, Int32, Int32) -> Int32
    private typealias Synthesise =
        @convention(c) (
            UnsafeRawPointer, Int, UInt32, UInt32, UInt32, UInt32, UnsafeMutablePointer<UInt32>?, UnsafeMutableRawPointer?
        ) -> Int32
    private typealias Terminate = @convention(c) () -> Int32

    /// One speaker at a time in the whole process. What it guards is the library's own, so there is nothing in it.
    private static let speaking = Mutex(())
    private static let names = ["libespeak-ng.so.1", "libespeak-ng.so", "libespeak-ng.1.dylib", "libespeak-ng.dylib"]

    private let handle: UnsafeMutableRawPointer
    private let rate: Int
    private let terminate: Terminate

    /// Speaks `text` with `voice`, the text of an eSpeak voice file. Returns mono samples in [-1, 1] and the phonemes with their times.
    static func speak(_ text: String, voice: String, wordsPerMinute: Int, wordGap: Int) throws(DemoError) -> Speech {
        try speaking.withLock { _ throws(DemoError) in
            let file = try writeVoice(voice)
            defer { unlink(file) }
            let library = try EspeakLibrary()
            return try library.speak(text, voiceFile: file, wordsPerMinute: wordsPerMinute, wordGap: wordGap)
        }
    }

    /// A file of our own with the voice, its path. In /tmp and in lower case, since the library keeps at most 59 bytes of the path,
    /// which a user's temporary folder can exceed, and lowers its letters; never a file or a link that somebody laid there.
    private static func writeVoice(_ voice: String) throws(DemoError) -> String {
        var file = "", descriptor: Int32 = -1
        for attempt in 0..<100 {
            file = "/tmp/emolab-voice-\(getpid())-\(attempt)"
            descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 || errno != EEXIST { break }
        }
        guard descriptor >= 0 else { throw .cannotWrite(path: file, reason: String(cString: strerror(errno))) }
        let bytes = Array(voice.utf8)
        let written = write(descriptor, bytes, bytes.count)
        close(descriptor)
        guard written == bytes.count else {
            unlink(file)
            throw .cannotWrite(path: file, reason: "no room")
        }
        return file
    }

    private init() throws(DemoError) {
        guard let handle = try Self.load() else { throw .noVoice("libespeak-ng is not installed") }
        guard let initialize = Self.symbol("espeak_Initialize", handle, as: Initialize.self),
            let terminate = Self.symbol("espeak_Terminate", handle, as: Terminate.self)
        else {
            dlclose(handle)
            throw .noVoice("the installed libespeak-ng lacks its usual functions")
        }
        let rate = initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, nil, espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_DONT_EXIT)
        guard rate > 0 else {
            dlclose(handle)
            throw .noVoice("its data (espeak-ng-data) was not found")
        }
        self.handle = handle
        self.terminate = terminate
        self.rate = Int(rate)
    }

    deinit {
        _ = terminate()
        dlclose(handle)
    }

    private func speak(_ text: String, voiceFile: String, wordsPerMinute: Int, wordGap: Int) throws(DemoError) -> Speech {
        guard let setCallback = Self.symbol("espeak_SetSynthCallback", handle, as: SetCallback.self),
            let setVoice = Self.symbol("espeak_ng_SetVoiceByFile", handle, as: SetVoiceFile.self),
            let setParameter = Self.symbol("espeak_SetParameter", handle, as: SetParameter.self),
            let synthesise = Self.symbol("espeak_Synth", handle, as: Synthesise.self)
        else { throw .noVoice("the installed libespeak-ng lacks its usual functions") }
        setCallback(collectEspeakSamples)
        guard setVoice(voiceFile) == 0 else { throw .noVoice("it refused the voice of a demo actor") }
        _ = setParameter(espeakRATE.rawValue, Int32(wordsPerMinute), 0)
        _ = setParameter(espeakWORDGAP.rawValue, Int32(wordGap), 0)
        let collector = EspeakCollector()
        let code = text.withCString { characters in
            synthesise(
                characters, text.utf8.count + 1, 0, POS_CHARACTER.rawValue, 0, UInt32(espeakCHARS_UTF8 | espeakENDPAUSE), nil,
                Unmanaged.passUnretained(collector).toOpaque())
        }
        guard code == 0, !collector.samples.isEmpty else { throw .noVoice("it could not speak \"\(text)\"") }
        return Speech(samples: collector.samples.map { Float($0) / 32768 }, rate: rate, phonemes: collector.phonemes)
    }

    /// Loads the library, once: every `dlopen` more would keep it from being unloaded.
    private static func load() throws(DemoError) -> UnsafeMutableRawPointer? {
        for name in names {
            if let earlier = dlopen(name, RTLD_NOW | RTLD_NOLOAD) {
                dlclose(earlier)
                throw .noVoice("it is held by another part of this process and cannot be loaded anew")
            }
            if let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) { return handle }
        }
        return nil
    }

    private static func symbol<T>(_ name: String, _ handle: UnsafeMutableRawPointer, as type: T.Type) -> T? {
        dlsym(handle, name).map { unsafeBitCast($0, to: type) }
    }
}

/// What the synthesiser gave: mono samples in [-1, 1] at `rate` Hz, and each phoneme's beginning in seconds.
struct Speech: Sendable, Equatable {
    struct Phoneme: Sendable, Equatable {
        var time: Double
        /// eSpeak's mnemonic, e.g. `aI`.
        var name: String
    }

    var samples: [Float]
    var rate: Int
    var phonemes: [Phoneme]
}
