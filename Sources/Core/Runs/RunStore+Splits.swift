import Corpora
import Foundation
import GRDB
import Training

// Which clips a run trains on, which choose its checkpoint, which are its test.

/// One clip's place in a run.
public struct SplitMember: Sendable, Codable, Equatable {
    public var domain: Domain
    public var clip: String
    public var side: Split.Side

    public init(domain: Domain, clip: String, side: Split.Side) {
        self.domain = domain
        self.clip = clip
        self.side = side
    }
}

extension RunStore {
    /// Writes the split of one of a run's corpora, in place of an earlier one.
    func recordSplit(_ split: Split, of domain: Domain, run: Int64) throws {
        try write { db in
            try db.execute(sql: "DELETE FROM split_members WHERE run = ? AND domain = ?", arguments: [run, domain.rawValue])
            let insert = try db.makeStatement(sql: "INSERT INTO split_members (run, domain, clip, side) VALUES (?, ?, ?, ?)")
            for side in Split.Side.allCases {
                for clip in split[side] { try insert.execute(arguments: [run, domain.rawValue, clip, side.rawValue]) }
            }
        }
    }

    /// Every clip of a run's corpora with its side, sorted by domain and name; empty for runs of a program that did not store it.
    public func splitMembers(run: Int64) throws -> [SplitMember] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT domain, clip, side FROM split_members WHERE run = ? ORDER BY domain, clip", arguments: [run])
                .compactMap { row in
                    guard let domain = Domain(rawValue: row[0]), let side = Split.Side(rawValue: row[2]) else { return nil }
                    return SplitMember(domain: domain, clip: row[1], side: side)
                }
        }
    }
}
