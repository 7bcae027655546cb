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

    /// What the kernel takes, with room for `u`, which forward leaves to backward.
    fileprivate func plan(rows: Int, inputs: Int, outputs: Int) -> AdapterPlan {
        expect(
            (1...3).contains(parts.count)
                && parts.allSatisfy { $0.a.shape == [rank, inputs] && $0.b.shape == [width, rank] && $0.offset + width <= outputs },
            "an adapter of \(parts.map { "\($0.a.shape) and \($0.b.shape) at \($0.offset)" }) on a linear layer [\(outputs), \(inputs)]")
        let a = Tensor.concatenated(parts.map { $0.a.detached() }, axis: 0)
        let bt = Tensor.concatenated(parts.map { $0.b.detached().transposed() }, axis: 0)
        let u = Tensor(uninitialised: [rows, parts.count * rank])
        var plan = emolab_adapter()
        (plan.parts, plan.rank, plan.width, plan.scale) = (parts.count, rank, width, scale)
        plan.offsets = (parts[0].offset, parts.count > 1 ? parts[1].offset : 0, parts.count > 2 ? parts[2].offset : 0)
        if let dropout { (plan.dropout, plan.key) = (dropout.p, dropout.key) }
        return AdapterPlan(plan: plan, a: a, bt: bt, u: u)
    }
}

/// A kernel's adapter, whose memory is named within a call only.
private struct AdapterPlan {
    let plan: emolab_adapter
    /// `[parts * rank, in]`, `[parts * rank, width]`, `[rows, parts * rank]`.
    let a, bt, u: Tensor

    /// An adapter of no parts where there is none.
    static func with(_ adapter: AdapterPlan?, _ body: (emolab_adapter) -> Void) {
        guard let adapter else { return body(emolab_adapter()) }
        withPointers(adapter.a, adapter.bt, adapter.u) { a, bt, u in
            var plan = adapter.plan
            (plan.a, plan.bt, plan.u) = (UnsafePointer(a), UnsafePointer(bt), u)
            body(plan)
        }
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
        withPointers(storage, out.storage) { emolab_convert($0, own.code, $1, type.code, count) }
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
        expect(
            residual == nil || residual!.shape == out.shape && type == .float32,
            "residual \(residual?.shape ?? []) for a result \(out.shape)")
        let recording =
            recording ?? weight.recording ?? bias?.recording ?? residual?.recording
            ?? adapter?.parts.lazy.compactMap { $0.a.recording ?? $0.b.recording }.first
        var layer = emolab_linear()
        (layer.rows, layer.in, layer.out, layer.activation) = (rows, features, outputs, activation.code)
        (layer.x_type, layer.y_type) = (self.type.code, type.code)
        let operand = packed?.forward ?? PackedWeight.plain(weight, transposed: true)
        let adapted = adapter?.plan(rows: rows, inputs: features, outputs: outputs)
        expect(
            groups == nil || groups!.rows > 0 && groups!.rows * groups!.count <= rows,
            "\(groups?.count ?? 0) groups of \(groups?.rows ?? 0) in \(rows) rows")
        let lost = groups == nil ? nil : packed?.residual
        var room: Tensor?
        if lost != nil, let groups {
            room = Tensor(uninitialised: [emolab_correction_floats(groups.rows, groups.count, rows, features, outputs)])
            (layer.correction.group, layer.correction.whole) = (groups.rows, groups.count)
        }
        let before = recording != nil && (activation == .gelu || activation == .geluTanh) ? Tensor(uninitialised: out.shape, type) : nil
        withPointers(storage, out.storage, bias, residual, before?.storage, room, lost?.first, lost?.second) {
            x, y, bias, residual, before, room, firstLost, secondLost in
            (layer.x, layer.y, layer.bias, layer.residual, layer.before) = (
                UnsafeRawPointer(x), y, UnsafePointer(bias), UnsafePointer(residual), before
            )
            if let room, let firstLost, let secondLost {
                layer.correction.room = room
                layer.correction.packed = (UnsafeRawPointer(firstLost), UnsafeRawPointer(secondLost))
            }
            operand.withWeights { weights in
                layer.weights = weights
                AdapterPlan.with(adapted) {
                    layer.adapter = $0
                    emolab_linear_forward(&layer)
                }
            }
        }
        guard let recording else { return out }

        expect(activation != .relu || residual == nil, "a residual after relu, whose slope is read from the result")
        let back = LinearGradient(
            rows: rows, inputs: features, outputs: outputs, activation: activation, type: type, xType: self.type, xShape: shape,
            // Only the weight's and the adapter's gradients read x again.
            x: weight.slot != nil || adapted != nil ? detached() : nil, before: activation == .relu ? out.storage : before?.storage,
            weight: weight.detached(), packed: packed, adapter: adapter, adapted: adapted, slot: slot, weightSlot: weight.slot,
            biasSlot: bias?.slot,
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
    let adapted: AdapterPlan?
    let slot, weightSlot, biasSlot, residualSlot: Slot?

    func callAsFunction(_ gradient: Tensor) {
        residualSlot?.add(gradient)
        var back = emolab_linear_gradient()
        (back.rows, back.in, back.out, back.activation) = (rows, inputs, outputs, activation.code)
        back.dy_type = type.code
        // The weight's gradient is a product in the weight's precision.
        let kind: ElementType = packed?.multipliesInBFloat16 == true ? .bfloat16 : .float32
        var dz = gradient, madeDZ: Storage?
        if weightSlot != nil || biasSlot != nil, activation != .none || kind != type {
            dz = Tensor(uninitialised: gradient.shape, kind)
            (madeDZ, back.dz_type) = (dz.storage, kind.code)
        }
        var adapterGradients: (a: Tensor, bt: Tensor)?
        if let adapted {
            back.x_type = xType.code
            adapterGradients = (Tensor(like: adapted.a), Tensor(like: adapted.bt))
        }
        let readX = adapted == nil ? nil : x?.storage
        withPointers(gradient.storage, before, madeDZ, readX, adapterGradients?.a, adapterGradients?.bt) { dy, before, dz, x, da, dbt in
            (back.dy, back.before, back.dz) = (UnsafeRawPointer(dy), UnsafeRawPointer(before), dz)
            (back.x, back.da, back.dbt) = (UnsafeRawPointer(x), da, dbt)
            AdapterPlan.with(adapted) {
                back.adapter = $0
                run(&back)
            }
        }
        if let weightSlot, let x { addWeightGradient(to: weightSlot, dz: dz, x: x) }
        biasSlot?.accumulate(count: outputs) { sum, beta in
            withPointers(dz.converted(to: .float32)) { emolab_sum_to_middle($0, sum, rows, outputs, 1, beta == 0 ? 0 : 1) }
        }
        if let adapterGradients { hand(adapterGradients) }
    }

    /// The pass itself, with x's gradient where it is wanted.
    private func run(_ back: inout emolab_linear_gradient) {
        guard let slot else {
            if back.dz != nil || adapted != nil { emolab_linear_backward(&back) }
            return
        }
        let operand = packed?.backward ?? PackedWeight.plain(weight, transposed: false)
        operand.withWeights { weights in
            back.weights = weights
            if xType == .float32 {
                slot.accumulate(count: rows * inputs) {
                    (back.dx, back.dx_type, back.beta) = (UnsafeMutableRawPointer($0), emolab_float32, $1)
                    emolab_linear_backward(&back)
                }
            } else {
                let dx = Tensor(uninitialised: xShape, .bfloat16)
                back.dx_type = emolab_bfloat16
                withPointers(dx.storage) {
                    back.dx = $0
                    emolab_linear_backward(&back)
                }
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
            withPointers(dz.storage, x.storage, dw) { emolab_product_bfloat16_transposed(outputs, inputs, rows, $0, $1, $2) }
            slot.add(dw)
        } else {
            let x = x.converted(to: .float32)
            slot.accumulate(count: outputs * inputs) { dw, beta in
                withPointers(dz, x) { emolab_product(1, 0, outputs, inputs, rows, $0, outputs, $1, inputs, beta, dw, inputs) }
            }
        }
    }
}
