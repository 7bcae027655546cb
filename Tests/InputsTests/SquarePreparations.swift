// Most tests of the cache ask for no detector: their settings stand for preparation by centred squares.
import Records

@testable import Corpora
@testable import Inputs

extension PreparationSettings {
    var squares: EffectivePreparation { .squares(self) }
    var key: String { squares.key }
}

extension StoredClip {
    func prepared(_ settings: PreparationSettings) -> PreparedClip { prepared(settings.squares) }
}

extension ClipCache {
    func clip(_ clip: Clip, _ settings: PreparationSettings) -> PreparedClip? { self.clip(clip, settings.squares) }

    func entry(_ content: String, _ corpus: String, _ settings: PreparationSettings) -> ClipStore.Entry? {
        entry(content, corpus, settings.squares)
    }

    func stored(_ content: String, _ corpus: String, _ settings: PreparationSettings, parts: ClipParts) -> StoredClip? {
        stored(content, corpus, settings.squares, parts: parts)
    }

    func put(_ blob: [UInt8], rawBytes: Int, finding: ClipFinding, _ content: String, _ corpus: String, _ settings: PreparationSettings)
        throws
    {
        try put(blob, rawBytes: rawBytes, finding: finding, content, corpus, settings.squares)
    }

    func forgetFailures(_ corpus: String, _ settings: PreparationSettings) throws { try forgetFailures(corpus, settings.squares) }

    @_disfavoredOverload func keepToLimit(keeping: [(corpus: String, settings: PreparationSettings)]) -> String? {
        keepToLimit(keeping: keeping.map { (corpus: $0.corpus, preparation: $0.settings.squares) })
    }
}
