// A square of grey levels written as decimal numbers in a table: how FER2013 keeps its faces.
import Foundation

enum GreyLevels {
    /// The picture whose levels, 0-255 with blanks between and row after row, begin at byte `offset`, as RGB. Reads no further than
    /// `side`² numbers can reach. Throws `MediaError`.
    static func picture(inTable path: String, offset: Int, side: Int) throws -> Picture {
        guard offset >= 0, (1...4096).contains(side) else {
            throw MediaError.invalidRequest(file: path, what: "there is no square of \(side) px at byte \(offset)")
        }
        let count = side * side
        let bytes = try read(path, offset: offset, count: 4 * count)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(3 * count)
        var place = 0
        while pixels.count < 3 * count {
            while place < bytes.count, bytes[place] == 0x20 { place += 1 }
            var (level, digits) = (0, 0)
            while place < bytes.count, digits < 4, (0x30...0x39).contains(bytes[place]) {
                level = 10 * level + Int(bytes[place] - 0x30)
                digits += 1
                place += 1
            }
            guard digits > 0, level <= 255 else {
                let found = pixels.count / 3
                if place >= bytes.count {
                    throw MediaError.truncated(file: path, what: "of \(count) grey levels at byte \(offset) there are \(found)")
                }
                throw MediaError.damaged(file: path, what: "grey level \(found) of \(count) at byte \(offset) is no number from 0 to 255")
            }
            let grey = UInt8(level)
            pixels.append(grey)
            pixels.append(grey)
            pixels.append(grey)
        }
        // A digit or blank-separated number more, and the square is another size than thought.
        while place < bytes.count, bytes[place] == 0x20 { place += 1 }
        if place < bytes.count, (0x30...0x39).contains(bytes[place]) {
            throw MediaError.damaged(file: path, what: "more than \(count) grey levels stand at byte \(offset)")
        }
        return Picture(width: side, height: side, pixels: pixels)
    }

    private static func read(_ path: String, offset: Int, count: Int) throws -> [UInt8] {
        try InputFile.checkRegular(path)
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            try file.seek(toOffset: UInt64(offset))
            return try [UInt8](file.read(upToCount: count + 1) ?? Data())
        } catch {
            throw MediaError.cannotOpen(file: path, reason: String(cString: strerror(errno)))
        }
    }
}
