// Services of the engine, handed in by whoever opens the screen: the screen itself loads no model and decodes no clip.
import Base
import Records

public struct WorkbenchServices: Sendable {
    public var experiments: any ExperimentReader
    public var previews: any ClipPreviewer
    public var clips: any ClipInquirer
    public var groups: any RunGrouper

    public init(experiments: any ExperimentReader, previews: any ClipPreviewer, clips: any ClipInquirer, groups: any RunGrouper) {
        (self.experiments, self.previews, self.clips, self.groups) = (experiments, previews, clips, groups)
    }
}

/// Who reads and edits experiments, for panes and the palette.
public struct ExperimentEditing: PaneModel {
    public var reader: (any ExperimentReader)?

    public init() {}
    public init(_ reader: any ExperimentReader) { self.reader = reader }

    func keys(of record: ExperimentRecord?) -> [KeyRow] { record.flatMap { reader?.keys(of: $0) } ?? [] }
    var liveKeys: [String] { reader?.liveKeys ?? [] }
    /// The full key for a full or short name: `learning_rate`, `alpha.maximum`.
    func liveKey(_ name: String) -> String? { liveKeys.first { $0 == name || $0.hasSuffix("." + name) } }
}
