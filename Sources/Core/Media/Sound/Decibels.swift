// Power to decibels and back, librosa's `power_to_db`.
import Foundation

public enum Decibels {
    public enum Reference: Sendable, Hashable {
        case value(Float)
        /// The loudest cell.
        case maximum
    }

    /// 10·log₁₀(power / reference), `amin` being the least power; cells more than `topDb` below the loudest one are raised to that.
    public static func fromPower(
        _ power: Spectrogram, reference: Reference = .value(1), amin: Float = 1e-10, topDb: Float? = 80
    ) -> Spectrogram {
        var result = power
        let ref: Float =
            switch reference {
            case .value(let value): value
            case .maximum: power.values.max() ?? 1
            }
        let offset = 10 * log10(max(amin, abs(ref)))
        result.values.withUnsafeMutableBufferPointer { cells in
            var loudest = -Float.infinity
            for i in 0..<cells.count {
                cells[i] = 10 * log10(max(amin, cells[i])) - offset
                loudest = max(loudest, cells[i])
            }
            guard let topDb else { return }
            let floor = loudest - topDb
            for i in 0..<cells.count { cells[i] = max(cells[i], floor) }
        }
        return result
    }
}
