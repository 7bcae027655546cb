// Convolution (cross-correlation) over one, two or three axes.
import Kernels

extension Tensor {
    /// x [batch, channels, length] with weight [out, channels / groups, kernel].
    public func conv1d(
        weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
    ) -> Tensor {
        convolution(weight: weight, bias: bias, stride: [stride], padding: [padding], dilation: [dilation], groups: groups)
    }

    /// x [batch, channels, height, width] with weight [out, channels / groups, kernel height, kernel width].
    public func conv2d(
        weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
    ) -> Tensor {
        convolution(
            weight: weight, bias: bias, stride: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation], groups: groups)
    }

    /// x [batch, channels, depth, height, width] with weight [out, channels / groups, three kernel lengths]; settings per axis.
    public func conv3d(
        weight: Tensor, bias: Tensor? = nil, stride: [Int] = [1, 1, 1], padding: [Int] = [0, 0, 0], dilation: [Int] = [1, 1, 1], groups: Int = 1
    ) -> Tensor {
        convolution(weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// Convolution over as many axes as `stride` has entries; zero padding on both sides.
    public func convolution(weight: Tensor, bias: Tensor?, stride: [Int], padding: [Int], dilation: [Int], groups: Int) -> Tensor {
        let axes = stride.count
        expect(
            rank == axes + 2 && weight.rank == axes + 2 && padding.count == axes && dilation.count == axes && (1 ... 3).contains(axes),
            "convolution of \(shape) with weight \(weight.shape)")
        expect(
            groups > 0 && shape[1] == weight.shape[1] * groups && weight.shape[0] % groups == 0 && (bias == nil || bias!.count == weight.shape[0]),
            "convolution of \(shape) with weight \(weight.shape), bias \(bias?.shape ?? []) in \(groups) groups")
        let lengths = (0 ..< axes).map { axis -> Int in
            let padded = shape[axis + 2] + 2 * padding[axis], window = dilation[axis] * (weight.shape[axis + 2] - 1) + 1
            return padded < window ? 0 : (padded - window) / stride[axis] + 1
        }
        expect(lengths.allSatisfy { $0 > 0 }, "convolution of \(shape) with weight \(weight.shape) has no output")
        var plan = emolab_convolution(
            batch: shape[0], in_channels: shape[1], out_channels: weight.shape[0], groups: groups, in: three(Array(shape[2...]), 1),
            out: three(lengths, 1), kernel: three(Array(weight.shape[2...]), 1), stride: three(stride, 1), padding: three(padding, 0),
            dilation: three(dilation, 1))
        let out = Tensor(uninitialised: [shape[0], weight.shape[0]] + lengths)
        emolab_convolution_forward(&plan, pointer, weight.pointer, bias?.pointer, out.pointer)
        guard let recording = recording ?? weight.recording ?? bias?.recording else { return out }
        let slotX = slot, slotW = weight.slot, slotB = bias?.slot, x = detached(), w = weight.detached(), settings = plan
        return out.recorded(on: recording) { gradient in
            var plan = settings
            if let slotX {
                let dx = Tensor(like: x)
                emolab_convolution_backward_input(&plan, w.pointer, gradient.pointer, dx.pointer)
                slotX.add(dx)
            }
            if let slotW {
                let dw = Tensor(like: w), partial = Tensor(uninitialised: [emolab_convolution_partials(&plan), w.count])
                emolab_convolution_backward_weight(&plan, x.pointer, gradient.pointer, dw.pointer, partial.pointer)
                slotW.add(dw)
            }
            if let slotB {
                let (outer, channels, inner) = gradient.split(at: 1)
                slotB.accumulate(count: channels) { emolab_sum_to_middle(gradient.pointer, $0, outer, channels, inner, $1 == 0 ? 0 : 1) }
            }
        }
    }

    private func three(_ values: [Int], _ filler: Int) -> (Int, Int, Int) {
        let all = Array(repeating: filler, count: 3 - values.count) + values
        return (all[0], all[1], all[2])
    }
}
