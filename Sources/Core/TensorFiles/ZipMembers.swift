import Foundation

/// Single members of a ZIP archive, for weights that come packed among other files, as in a Python wheel.
public struct ZipMembers {
    private let archive: ZipArchive
    private let limit: ReadingLimit

    /// - Throws: `TensorFileError` where the bytes are no archive, or a damaged one.
    public init(bytes: Data, limit: ReadingLimit = .standard) throws {
        archive = try ZipArchive(bytes: bytes.startIndex == 0 ? bytes : Data(bytes))
        self.limit = limit
    }

    /// In the order of the archive's directory.
    public var names: [String] { archive.members.map(\.name) }

    /// The member's bytes, inflated where they are deflated, and held to its checksum.
    /// - Throws: `TensorFileError`, also where there is none of that name.
    public func data(of name: String) throws -> Data {
        guard let member = archive.member(name) else { throw TensorFileError.missing(name) }
        var allowance = limit.allowance(fileBytes: archive.bytes.count)
        return try archive.data(of: member, checksum: true, &allowance)
    }
}
