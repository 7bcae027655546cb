// GRU (Cho et al., 2014; gates as in PyTorch and cuDNN) and LSTM (Hochreiter and Schmidhuber, 1997) over whole sequences.
import Kernels

/// Weights of one layer in one direction; `gates` is 3 (GRU: reset, update, new) or 4 (LSTM: input, forget, cell, output).
public struct RecurrentWeights: Sendable {
    /// [gates * hidden, input], [gates * hidden, hidden], [gates * hidden] twice.
    public var inputWeight: Tensor, hiddenWeight: Tensor, inputBias: Tensor, hiddenBias: Tensor

    public init(inputWeight: Tensor, hiddenWeight: Tensor, inputBias: Tensor, hiddenBias: Tensor) {
        self.inputWeight = inputWeight
        self.hiddenWeight = hiddenWeight
        self.inputBias = inputBias
        self.hiddenBias = hiddenBias
    }
}

extension Tensor {
    /// GRU over [batch, time, features].
    /// - Parameters:
    ///   - layers: for each layer one direction, or two (forward, backward) whose outputs are joined on features.
    ///   - lengths: true lengths; outputs past them are zero, and the backward direction starts at each clip's own last step.
    ///   - dropout: between layers, as PyTorch does; one key a layer is drawn from the stream.
    public func gru(
        layers: [[RecurrentWeights]], lengths: [Int]? = nil, dropout: (p: Float, keys: [UInt64])? = nil
    ) -> RecurrentResult {
        recurrent(layers, gates: 3, lengths, dropout)
    }

    /// LSTM over [batch, time, features]; as ``gru(layers:lengths:dropout:)``.
    public func lstm(
        layers: [[RecurrentWeights]], lengths: [Int]? = nil, dropout: (p: Float, keys: [UInt64])? = nil
    ) -> RecurrentResult {
        recurrent(layers, gates: 4, lengths, dropout)
    }

    private func recurrent(
        _ layers: [[RecurrentWeights]], gates: Int, _ lengths: [Int]?, _ dropout: (p: Float, keys: [UInt64])?
    ) -> RecurrentResult {
        expect(rank == 3 && !layers.isEmpty, "recurrent layer on \(shape)")
        expect(
            lengths == nil || (lengths!.count == shape[0] && lengths!.allSatisfy { $0 >= 0 && $0 <= shape[1] }),
            "lengths \(lengths ?? []) for \(shape)")
        var x = self, done: [RecurrentLayer] = []
        for (index, directions) in layers.enumerated() {
            let layer = x.recurrentLayer(directions, gates: gates, lengths: lengths)
            done.append(layer)
            x = layer.output
            if let dropout, index + 1 < layers.count { x = x.dropout(dropout.p, key: dropout.keys[index]) }
        }
        return RecurrentResult(output: x, layers: done, lengths: lengths)
    }

    /// One layer, its directions side by side: one product for the inputs of all steps, then the steps, each direction on its own core.
    private func recurrentLayer(_ directions: [RecurrentWeights], gates: Int, lengths: [Int]?) -> RecurrentLayer {
        let (batch, steps, features) = (shape[0], shape[1], shape[2]), hidden = directions[0].hiddenWeight.shape[1], wide = gates * hidden
        for weights in directions {
            expect(
                weights.inputWeight.shape == [wide, features] && weights.hiddenWeight.shape == [wide, hidden]
                    && weights.inputBias.count == wide
                    && weights.hiddenBias.count == wide,
                "recurrent weights \(weights.inputWeight.shape), \(weights.hiddenWeight.shape) on \(shape)")
        }
        let row = directions.count * hidden, out = Tensor(uninitialised: [batch, steps, row]), x = detached()
        let runs = directions.enumerated().map { index, weights in
            DirectionRun(
                x: x, weights: weights, gates: gates, hidden: hidden, row: row, offset: index * hidden, reverse: index == 1,
                lengths: lengths)
        }
        DirectionRun.together(runs) { $0.forward(into: out) }
        let recording = recording ?? directions.lazy.compactMap(\.recording).first
        guard let recording else { return RecurrentLayer(output: out, runs: runs) }
        let slot = slot, slots = directions.map { ($0.inputWeight.slot, $0.hiddenWeight.slot, $0.inputBias.slot, $0.hiddenBias.slot) }
        let output = out.recorded(on: recording) { gradient in
            DirectionRun.together(runs) { $0.backward(gradient) }
            for (run, slots) in zip(runs, slots) {
                run.addGradients(input: slot, inputWeight: slots.0, hiddenWeight: slots.1, inputBias: slots.2, hiddenBias: slots.3)
            }
        }
        return RecurrentLayer(output: output, runs: runs)
    }

    /// For each clip the forward half at its last step joined with the backward half at its first.
    fileprivate func finalStates(hidden: Int, lengths: [Int]?) -> Tensor {
        let (batch, steps, row) = (shape[0], shape[1], shape[2]), out = Tensor.zeros([batch, row]), total = count
        let places = (0..<batch).flatMap { b -> [(from: Int, to: Int)] in
            let length = lengths?[b] ?? steps
            guard length > 0 else { return [] }
            let forward = (from: (b * steps + length - 1) * row, to: b * row)
            return row == hidden ? [forward] : [forward, (from: b * steps * row + hidden, to: b * row + hidden)]
        }
        withPointers(self, out) { from, to in
            for place in places { (to + place.to).update(from: from + place.from, count: hidden) }
        }
        guard let slot else { return out }
        return out.recorded(on: slot.recording) { gradient in
            slot.addRegion(count: total) { sum in
                withPointers(gradient) { for place in places { emolab_add_scaled($0 + place.to, sum + place.from, hidden, 1) } }
            }
        }
    }
}

/// What a recurrent network leaves behind. States are put together when they are asked for.
public struct RecurrentResult {
    /// The last layer's outputs [batch, time, directions * hidden].
    public let output: Tensor
    fileprivate let layers: [RecurrentLayer]
    fileprivate let lengths: [Int]?

    private var width: Int { layers[0].runs[0].hidden }

    /// The last layer's final states, directions joined on features: [batch, directions * hidden].
    public var final: Tensor { output.finalStates(hidden: width, lengths: lengths) }

    /// Final states of all layers and directions [layers * directions, batch, hidden], forward before backward (PyTorch's order).
    public var hidden: Tensor {
        Tensor.concatenated(
            layers.map { layer in
                layer.output.finalStates(hidden: width, lengths: lengths).reshaped([layer.output.shape[0], layer.runs.count, width])
                    .permuted([1, 0, 2])
            }, axis: 0)
    }

    /// An LSTM's final cell states, as ``hidden``; a GRU has none.
    public var cells: Tensor {
        let runs = layers.flatMap(\.runs), size = runs[0].batch * width, out = Tensor(uninitialised: [runs.count, runs[0].batch, width])
        withPointers(out) { for (index, run) in runs.enumerated() { run.copyFinalCell(to: $0 + index * size) } }
        let slots = layers.compactMap(\.output.slot), counts = layers.map(\.output.count)
        return out.recorded(on: slots.first?.recording) { gradient in
            withPointers(gradient) { for (index, run) in runs.enumerated() { run.addFinalCellGradient($0 + index * size) } }
            // A layer's backward pass runs where its output has a gradient; nobody else may have given it one.
            for (slot, count) in zip(slots, counts) { slot.addRegion(count: count) { _ in } }
        }
    }
}

private struct RecurrentLayer {
    let output: Tensor
    /// One a direction.
    let runs: [DirectionRun]
}

extension RecurrentWeights {
    fileprivate var recording: Recording? { inputWeight.recording ?? hiddenWeight.recording ?? inputBias.recording ?? hiddenBias.recording }
}

/// One direction of one layer: what its forward pass keeps, and its backward pass.
private final class DirectionRun {
    let x: Tensor, inputWeight: Tensor, hiddenWeight: Tensor, inputBias: Tensor, hiddenBias: Tensor
    let gates: Int, hidden: Int, row: Int, offset: Int, reverse: Bool, lengths: [Int]?
    let batch: Int, steps: Int, wide: Int
    private var states: Tensor, kept: Tensor, cells: Tensor?
    private var da: Tensor?, dc: Tensor?, finalCellGradient: Tensor?

    init(x: Tensor, weights: RecurrentWeights, gates: Int, hidden: Int, row: Int, offset: Int, reverse: Bool, lengths: [Int]?) {
        (self.x, self.gates, self.hidden, self.row, self.offset, self.reverse, self.lengths) = (
            x, gates, hidden, row, offset, reverse, lengths
        )
        inputWeight = weights.inputWeight.detached()
        hiddenWeight = weights.hiddenWeight.detached()
        inputBias = weights.inputBias.detached()
        hiddenBias = weights.hiddenBias.detached()
        (batch, steps, wide) = (x.shape[0], x.shape[1], gates * hidden)
        states = Tensor(uninitialised: [steps + 1, batch, hidden])
        kept = Tensor(uninitialised: [steps, batch, 4 * hidden])
        cells = gates == 4 ? Tensor(uninitialised: [steps + 1, batch, hidden]) : nil
    }

    /// Runs the directions, one a task of the team.
    static func together(_ runs: [DirectionRun], _ body: (DirectionRun) -> Void) {
        withoutActuallyEscaping(body) { body in
            let job = DirectionJob(runs: runs, body: body)
            emolab_parallel(runs.count, runDirection, Unmanaged.passUnretained(job).toOpaque())
            withExtendedLifetime(job) {}
        }
    }

    private func withPlan(_ body: (inout emolab_recurrent) -> Void) {
        var plan = emolab_recurrent(batch: batch, steps: steps, hidden: hidden, output_row: row, lengths: nil, reverse: reverse ? 1 : 0)
        guard let lengths else { return body(&plan) }
        lengths.withUnsafeBufferPointer {
            plan.lengths = $0.baseAddress
            body(&plan)
        }
    }

    func forward(into out: Tensor) {
        let features = x.shape[2], a = Tensor(uninitialised: [batch * steps, wide])
        var layer = emolab_linear()
        (layer.rows, layer.in, layer.out) = (batch * steps, features, wide)
        (layer.weights.transposed, layer.weights.k, layer.weights.n, layer.activation) = (1, features, wide, -1)
        withPointers(x, inputBias, inputWeight, a) { x, bias, weight, a in
            (layer.x, layer.bias, layer.y, layer.weights.plain) = (
                UnsafeRawPointer(x), UnsafePointer(bias), UnsafeMutableRawPointer(a), UnsafePointer(weight)
            )
            emolab_linear_forward(&layer)
        }
        withPlan { plan in
            withPointers(a, hiddenWeight, hiddenBias, out, states, cells, kept) { a, weight, bias, out, states, cells, kept in
                if let cells {
                    emolab_lstm_forward(&plan, a, weight, bias, out + offset, states, cells, kept)
                } else {
                    emolab_gru_forward(&plan, a, weight, bias, out + offset, states, kept)
                }
            }
        }
    }

    func backward(_ gradient: Tensor) {
        let da = Tensor(uninitialised: [batch * steps, wide]), dc = Tensor(uninitialised: [steps * batch, wide])
        withPlan { plan in
            withPointers(hiddenWeight, states, cells, kept, gradient, finalCellGradient, da, dc) {
                weight, states, cells, kept, gradient, final, da, dc in
                if let cells {
                    emolab_lstm_backward(&plan, weight, cells, kept, gradient + offset, final, da, dc)
                } else {
                    emolab_gru_backward(&plan, weight, states, kept, gradient + offset, da, dc)
                }
            }
        }
        (self.da, self.dc, finalCellGradient) = (da, dc, nil)
    }

    /// The cell states of every clip's last step, [batch, hidden].
    func copyFinalCell(to place: UnsafeMutablePointer<Float>) {
        expect(cells != nil, "cell states of a GRU")
        withPointers(cells!) { place.update(from: $0 + steps * batch * hidden, count: batch * hidden) }
    }

    func addFinalCellGradient(_ gradient: UnsafeMutablePointer<Float>) {
        let sum = finalCellGradient ?? .zeros([batch, hidden])
        withPointers(sum) { emolab_add_scaled(gradient, $0, batch * hidden, 1) }
        finalCellGradient = sum
    }

    func addGradients(input: Slot?, inputWeight wi: Slot?, hiddenWeight wh: Slot?, inputBias bi: Slot?, hiddenBias bh: Slot?) {
        guard let da, let dc else { return }
        let rows = batch * steps, features = x.shape[2]
        withPointers(da, dc, inputWeight, x, states) { da, dc, weight, inputs, states in
            input?.accumulate(count: x.count) { emolab_product(0, 0, rows, features, wide, da, wide, weight, features, $1, $0, features) }
            wi?.accumulate(count: inputWeight.count) {
                emolab_product(1, 0, wide, features, rows, da, wide, inputs, features, $1, $0, features)
            }
            wh?.accumulate(count: hiddenWeight.count) { emolab_product(1, 0, wide, hidden, rows, dc, wide, states, hidden, $1, $0, hidden) }
            bi?.accumulate(count: wide) { emolab_sum_to_middle(da, $0, rows, wide, 1, $1 == 0 ? 0 : 1) }
            bh?.accumulate(count: wide) { emolab_sum_to_middle(dc, $0, rows, wide, 1, $1 == 0 ? 0 : 1) }
        }
        (self.da, self.dc) = (nil, nil)
    }
}

private final class DirectionJob {
    let runs: [DirectionRun]
    let body: (DirectionRun) -> Void

    init(runs: [DirectionRun], body: @escaping (DirectionRun) -> Void) {
        self.runs = runs
        self.body = body
    }
}

private func runDirection(_ context: UnsafeMutableRawPointer?, _ task: Int) {
    let job = Unmanaged<DirectionJob>.fromOpaque(context!).takeUnretainedValue()
    job.body(job.runs[task])
}
