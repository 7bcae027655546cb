/// `1 clip`, `2 clips`, `1 corpus`, `0 corpora`: a number with its noun.
public func counted(_ number: Int, _ one: String, _ many: String? = nil) -> String { "\(number) " + (number == 1 ? one : many ?? one + "s") }
