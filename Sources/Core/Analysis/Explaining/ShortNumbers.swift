// Numbers as an explanation stores them.

extension Double {
    /// Five decimals, so that what is stored stays small.
    var short: Double { (self * 1e5).rounded() / 1e5 }
}

extension [Double] {
    var short: [Double] { map(\.short) }
}

extension [Float] {
    var short: [Double] { map { Double($0).short } }
}
