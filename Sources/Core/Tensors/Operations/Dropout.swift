// Dropout whose mask is a hash of a key and the position: nothing is stored, and the number of threads does not matter.
import Base
import Kernels

extension Tensor {
    /// Each element is zero with probability `p`, else scaled by 1 / (1 - p) (Srivastava et al., 2014). `key` decides the mask.
    public func dropout(_ p: Float, key: UInt64) -> Tensor {
        expect(p >= 0 && p < 1, "dropout probability \(p)")
        guard p > 0 else { return self }
        let out = Tensor(like: self)
        withPointers(self, out) { emolab_dropout($0, $1, count, p, key) }
        guard let slot else { return out }
        return out.recorded(on: slot.recording) { gradient in
            let result = Tensor(like: gradient)
            withPointers(gradient, result) { emolab_dropout($0, $1, gradient.count, p, key) }
            slot.add(result)
        }
    }

    /// Dropout whose key is the stream's next value.
    public func dropout(_ p: Float, stream: inout RandomStream) -> Tensor { dropout(p, key: stream.next()) }
}
