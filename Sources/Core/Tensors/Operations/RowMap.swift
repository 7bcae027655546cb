// Rows that leave a matrix in one order and come back to it: a clip's tokens, seen frame by frame or patch by patch.
import Kernels

/// Row i of a new matrix is row `source[i]` of an old one of `sources` rows; rows of the old one may be named once, several times or never.
public final class RowMap: Sendable {
    public let rows, sources: Int
    private let source, starts, users: [Int32]

    public init(_ source: [Int], of sources: Int) {
        expect(source.allSatisfy { $0 >= 0 && $0 < sources }, "a row outside a matrix of \(sources)")
        (rows, self.sources) = (source.count, sources)
        self.source = source.map(Int32.init)
        var starts = [Int32](repeating: 0, count: sources + 1)
        for row in source { starts[row + 1] += 1 }
        for row in 0..<sources { starts[row + 1] += starts[row] }
        var next = starts, users = [Int32](repeating: 0, count: source.count)
        for (row, from) in source.enumerated() {
            users[Int(next[from])] = Int32(row)
            next[from] += 1
        }
        (self.starts, self.users) = (starts, users)
    }

    fileprivate func withPlan<Result>(_ body: (UnsafePointer<emolab_row_map>) -> Result) -> Result {
        source.withUnsafeBufferPointer { source in
            starts.withUnsafeBufferPointer { starts in
                users.withUnsafeBufferPointer { users in
                    var plan = emolab_row_map(
                        rows: rows, sources: sources, source: source.baseAddress, starts: starts.baseAddress, users: users.baseAddress)
                    return body(&plan)
                }
            }
        }
    }
}

func withPlan<Result>(_ map: RowMap?, _ body: (UnsafePointer<emolab_row_map>?) -> Result) -> Result {
    map.map { $0.withPlan { body($0) } } ?? body(nil)
}

extension Tensor {
    /// This matrix `[sources, width]` plus, on each row, the mean of the rows of `other` `[rows, width]` that came from it.
    public func adding(_ other: Tensor, at map: RowMap) -> Tensor {
        expect(
            rank == 2 && other.rank == 2 && shape[0] == map.sources && other.shape == [map.rows, shape[1]],
            "rows of \(other.shape) added to \(shape)")
        let out = Tensor(like: self), width = shape[1]
        map.withPlan { map in withPointers(self, other, out) { emolab_add_rows($0, $1, map, $2, width) } }
        guard let recording = recording ?? other.recording else { return out }
        let slotX = slot, slotY = other.slot
        return out.recorded(on: recording) { gradient in
            if let slotY {
                let dy = Tensor(uninitialised: [map.rows, width])
                map.withPlan { map in withPointers(gradient, dy) { emolab_add_rows_backward($0, map, $1, width) } }
                slotY.add(dy)
            }
            slotX?.add(gradient)
        }
    }
}
