import Kernels

/// The libraries below the engine, as loaded: for `emolab doctor` and benchmark headings.
public enum Libraries {
    /// OpenBLAS's name of the processor core it chose, e.g. `Cooperlake`.
    public static var blasCore: String { String(cString: emolab_blas_core()) }

    /// Version of oneDNN, e.g. `2.6.3`.
    public static var oneDNNVersion: String {
        let version = emolab_onednn_version()
        return "\(version / 10000).\(version / 100 % 100).\(version % 100)"
    }
}
