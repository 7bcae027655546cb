// FFTW plans: the planner is not thread-safe, so each length is planned once, under a lock; running a plan needs none.
import CFFTW
import Synchronization

/// A complex single-precision transform of one length, in place. Estimated, not measured: a measured plan differs from run to run,
/// and its last bits with it.
final class FourierPlan: @unchecked Sendable {
    let length: Int
    private let plan: fftwf_plan

    private static let plans = Mutex<[Int: FourierPlan]>([:])

    static func of(length: Int) throws -> FourierPlan {
        try plans.withLock { plans in
            if let plan = plans[length] { return plan }
            let plan = try FourierPlan(length: length)
            plans[length] = plan
            return plan
        }
    }

    private init(length: Int) throws {
        self.length = length
        let buffer = try FourierBuffer(length: length)
        guard let plan = fftwf_plan_dft_1d(Int32(length), buffer.values, buffer.values, FFTW_FORWARD, FFTW_ESTIMATE) else {
            throw MediaError.outOfMemory(what: "a Fourier transform of \(length) samples")
        }
        self.plan = plan
    }

    func run(_ buffer: FourierBuffer) { fftwf_execute_dft(plan, buffer.values, buffer.values) }
}

/// Complex numbers aligned as FFTW wants them.
final class FourierBuffer {
    let values: UnsafeMutablePointer<fftwf_complex>
    /// The same memory: real and imaginary parts in turn.
    let parts: UnsafeMutablePointer<Float>

    init(length: Int) throws {
        guard let values = fftwf_alloc_complex(length) else {
            throw MediaError.outOfMemory(what: "a Fourier transform of \(length) samples")
        }
        self.values = values
        parts = UnsafeMutableRawPointer(values).assumingMemoryBound(to: Float.self)
    }

    deinit { fftwf_free(values) }
}
