// Convolution of maps with channels last, where libraries and our kernels are fastest: minimal filtering or oneDNN, chosen by shape.
import Kernels

/// Where a map's channel axis lies: [batch, channels, lengths...] or [batch, lengths..., channels].
public enum ChannelPlace: Sendable { case first, last }

extension Tensor {
    /// [batch, channels, lengths...] to [batch, lengths..., channels].
    public func channelsLast() -> Tensor { permuted([0] + Array(2..<rank) + [1]) }

    /// [batch, lengths..., channels] to [batch, channels, lengths...].
    public func channelsFirst() -> Tensor { permuted([0, rank - 1] + Array(1..<rank - 1)) }

    /// Below this many multiplications, moving channels last and back costs more than it wins.
    static let fewestForChannelsLast = 5e7

    static func multiplications(_ plan: emolab_convolution) -> Double {
        Double(plan.batch * plan.out.0 * plan.out.1 * plan.out.2 * plan.out_channels)
            * Double(plan.in_channels / plan.groups * plan.kernel.0 * plan.kernel.1 * plan.kernel.2)
    }

    /// Whether every pass that this call leads to has a kernel for channels-last maps.
    static func hasChannelsLastKernels(_ plan: inout emolab_convolution, _ inputGradient: Bool, _ weightGradient: Bool) -> Bool {
        emolab_channels_last_fits(&plan, Pass.forward) != 0
            && (!inputGradient || emolab_channels_last_fits(&plan, Pass.backwardInput) != 0)
            && (!weightGradient || emolab_channels_last_fits(&plan, Pass.backwardWeight) != 0)
    }

    private enum Pass {
        static let forward = Int32(emolab_pass_forward.rawValue)
        static let backwardInput = Int32(emolab_pass_backward_input.rawValue)
        static let backwardWeight = Int32(emolab_pass_backward_weight.rawValue)
    }

    func convolutionChannelsLast(_ weight: Tensor, _ bias: Tensor?, _ settings: emolab_convolution, _ target: [Int]) -> Tensor {
        func workspace(_ plan: inout emolab_convolution, _ pass: Int32) -> Tensor {
            Tensor(uninitialised: [emolab_channels_last_workspace(&plan, pass)])
        }
        var plan = settings
        let out = Tensor(uninitialised: target)
        let space = workspace(&plan, Pass.forward)
        withPointers(self, weight, bias, out, space) { own, weight, bias, out, space in
            emolab_channels_last_forward(&plan, own, weight, bias, out, space)
        }
        guard let recording = recording ?? weight.recording ?? bias?.recording else { return out }
        let slotX = slot, slotW = weight.slot, slotB = bias?.slot, x = detached(), w = weight.detached()
        return out.recorded(on: recording) { gradient in
            var plan = settings
            if let slotW {
                let dw = Tensor(like: w)
                let space = workspace(&plan, Pass.backwardWeight)
                withPointers(x, gradient, dw, space) { x, gradient, dw, space in
                    emolab_channels_last_backward_weight(&plan, x, gradient, dw, space)
                }
                slotW.add(dw)
            }
            if let slotX {
                let dx = Tensor(like: x)
                let space = workspace(&plan, Pass.backwardInput)
                withPointers(w, gradient, dx, space) { w, gradient, dx, space in
                    emolab_channels_last_backward_input(&plan, w, gradient, dx, space)
                }
                slotX.add(dx)
            }
            if let slotB {
                let (outer, channels, inner) = gradient.split(at: gradient.rank - 1)
                slotB.accumulate(count: channels) { sum, beta in
                    withPointers(gradient) { emolab_sum_to_middle($0, sum, outer, channels, inner, beta == 0 ? 0 : 1) }
                }
            }
        }
    }
}
