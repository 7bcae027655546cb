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

    /// The widest vector instructions oneDNN uses here, e.g. `AVX-512 BF16`.
    public static var oneDNNInstructions: String { String(cString: emolab_onednn_instructions()) }

    /// Threads the engine's loops run on; setting it changes speed, never results.
    public static var threads: Int {
        get { Int(emolab_threads()) }
        set { emolab_set_threads(Int32(clamping: newValue)) }
    }
}
