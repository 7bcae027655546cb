// Decodable values out of TOML values. Whole numbers may stand for real ones; nothing else is converted.

extension TomlValue {
    /// - Throws: `DecodingError` whose path names the key.
    public func decoded<T: Decodable>(_ type: T.Type = T.self) throws -> T { try ValueDecoder(value: self, codingPath: []).decode(type) }
}

private struct ValueDecoder: Decoder, SingleValueDecodingContainer {
    let value: TomlValue
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .table(let fields) = value else { throw mismatch([String: TomlValue].self) }
        return KeyedDecodingContainer(Fields<Key>(fields: fields, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let items) = value else { throw mismatch([TomlValue].self) }
        return Items(items: items, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let found: Any?
        switch (type, value) {
        case (is String.Type, .string(let text)): found = text
        case (is Bool.Type, .bool(let flag)): found = flag
        case (is Double.Type, .real(let number)): found = number
        case (is Double.Type, .integer(let number)): found = Double(number)
        case (is Float.Type, .real(let number)): found = Float(number)
        case (is Float.Type, .integer(let number)): found = Float(number)
        case (let whole as any BinaryInteger.Type, .integer(let number)): found = whole.init(exactly: number)
        default:
            guard !(type is String.Type || type is Bool.Type || type is Double.Type || type is Float.Type || type is any BinaryInteger.Type)
            else {
                throw mismatch(type)
            }
            return try T(from: self)
        }
        guard let found = found as? T else { throw mismatch(type) }
        return found
    }

    private func mismatch(_ type: Any.Type) -> DecodingError {
        .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "this is \(value.typeName)"))
    }

    private struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let fields: [String: TomlValue]
        let codingPath: [any CodingKey]

        var allKeys: [Key] { fields.keys.sorted().compactMap { Key(stringValue: $0) } }
        func contains(_ key: Key) -> Bool { fields[key.stringValue] != nil }
        func decodeNil(forKey key: Key) throws -> Bool { fields[key.stringValue] == nil }
        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(key).decode(type) }
        func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type, forKey key: Key) throws -> KeyedDecodingContainer<Inner> {
            try decoder(key).container(keyedBy: type)
        }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try decoder(key).unkeyedContainer() }
        func superDecoder() throws -> any Decoder { ValueDecoder(value: fields["super"] ?? .table([:]), codingPath: codingPath) }
        func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

        private func decoder(_ key: Key) throws -> ValueDecoder {
            guard let value = fields[key.stringValue] else {
                throw DecodingError.keyNotFound(
                    key, .init(codingPath: codingPath, debugDescription: "the key \(key.stringValue) is missing"))
            }
            return ValueDecoder(value: value, codingPath: codingPath + [key])
        }
    }

    private struct Items: UnkeyedDecodingContainer {
        let items: [TomlValue]
        let codingPath: [any CodingKey]
        var currentIndex = 0

        var count: Int? { items.count }
        var isAtEnd: Bool { currentIndex == items.count }
        func decodeNil() -> Bool { false }
        mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
            let value = try next().decode(type)
            currentIndex += 1
            return value
        }
        mutating func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) throws -> KeyedDecodingContainer<Inner> {
            let container = try next().container(keyedBy: type)
            currentIndex += 1
            return container
        }
        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            let container = try next().unkeyedContainer()
            currentIndex += 1
            return container
        }
        mutating func superDecoder() throws -> any Decoder {
            let decoder = try next()
            currentIndex += 1
            return decoder
        }
        private func next() throws -> ValueDecoder {
            guard !isAtEnd else {
                throw DecodingError.valueNotFound(TomlValue.self, .init(codingPath: codingPath, debugDescription: "the list ends here"))
            }
            return ValueDecoder(value: items[currentIndex], codingPath: codingPath)
        }
    }
}
