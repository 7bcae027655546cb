import BuildInfo
import Records
import Store
import Tensors

extension Provenance {
    /// Of this process now.
    public static var current: Provenance {
        Provenance(
            emolab: BuildInfo.version, commit: BuildInfo.commit, swift: BuildInfo.swift, oneDNN: Libraries.oneDNNVersion,
            openBLAS: Libraries.blasVersion, openBLASCore: Libraries.blasCore, instructions: Libraries.oneDNNInstructions,
            features: Libraries.processorFeatures.joined(separator: " "), processor: Libraries.processorName,
            host: ProcessIdentity.current.host,
            threads: Libraries.threads)
    }
}
