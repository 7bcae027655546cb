// Encodable values as TOML values. What is nil is left out: TOML has no null.

extension TomlValue {
    /// - Throws: `EncodingError` for nil in a list, and for whole numbers beyond 64 bits with sign.
    public init(encoding value: some Encodable) throws {
        let slot = Slot()
        try value.encode(to: SlotEncoder(slot: slot, codingPath: []))
        self = slot.value
    }
}

/// Where a value goes that is not there yet.
private final class Slot {
    enum Content {
        case none
        case value(TomlValue)
        case fields([String: Slot])
        case items([Slot])
    }
    var content = Content.none

    var value: TomlValue {
        switch content {
        case .none: .table([:])
        case .value(let value): value
        case .fields(let fields): .table(fields.mapValues(\.value))
        case .items(let items): .array(items.map(\.value))
        }
    }

    func field(_ name: String) -> Slot {
        var fields: [String: Slot] = [:]
        if case .fields(let present) = content { fields = present }
        let slot = fields[name] ?? Slot()
        content = .none
        fields[name] = slot
        content = .fields(fields)
        return slot
    }

    func item() -> Slot {
        var items: [Slot] = []
        if case .items(let present) = content { items = present }
        let slot = Slot()
        content = .none  // Or each item would copy all before it.
        items.append(slot)
        content = .items(items)
        return slot
    }

    func set<T: Encodable>(_ value: T, _ path: [any CodingKey]) throws {
        switch value {
        case let value as TomlValue: content = .value(value)
        case let value as String: content = .value(.string(value))
        case let value as Bool: content = .value(.bool(value))
        case let value as Double: content = .value(.real(value))
        case let value as Float: content = .value(.real(Double(value)))
        case let value as any BinaryInteger:
            guard let whole = Int(exactly: value) else {
                throw EncodingError.invalidValue(value, .init(codingPath: path, debugDescription: "a whole number beyond TOML's"))
            }
            content = .value(.integer(whole))
        default: try value.encode(to: SlotEncoder(slot: self, codingPath: path))
        }
    }
}

private struct SlotEncoder: Encoder {
    let slot: Slot
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .none = slot.content { slot.content = .fields([:]) }
        return KeyedEncodingContainer(Fields<Key>(slot: slot, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .none = slot.content { slot.content = .items([]) }
        return Items(slot: slot, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { One(slot: slot, codingPath: codingPath) }

    private struct Fields<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let slot: Slot
        let codingPath: [any CodingKey]

        func encodeNil(forKey: Key) {}
        func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try slot.field(key.stringValue).set(value, codingPath + [key]) }
        func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type, forKey key: Key) -> KeyedEncodingContainer<Inner> {
            encoder(key).container(keyedBy: type)
        }
        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }
        func superEncoder() -> any Encoder { SlotEncoder(slot: slot.field("super"), codingPath: codingPath) }
        func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
        private func encoder(_ key: Key) -> SlotEncoder { SlotEncoder(slot: slot.field(key.stringValue), codingPath: codingPath + [key]) }
    }

    private struct Items: UnkeyedEncodingContainer {
        let slot: Slot
        let codingPath: [any CodingKey]
        var count: Int { if case .items(let items) = slot.content { items.count } else { 0 } }

        func encodeNil() throws {
            throw EncodingError.invalidValue(Optional<Int>.none as Any, .init(codingPath: codingPath, debugDescription: "TOML has no null"))
        }
        func encode<T: Encodable>(_ value: T) throws { try slot.item().set(value, codingPath) }
        func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) -> KeyedEncodingContainer<Inner> {
            SlotEncoder(slot: slot.item(), codingPath: codingPath).container(keyedBy: type)
        }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            SlotEncoder(slot: slot.item(), codingPath: codingPath).unkeyedContainer()
        }
        func superEncoder() -> any Encoder { SlotEncoder(slot: slot.item(), codingPath: codingPath) }
    }

    private struct One: SingleValueEncodingContainer {
        let slot: Slot
        let codingPath: [any CodingKey]

        func encodeNil() throws {
            throw EncodingError.invalidValue(Optional<Int>.none as Any, .init(codingPath: codingPath, debugDescription: "TOML has no null"))
        }
        func encode<T: Encodable>(_ value: T) throws { try slot.set(value, codingPath) }
    }
}
