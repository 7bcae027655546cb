// Running means of gradients and of their squares, which Adam and its relatives keep for every parameter.

/// First and second moment of each parameter's gradient and the steps they have seen; nil before the first.
struct Moments {
    private var entries: [(first: Tensor, second: Tensor, steps: Int)?]

    init(of parameters: [Parameter]) { entries = Array(repeating: nil, count: parameters.count) }

    /// Counts a step of a parameter and lets `body` change its moments in place.
    mutating func update(
        _ index: Int, of parameter: Parameter,
        _ body: (_ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>, _ steps: Int) -> Void
    ) {
        var moment = entries[index] ?? (.zeros(parameter.value.shape), .zeros(parameter.value.shape), 0)
        entries[index] = nil
        moment.steps += 1
        moment.first.makeUnique()
        moment.second.makeUnique()
        withPointers(moment.first, moment.second) { body($0, $1, moment.steps) }
        entries[index] = moment
    }

    /// For each parameter `name.first`, `name.second` and `name.steps`.
    func state(of parameters: [Parameter]) -> [String: Tensor] {
        var state: [String: Tensor] = [:]
        for (parameter, moment) in zip(parameters, entries) {
            guard let moment else { continue }
            state[parameter.name + ".first"] = moment.first
            state[parameter.name + ".second"] = moment.second
            state[parameter.name + ".steps"] = .scalar(Float(moment.steps))
        }
        return state
    }

    /// Takes over a state; a parameter that it lacks, or has in another size, starts anew.
    mutating func load(_ state: [String: Tensor], of parameters: [Parameter]) {
        for (index, parameter) in parameters.enumerated() {
            guard let first = state[parameter.name + ".first"], let second = state[parameter.name + ".second"],
                let steps = state[parameter.name + ".steps"], first.count == parameter.value.count, second.count == first.count
            else {
                entries[index] = nil
                continue
            }
            entries[index] = (first, second, Int(steps.item))
        }
    }
}
