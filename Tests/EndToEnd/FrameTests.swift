// Frames without a terminal, and the two commands that tell about the machine.
import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

extension EndToEnd {
    @Suite(.serialized) struct FrameTests {
        @Test(
            "`--once` prints a frame of the size asked for, of every pane", arguments: [("train", "class loss"), ("corpora", "24 clips")])
        func once(pane: String, words: String) throws {
            let result = try Demo.firstRun().home.emolab("--once", pane, "--size", "80x24")
            #expect(result.status == 0 && result.errors == "")
            let rows = result.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            #expect(rows.count == 24 && rows.allSatisfy { $0.count <= 80 })
            #expect(result.output.contains(words) && result.output.contains("finished"))
            #expect(!result.output.contains("\u{1b}"), "standard output is no terminal here")
            let ascii = try Demo.firstRun().home.emolab("--once", pane, "--glyphs", "ascii")
            #expect(ascii.output.unicodeScalars.allSatisfy(\.isASCII) && ascii.output.contains(words))
        }

        @Test("`--output` writes text, ANSI, SVG and PNG that are what their names say")
        func output() throws {
            let (first, home) = (try Demo.firstRun().home, try Home())
            func write(_ name: String) throws -> Data {
                let result = try first.emolab("--once", "train", "--size", "80x24", "--output", home.file(name).path)
                #expect(result.status == 0 && result.output == "" && result.errors == "")
                return try Data(contentsOf: home.file(name))
            }
            let text = String(decoding: try write("frame.txt"), as: UTF8.self)
            #expect(text.contains("class loss") && text.split(separator: "\n", omittingEmptySubsequences: false).count >= 24)
            let ansi = String(decoding: try write("frame.ansi"), as: UTF8.self)
            #expect(ansi.contains("\u{1b}[") && ansi.contains("alpha"))

            let parser = XMLParser(data: try write("frame.svg"))
            let reader = SVGReader()
            parser.delegate = reader
            #expect(parser.parse(), "\(String(describing: parser.parserError))")
            #expect(reader.root == "svg" && reader.text.contains("class"))

            let png = [UInt8](try write("frame.png"))
            let (width, height) = try pngSize(png)
            #expect(width >= 80 * 4 && height >= 24 * 8 && width < 80 * 40 && height < 24 * 80)

            let result = try first.emolab("--once", "train", "--output", "/proc/emolab/frame.svg")
            #expect(result.status == 1 && result.errors.contains("/proc/emolab/frame.svg"))
        }

        @Test("`doctor --json` names libraries, terminal and store, and its exit code says whether something is missing")
        func doctor() throws {
            let home = try Demo.firstRun().home
            let result = try home.emolab("doctor", "--json")
            let findings = try result.lastJSON().array
            let names = findings.compactMap { $0["what"].string }
            for name in ["cores", "OpenBLAS core", "oneDNN", "terminal", "locale", "colours", "store"] {
                #expect(names.contains(name), "\(names)")
            }
            #expect(findings.allSatisfy { $0["is"].string?.isEmpty == false })
            #expect(findings.first { $0["what"].string == "locale" }?["is"].string == "LANG=C.UTF-8: UTF-8")
            let ascii = try home.emolab("doctor", "--json", environment: ["LC_ALL": "C"]).lastJSON().array
            #expect(ascii.first { $0["what"].string == "locale" }?["is"].string == "LC_ALL=C: ASCII only")
            #expect(findings.first { $0["what"].string == "store" }?["is"].string == "\(home.store.path): 2 corpora, 1 run")
            // A terminal is missing here, and may be the face detector's weights: neither is a failure.
            let missing = findings.filter { $0["advice"].string != nil && !["terminal", "MTCNN"].contains($0["what"].string) }
            #expect(missing.isEmpty && result.status == 0, "\(missing)")
            let pinned = try home.emolab("doctor", environment: ["OPENBLAS_CORETYPE": "Haswell"])
            #expect(pinned.status == 1 && pinned.output.contains("unset it"))
        }

        @Test("`bench --json` measures products, spectrogram and training step in plausible numbers")
        func bench() throws {
            let home = try Home()
            let result = try home.emolab("bench", "--json", "--runs", "2")
            #expect(result.status == 0)
            let figures = try result.lastJSON().array
            #expect(figures.count >= 6)
            for figure in figures {
                let (median, minimum) = (
                    try #require(figure["medianMilliseconds"].double), try #require(figure["minimumMilliseconds"].double)
                )
                #expect(minimum > 0 && minimum <= median && figure["rate"].double ?? 0 > 0 && figure["runs"].int == 2, "\(figure)")
            }
            #expect(Set(figures.compactMap { $0["unit"].string }) == ["GFLOP/s", "clips/s", "x real time"])
            let only = try home.json("bench", "--json", "--runs", "1", "--only", "1568").array
            #expect(!only.isEmpty && only.allSatisfy { $0["name"].string?.contains("1568") == true })
        }

        /// Width and height of a PNG whose chunks follow each other to the end, as the PNG specification (ISO/IEC 15948) has them.
        private func pngSize(_ bytes: [UInt8]) throws -> (width: Int, height: Int) {
            try #require(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            func number(_ at: Int) -> Int { bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } }
            var (place, types) = (8, [String]())
            while place < bytes.count {
                try #require(place + 12 <= bytes.count && number(place) <= bytes.count - place - 12)
                types.append(String(decoding: bytes[(place + 4)..<(place + 8)], as: UTF8.self))
                place += 12 + number(place)
            }
            #expect(types.first == "IHDR" && types.contains("IDAT") && types.last == "IEND")
            return (number(16), number(20))
        }
    }
}

/// Notes the first element and all the text of a document.
private final class SVGReader: NSObject, XMLParserDelegate {
    var root: String?
    var text = ""

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
    ) {
        root = root ?? name
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
