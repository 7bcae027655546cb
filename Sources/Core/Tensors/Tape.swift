// Reverse-mode differentiation: what was computed is recorded in order, and walked backwards once.
import Kernels

/// Records the operations on watched tensors. Nothing is recorded for tensors that no watched tensor led to, and backward reaches no further
/// than the watched ones. One thread at a time. After ``backward(_:seed:)`` the records are gone and the gradients of watched tensors remain.
public final class Tape {
    let recording = Recording()

    public init() {}

    deinit { recording.close() }

    /// The same values as a leaf whose gradient is wanted.
    public func watch(_ tensor: Tensor) -> Tensor {
        let slot = Slot(recording: recording, keeps: true)
        return Tensor(shape: tensor.shape, count: tensor.count, storage: tensor.storage, slot: slot)
    }

    /// The parameter's value as a leaf; after backward its gradient is added to ``Parameter/gradient``. A frozen parameter's value is not watched.
    public func watch(_ parameter: Parameter) -> Tensor {
        guard parameter.isTrainable else { return parameter.value }
        if let known = recording.watched[ObjectIdentifier(parameter)] { return known.value }
        let watched = watch(parameter.value)
        recording.watched[ObjectIdentifier(parameter)] = (parameter, watched)
        return watched
    }

    /// Computes the gradients of `loss` with respect to every watched tensor that led to it, and frees what was recorded.
    /// - Parameter seed: the gradient of `loss` itself, of its shape; 1 for a scalar where absent.
    public func backward(_ loss: Tensor, seed: Tensor? = nil) {
        expect(seed != nil || loss.count == 1, "backward from a tensor of \(loss.count) elements needs a seed")
        expect(seed == nil || seed!.shape == loss.shape, "seed of shape \(seed?.shape ?? []) for a loss of shape \(loss.shape)")
        if let slot = loss.slot {
            expect(slot.recording === recording, "backward on a tape that did not record this tensor")
            slot.add(seed?.detached() ?? .ones(loss.shape))
            while let record = recording.records.popLast() {
                guard let gradient = record.slot.take() else { continue }
                record.backward(Tensor(shape: record.shape, count: record.count, storage: gradient, slot: nil))
            }
        }
        recording.records.removeAll(keepingCapacity: true)
        recording.handOutGradients()
    }

    /// The gradient of a watched tensor after backward; nil where the loss did not depend on it.
    public func gradient(of tensor: Tensor) -> Tensor? {
        guard let slot = tensor.slot, slot.recording === recording, let storage = slot.gradient else { return nil }
        return Tensor(shape: tensor.shape, count: tensor.count, storage: storage, slot: nil)
    }
}

/// What a tape has seen. Slots hold it, so a tensor may outlive its tape; closing breaks the cycle between records and slots.
final class Recording {
    struct Record {
        let slot: Slot
        let shape: [Int]
        let count: Int
        let backward: (Tensor) -> Void
    }

    var records: [Record] = []
    /// The parameters that this tape watches, with its own slots for them: another tape may watch the same ones at the same time.
    var watched: [ObjectIdentifier: (parameter: Parameter, value: Tensor)] = [:]
    private(set) var isOpen = true

    func close() {
        isOpen = false
        records.removeAll()
        watched.removeAll()
    }

    func handOutGradients() {
        for (parameter, value) in watched.values {
            guard let gradient = value.slot?.take(evenIfKept: true) else { continue }
            parameter.accumulate(Tensor(shape: value.shape, count: value.count, storage: gradient, slot: nil))
        }
        watched.removeAll(keepingCapacity: true)
    }
}

/// The place where one tensor's gradient gathers.
final class Slot {
    let recording: Recording
    private let keeps: Bool
    fileprivate(set) var gradient: Storage?

    init(recording: Recording, keeps: Bool = false) {
        self.recording = recording
        self.keeps = keeps
    }

    fileprivate func take(evenIfKept: Bool = false) -> Storage? {
        defer { if !keeps || evenIfKept { gradient = nil } }
        return gradient
    }

    /// Adds a gradient; the first is taken over without a copy.
    func add(_ addend: Tensor) {
        guard let present = gradient else {
            gradient = addend.storage
            return
        }
        if addend.type == .bfloat16 {
            // Rare: a bfloat16 tensor with two readers. Summed in float32, rounded once.
            var sum = Tensor(shape: addend.shape, count: addend.count, storage: present, slot: nil).converted(to: .float32)
            sum = sum + addend.converted(to: .float32)
            gradient = sum.converted(to: .bfloat16).storage
            return
        }
        accumulate(count: addend.count) { sum, _ in withPointers(addend) { emolab_add_scaled($0, sum, addend.count, 1) } }
    }

    /// Lets `body` write into the gradient's memory: it overwrites it with a `beta` of 0 (first contribution, contents arbitrary), adds to it with 1.
    func accumulate(count: Int, _ body: (_ gradient: UnsafeMutablePointer<Float>, _ beta: Float) -> Void) {
        if gradient == nil {
            let fresh = Storage(count: count)
            gradient = fresh
            withPointers(Floats(fresh)) { body($0, 0) }
        } else {
            if !isKnownUniquelyReferenced(&gradient!) { gradient = Storage(copying: gradient!, count: count) }
            withPointers(Floats(gradient!)) { body($0, 1) }
        }
    }

    /// Lets `body` add to the gradient's memory, which starts at zero.
    func addRegion(count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        accumulate(count: count) { sum, beta in
            if beta == 0 { emolab_fill(sum, count, 0) }
            body(sum)
        }
    }
}

extension Tensor {
    /// This result with a slot on `recording`, whose backward pass is `backward`: it gets the gradient of the result and adds to the operands' slots.
    /// Without a recording, or on one whose tape is gone, the result stays as it is.
    @inline(__always)
    func recorded(on recording: Recording?, _ backward: @escaping (Tensor) -> Void) -> Tensor {
        guard let recording, recording.isOpen else { return self }
        let slot = Slot(recording: recording)
        recording.records.append(.init(slot: slot, shape: shape, count: count, backward: backward))
        return Tensor(shape: shape, count: count, storage: storage, slot: slot)
    }

    @inline(__always) var recording: Recording? { slot?.recording }
}
