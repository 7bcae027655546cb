import Foundation
import Kernels

/// The processor and the libraries below the engine, as loaded: for `emolab doctor` and benchmark headings.
public enum Libraries {
    /// OpenBLAS's name of the processor core it chose, e.g. `Cooperlake`.
    public static var blasCore: String { String(cString: emolab_blas_core()) }

    /// Version of OpenBLAS, e.g. `0.3.21`.
    public static var blasVersion: String {
        let words = String(cString: emolab_blas_configuration()).split(separator: " ")
        return words.first { $0.first?.isNumber == true }.map(String.init) ?? "unknown"
    }

    /// The core that the environment forces on OpenBLAS, often at half its speed; nil where it chooses itself.
    public static var pinnedBlasCore: String? {
        ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Version of oneDNN, e.g. `2.6.3`.
    public static var oneDNNVersion: String {
        let version = emolab_onednn_version()
        return "\(version / 10000).\(version / 100 % 100).\(version % 100)"
    }

    /// The widest vector instructions oneDNN uses here, e.g. `AVX-512 BF16`.
    public static var oneDNNInstructions: String { String(cString: emolab_onednn_instructions()) }

    /// The variable of the environment that keeps oneDNN from wider instructions, with its value; nil where there is none.
    public static var oneDNNCap: (variable: String, value: String)? {
        let environment = ProcessInfo.processInfo.environment
        return ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"].lazy.compactMap { name in environment[name].map { (name, $0) } }.first
    }

    /// What the processor can do that the engine cares for, e.g. `avx2`, `avx512_bf16`, `neon`.
    public static var processorFeatures: [String] {
        String(cString: emolab_processor_features()).split(separator: " ").map(String.init)
    }

    /// Whether the processor multiplies bfloat16 by itself; without, bf16 saves memory and costs time.
    public static var hasBFloat16: Bool { !Set(processorFeatures).isDisjoint(with: ["avx512_bf16", "amx_bf16", "bf16"]) }

    /// The processor's name as the system has it, e.g. `AMD EPYC 9R14`, or its architecture.
    public static var processorName: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("model name") {
            if let name = line.split(separator: ":", maxSplits: 1).last { return name.trimmingCharacters(in: .whitespaces) }
        }
        #if arch(arm64)
            return "arm64"
        #else
            return "x86-64"
        #endif
    }

    /// Threads the engine's loops run on; setting it changes speed, never results.
    public static var threads: Int {
        get { Int(emolab_threads()) }
        set { emolab_set_threads(Int32(clamping: newValue)) }
    }

    /// Runs `body` with the engine's loops on this thread alone, so that work in the background takes no core from a training.
    /// May be nested, and called from within such a loop: the thread is left as it was found.
    public static func onThisThread<Value>(_ body: () throws -> Value) rethrows -> Value {
        let before = emolab_stay_on_thread(1)
        defer { _ = emolab_stay_on_thread(before) }
        return try body()
    }
}
