/// Values by the names of files. A name finds its own bytes; where these are not there, what is called the same in another form of Unicode, as Macs write it.
struct FilesByName<Value> {
    private var exact: [[UInt8]: Value] = [:]
    /// The first spelling of each name: strings are equal in every form.
    private var spellings: [String: [UInt8]] = [:]

    /// - Returns: false where that very name is taken; it keeps its value.
    mutating func add(_ value: Value, named name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard exact[bytes] == nil else { return false }
        exact[bytes] = value
        if spellings[name] == nil { spellings[name] = bytes }
        return true
    }

    /// The value, and the name that it has.
    subscript(name: String) -> (name: [UInt8], value: Value)? {
        let bytes = Array(name.utf8)
        if let value = exact[bytes] { return (bytes, value) }
        return spellings[name].flatMap { other in exact[other].map { (other, $0) } }
    }

    var all: [(name: [UInt8], value: Value)] { exact.map { ($0.key, $0.value) } }
}
