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
            weight: weight, bias: bias, stride: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation],
            groups: groups)
    }

    /// x [batch, channels, depth, height, width] with weight [out, channels / groups, three kernel lengths]; settings per axis.
    public func conv3d(
        weight: Tensor, bias: Tensor? = nil, stride: [Int] = [1, 1, 1], padding: [Int] = [0, 0, 0], dilation: [Int] = [1, 1, 1],
        groups: Int = 1
    ) -> Tensor {
        convolution(weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// Convolution over as many axes as `stride` has entries; zero padding on both sides. With `channels` last the map is
    /// [batch, lengths..., channels] and so is the result; the weight is [out, channels / groups, kernel...] either way.
    public func convolution(
        weight: Tensor, bias: Tensor?, stride: [Int], padding: [Int], dilation: [Int], groups: Int, channels: ChannelPlace = .first
    ) -> Tensor {
        var (plan, lengths) = convolutionPlan(weight, bias, stride, padding, dilation, groups, channels)
        let first = [shape[0], weight.shape[0]] + lengths, last = [shape[0]] + lengths + [weight.shape[0]]
        let isWorthMoving = stride.count > 1 && Self.multiplications(plan) > Self.fewestForChannelsLast
        guard channels == .last || isWorthMoving, Self.hasChannelsLastKernels(&plan, slot != nil, weight.slot != nil) else {
            return channels == .first
                ? convolutionChannelsFirst(weight, bias, plan, first)
                : channelsFirst().convolutionChannelsFirst(weight, bias, plan, first).channelsLast()
        }
        return channels == .last
            ? convolutionChannelsLast(weight, bias, plan, last)
            : channelsLast().convolutionChannelsLast(weight, bias, plan, last).channelsFirst()
    }

    private func convolutionPlan(
        _ weight: Tensor, _ bias: Tensor?, _ stride: [Int], _ padding: [Int], _ dilation: [Int], _ groups: Int, _ place: ChannelPlace
    ) -> (plan: emolab_convolution, lengths: [Int]) {
        let axes = stride.count
        expect(
            rank == axes + 2 && weight.rank == axes + 2 && padding.count == axes && dilation.count == axes && (1...3).contains(axes),
            "convolution of \(shape) with weight \(weight.shape)")
        let channels = place == .first ? shape[1] : shape[rank - 1], sides = Array(place == .first ? shape[2...] : shape[1..<rank - 1])
        expect(
            groups > 0 && channels == weight.shape[1] * groups && weight.shape[0] % groups == 0
                && (bias == nil || bias!.count == weight.shape[0]),
            "convolution of \(shape) with weight \(weight.shape), bias \(bias?.shape ?? []) in \(groups) groups")
        let lengths = (0..<axes).map { axis -> Int in
            let padded = sides[axis] + 2 * padding[axis], window = dilation[axis] * (weight.shape[axis + 2] - 1) + 1
            return padded < window ? 0 : (padded - window) / stride[axis] + 1
        }
        expect(lengths.allSatisfy { $0 > 0 }, "convolution of \(shape) with weight \(weight.shape) has no output")
        func three(_ values: [Int], _ filler: Int) -> (Int, Int, Int) {
            let all = Array(repeating: filler, count: 3 - values.count) + values
            return (all[0], all[1], all[2])
        }
        let plan = emolab_convolution(
            batch: shape[0], in_channels: channels, out_channels: weight.shape[0], groups: groups, in: three(sides, 1),
            out: three(lengths, 1),
            kernel: three(Array(weight.shape[2...]), 1), stride: three(stride, 1), padding: three(padding, 0), dilation: three(dilation, 1))
        return (plan, lengths)
    }

    /// Windows unfolded into matrices; takes every stride, dilation and grouping.
    private func convolutionChannelsFirst(_ weight: Tensor, _ bias: Tensor?, _ settings: emolab_convolution, _ target: [Int]) -> Tensor {
        var plan = settings
        let out = Tensor(uninitialised: target)
        withPointers(self, weight, bias, out) { own, weight, bias, out in emolab_convolution_forward(&plan, own, weight, bias, out) }
        guard let recording = recording ?? weight.recording ?? bias?.recording else { return out }
        let slotX = slot, slotW = weight.slot, slotB = bias?.slot, x = detached(), w = weight.detached()
        return out.recorded(on: recording) { gradient in
            var plan = settings
            if let slotX {
                let dx = Tensor(like: x)
                withPointers(w, gradient, dx) { emolab_convolution_backward_input(&plan, $0, $1, $2) }
                slotX.add(dx)
            }
            if let slotW {
                let dw = Tensor(like: w), partial = Tensor(uninitialised: [emolab_convolution_partials(&plan), w.count])
                withPointers(x, gradient, dw, partial) { x, gradient, dw, partial in
                    emolab_convolution_backward_weight(&plan, x, gradient, dw, partial)
                }
                slotW.add(dw)
            }
            if let slotB {
                let (outer, channels, inner) = gradient.split(at: 1)
                slotB.accumulate(count: channels) { sum, beta in
                    withPointers(gradient) { emolab_sum_to_middle($0, sum, outer, channels, inner, beta == 0 ? 0 : 1) }
                }
            }
        }
    }
}
