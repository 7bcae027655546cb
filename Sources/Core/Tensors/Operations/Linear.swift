// The linear layer in one pass over memory: product, bias, low-rank adapter, activation, residual.
import Kernels

/// LoRA (Hu et al., 2021): part p of the output, `width` columns from its offset, gets scale * dropout(x) a^T b^T more.
public struct LowRankAdapter {
    public struct Part {
        public var offset: Int
        /// `[rank, in]` and `[width, rank]`.
        public var a, b: Tensor

        public init(offset: Int, a: Tensor, b: Tensor) { (self.offset, self.a, self.b) = (offset, a, b) }
    }

    public var parts: [Part]
    public var scale: Float
    /// One mask over x for all parts; `key` decides it.
    public var dropout: (p: Float, key: UInt64)?

    public init(parts: [Part], scale: Float, dropout: (p: Float, key: UInt64)? = nil) {
        (self.parts, self.scale, self.dropout) = (parts, scale, dropout)
    }

    fileprivate var rank: Int { parts[0].a.shape[0] }
    fileprivate var width: Int { parts[0].b.shape[0] }

    /// What the kernel takes, with the memory that it points to.
    fileprivate func plan(rows: Int, inputs: Int, outputs: Int) -> (plan: emolab_adapter, a: Tensor, bt: Tensor, u: Tensor) {
        expect(
            (1 ... 3).contains(parts.count) && parts.allSatisfy { $0.a.shape == [rank, inputs] && $0.b.shape == [width, rank] && $0.offset + width <= outputs },
            "an adapter of \(parts.map { "\($0.a.shape) and \($0.b.shape) at \($0.offset)" }) on a linear layer [\(outputs), \(inputs)]")
        let a = Tensor.concatenated(parts.map { $0.a.detached() }, axis: 0)
        let bt = Tensor.concatenated(parts.map { $0.b.detached().transposed() }, axis: 0)
        let u = Tensor(uninitialised: [rows, parts.count * rank])
        var plan = emolab_adapter()
        (plan.parts, plan.rank, plan.width, plan.scale) = (parts.count, rank, width, scale)
        plan.offsets = (parts[0].offset, parts.count > 1 ? parts[1].offset : 0, parts.count > 2 ? parts[2].offset : 0)
        (plan.a, plan.bt, plan.u) = (UnsafePointer(a.pointer), UnsafePointer(bt.pointer), u.pointer)
        if let dropout { (plan.dropout, plan.key) = (dropout.p, dropout.key) }
        return (plan, a, bt, u)
    }
}

/// The first `count * rows` rows of a matrix belong together `rows` at a time; later rows stand alone.
public struct RowGroups: Sendable {
    public var rows, count: Int

    public init(rows: Int, count: Int) { (self.rows, self.count) = (rows, count) }
}

extension ElementType {
    var code: emolab_type { self == .float32 ? emolab_float32 : emolab_bfloat16 }
}

extension Tensor {
    /// What follows a linear map in the same pass over memory.
    public enum Activation: Sendable {
        case none, relu, gelu, geluTanh

        fileprivate var code: Int32 {
            switch self {
            case .none: -1
            case .relu: Int32(emolab_relu.rawValue)
            case .gelu: Int32(emolab_gelu.rawValue)
            case .geluTanh: Int32(emolab_gelu_tanh.rawValue)
            }
        }
    }

    /// The same values in another type; the gradient is converted back.
    public func converted(to type: ElementType) -> Tensor {
        guard type != self.type else { return self }
        let out = Tensor(uninitialised: shape, type), own = self.type
        emolab_convert(storage.raw, own.code, out.storage.raw, type.code, count)
        let slot = slot
        return out.recorded(on: recording) { slot?.add($0.converted(to: own)) }
    }

    /// act(x W^T + bias + adapter) + residual for x [..., in], weight [out, in], bias [out], residual [..., out].
    /// - Parameters:
    ///   - packed: the weight laid out for the processor, which decides the product's precision; float32 where nil.
    ///   - groups: rows that have much in common, a clip's tokens: in bfloat16 what rounding takes from a kept weight is given back for their mean.
    ///   - type: of the result. A residual needs float32.
    public func linear(
        weight: Tensor, bias: Tensor? = nil, activation: Activation = .none, packed: PackedWeight? = nil, adapter: LowRankAdapter? = nil,
        residual: Tensor? = nil, groups: RowGroups? = nil, as type: ElementType = .float32
    ) -> Tensor {
        expect(weight.rank == 2 && rank >= 1 && shape[rank - 1] == weight.shape[1], "linear layer of weight \(weight.shape) on \(shape)")
        expect(bias == nil || bias!.count == weight.shape[0], "bias of shape \(bias?.shape ?? []) for weight \(weight.shape)")
        let features = weight.shape[1], outputs = weight.shape[0], rows = count / max(features, 1)
        let out = Tensor(uninitialised: shape.dropLast() + [outputs], type)
        expect(residual == nil || residual!.shape == out.shape && type == .float32, "residual \(residual?.shape ?? []) for a result \(out.shape)")
        let recording =
            recording ?? weight.recording ?? bias?.recording ?? residual?.recording ?? adapter?.parts.lazy.compactMap { $0.a.recording ?? $0.b.recording }.first
        var layer = emolab_linear()
        (layer.rows, layer.in, layer.out, layer.activation) = (rows, features, outputs, activation.code)
        (layer.x, layer.x_type, layer.y, layer.y_type) = (UnsafeRawPointer(storage.raw), self.type.code, out.storage.raw, type.code)
        let operand = packed?.forward ?? PackedWeight.plain(weight, transposed: true)
        layer.weights = operand.weights
        layer.bias = bias.map { UnsafePointer($0.pointer) }
        layer.residual = residual.map { UnsafePointer($0.pointer) }
        let adapted = adapter?.plan(rows: rows, inputs: features, outputs: outputs)
        if let adapted { layer.adapter = adapted.plan }
        expect(groups == nil || groups!.rows > 0 && groups!.rows * groups!.count <= rows, "\(groups?.count ?? 0) groups of \(groups?.rows ?? 0) in \(rows) rows")
        let lost = groups == nil ? nil : packed?.residual
        var room: Tensor?
        if let lost, let groups {
            let memory = Tensor(uninitialised: [emolab_correction_floats(groups.rows, groups.count, rows, features, outputs)])
            (layer.correction.group, layer.correction.whole, layer.correction.room) = (groups.rows, groups.count, memory.pointer)
            layer.correction.packed = (UnsafeRawPointer(lost.first.raw), UnsafeRawPointer(lost.second.raw))
            room = memory
        }
        let before = recording != nil && (activation == .gelu || activation == .geluTanh) ? Tensor(uninitialised: out.shape, type) : nil
        layer.before = before?.storage.raw
        withExtendedLifetime((adapted, operand, lost, room)) { emolab_linear_forward(&layer) }
        guard let recording else { return out }

        expect(activation != .relu || residual == nil, "a residual after relu, whose slope is read from the result")
        let back = LinearGradient(
            rows: rows, inputs: features, outputs: outputs, activation: activation, type: type, xType: self.type, xShape: shape,
            // Only the weight's and the adapter's gradients read x again.
            x: weight.slot != nil || adapted != nil ? detached() : nil, before: activation == .relu ? out.storage : before?.storage,
            weight: weight.detached(), packed: packed, adapter: adapter, adapted: adapted, slot: slot, weightSlot: weight.slot, biasSlot: bias?.slot,
            residualSlot: residual?.slot)
        return out.recorded(on: recording) { back($0) }
    }
}

/// The way back through a linear layer: what forward left for it, and where gradients go.
private struct LinearGradient {
    let rows, inputs, outputs: Int
    let activation: Tensor.Activation
    let type, xType: ElementType
    let xShape: [Int]
    let x: Tensor?
    /// Values before the activation, or ReLU's result.
    let before: Storage?
    let weight: Tensor
    let packed: PackedWeight?
    let adapter: LowRankAdapter?
    let adapted: (plan: emolab_adapter, a: Tensor, bt: Tensor, u: Tensor)?
    let slot, weightSlot, biasSlot, residualSlot: Slot?

    func callAsFunction(_ gradient: Tensor) {
        residualSlot?.add(gradient)
        var back = emolab_linear_gradient()
        (back.rows, back.in, back.out, back.activation) = (rows, inputs, outputs, activation.code)
        (back.dy, back.dy_type, back.before) = (UnsafeRawPointer(gradient.storage.raw), type.code, before.map { UnsafeRawPointer($0.raw) })
        // The weight's gradient is a product in the weight's precision.
        let kind: ElementType = packed?.multipliesInBFloat16 == true ? .bfloat16 : .float32
        var dz = gradient
        if weightSlot != nil || biasSlot != nil, activation != .none || kind != type {
            dz = Tensor(uninitialised: gradient.shape, kind)
            (back.dz, back.dz_type) = (dz.storage.raw, kind.code)
        }
        var adapterGradients: (a: Tensor, bt: Tensor)?
        if let adapted {
            back.adapter = adapted.plan
            (back.x, back.x_type) = (x.map { UnsafeRawPointer($0.storage.raw) }, xType.code)
            let (da, dbt) = (Tensor(like: adapted.a), Tensor(like: adapted.bt))
            (back.da, back.dbt) = (da.pointer, dbt.pointer)
            adapterGradients = (da, dbt)
        }
        run(&back)
        if let weightSlot, let x { addWeightGradient(to: weightSlot, dz: dz, x: x) }
        biasSlot?.accumulate(count: outputs) { emolab_sum_to_middle(dz.converted(to: .float32).pointer, $0, rows, outputs, 1, $1 == 0 ? 0 : 1) }
        if let adapterGradients { hand(adapterGradients) }
    }

    /// The pass itself, with x's gradient where it is wanted.
    private func run(_ back: inout emolab_linear_gradient) {
        guard let slot else {
            if back.dz != nil || adapted != nil { emolab_linear_backward(&back) }
            return
        }
        let operand = packed?.backward ?? PackedWeight.plain(weight, transposed: false)
        back.weights = operand.weights
        withExtendedLifetime(operand) {
            if xType == .float32 {
                slot.accumulate(count: rows * inputs) {
                    (back.dx, back.dx_type, back.beta) = (UnsafeMutableRawPointer($0), emolab_float32, $1)
                    emolab_linear_backward(&back)
                }
            } else {
                let dx = Tensor(uninitialised: xShape, .bfloat16)
                (back.dx, back.dx_type) = (dx.storage.raw, emolab_bfloat16)
                emolab_linear_backward(&back)
                slot.add(dx)
            }
        }
    }

    /// Each part's share of the stacked gradients.
    private func hand(_ gradients: (a: Tensor, bt: Tensor)) {
        guard let adapter else { return }
        let rank = adapter.rank
        for (index, part) in adapter.parts.enumerated() {
            part.a.slot?.add(gradients.a.sliced(axis: 0, from: index * rank, to: (index + 1) * rank))
            part.b.slot?.add(gradients.bt.sliced(axis: 0, from: index * rank, to: (index + 1) * rank).transposed())
        }
    }

    /// dW += dz^T x, in bfloat16 where dz is.
    private func addWeightGradient(to slot: Slot, dz: Tensor, x: Tensor) {
        if dz.type == .bfloat16 {
            let dw = Tensor(uninitialised: [outputs, inputs]), x = x.converted(to: .bfloat16)
            emolab_product_bfloat16_transposed(outputs, inputs, rows, dz.storage.raw, x.storage.raw, dw.pointer)
            slot.add(dw)
        } else {
            let x = x.converted(to: .float32)
            slot.accumulate(count: outputs * inputs) {
                emolab_product(1, 0, outputs, inputs, rows, dz.pointer, outputs, x.pointer, inputs, $1, $0, inputs)
            }
        }
    }
}
