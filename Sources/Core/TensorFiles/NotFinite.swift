// Values that are no numbers: infinities, and NaN.
import Tensors

extension Tensor {
    /// Whether it holds numbers only.
    public var isFinite: Bool {
        withUnsafeBuffer { values in
            // Exponents of ones are infinities and NaN; a maximum of integers is quick over millions.
            var largest: UInt32 = 0
            for value in values { largest = max(largest, value.bitPattern & 0x7FFF_FFFF) }
            return largest < 0x7F80_0000
        }
    }

    /// What of it is no number, e.g. `3 of 24 values are infinite`; nil where all are.
    public var notFiniteWords: String? {
        guard !isFinite else { return nil }
        return withUnsafeBuffer { values in
            let (missing, infinite) = (values.count(where: \.isNaN), values.count(where: \.isInfinite))
            let kinds = missing == 0 ? "infinite" : infinite == 0 ? "NaN" : "infinite or NaN"
            return "\(missing + infinite) of \(values.count) values \(missing + infinite == 1 ? "is" : "are") \(kinds)"
        }
    }
}
