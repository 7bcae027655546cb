// FFTW plans: the planner is not thread-safe, so each length is planned once, under a lock; running a plan needs none.
// Plans are estimated, not measured: a measured plan differs from run to run, and its last bits with it.
import CFFTW
import Synchronization

/// Transforms of one length: complex in single precision, in place; real in double precision.
final class FourierPlan: @unchecked Sendable {
    // @unchecked: FFTW never changes a plan that it runs, and plans are never destroyed.
    let length: Int
    private let single: fftwf_plan
    private let double: fftw_plan

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
        let exact = try ExactFourierBuffer(length: length)
        let count = Int32(length)
        guard let single = fftwf_plan_dft_1d(count, buffer.values, buffer.values, FFTW_FORWARD, FFTW_ESTIMATE),
            let double = fftw_plan_dft_r2c_1d(count, exact.input, exact.output, FFTW_ESTIMATE)
        else { throw MediaError.outOfMemory(what: "a Fourier transform of \(length) samples") }
        self.single = single
        self.double = double
    }

    func run(_ buffer: FourierBuffer) { fftwf_execute_dft(single, buffer.values, buffer.values) }
    func run(_ buffer: ExactFourierBuffer) { fftw_execute_dft_r2c(double, buffer.input, buffer.output) }
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

/// Room for a real transform in double precision.
final class ExactFourierBuffer {
    let input: UnsafeMutablePointer<Double>
    let output: UnsafeMutablePointer<fftw_complex>

    init(length: Int) throws {
        guard let input = fftw_alloc_real(length) else {
            throw MediaError.outOfMemory(what: "a Fourier transform of \(length) samples")
        }
        self.input = input
        guard let output = fftw_alloc_complex(length / 2 + 1) else {
            fftw_free(input)
            throw MediaError.outOfMemory(what: "a Fourier transform of \(length) samples")
        }
        self.output = output
    }

    deinit {
        fftw_free(input)
        fftw_free(output)
    }
}
