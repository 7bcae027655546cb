/// `1 clip`, `2 clips`, `1 corpus`, `0 corpora`: a number with its noun.
/// - Parameters:
///   - many: the plural, where it is not the word with an s.
///   - digits: the number as it is to be written, where not plainly.
public func counted(_ number: Int, _ one: String, _ many: String? = nil, digits: String? = nil) -> String {
    (digits ?? "\(number)") + " " + (number == 1 ? one : many ?? one + "s")
}
