// Alpha before a run, and what lists of runs say of those that used target labels.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct AdaptationTests {
        @Test("`alpha --json` gives the experiment's schedule and those it is compared with, value by value")
        func alphaValues() throws {
            let home = try Home()
            let planned = try home.json("alpha", "demo", "--compare", "dann,constant", "--set", "training.epochs=12", "--json")
            #expect(planned["name"].string == "demo" && planned["method"].string == "dann" && planned["epochs"].int == 12)
            let curves = planned["alpha"].array
            #expect(curves.map { $0["schedule"].string } == ["conservative", "dann", "constant"])
            for curve in curves { #expect(curve["values"].array.count == 201) }
            #expect(curves[0]["values"][80].double == 1e-4 && curves[0]["values"][200].double == 0.099)
            #expect(abs((curves[1]["values"][20].double ?? 0) - 0.46211715726) < 1e-9 && curves[1]["maximum"].double == 1)
            #expect(curves[2]["values"].array.allSatisfy { $0.double == 0.099 })
            let progress = planned["progress"].array
            #expect(progress.first?.double == 0 && progress.last?.double == 1 && planned["learningRate"].array.count == 201)
            // Without an experiment, the published defaults; an experiment that adapts nothing has no alpha.
            #expect(try home.json("alpha", "--json")["epochs"].int == 60)
            #expect(try home.json("alpha", "demo-source-only", "--json")["alpha"][0]["values"].array.allSatisfy { $0.double == 0 })
        }

        @Test("What `alpha` plans is what a run then applies")
        func alphaApplied() throws {
            let planned = try Demo.firstRun().home.json("alpha", "demo", "--json")["alpha"][0]["values"].array
            let begun = try #require(Demo.firstRun().result.json().first { $0["event"].string == "started" })
            #expect(
                begun["plan"]["schedules"].array.first { $0["series"].string == "schedule.alpha" }?["values"].array == planned
                    && begun["plan"]["targetLabelUse"] == .null)
        }

        @Test("`alpha` draws curves with a legend, in ASCII too, and writes pictures; mistakes are told")
        func alphaDrawn() throws {
            let home = try Home()
            let drawn = try home.emolab("alpha", "demo", "--compare", "all", "--log", "--size", "90x30")
            #expect(drawn.status == 0 && drawn.errors == "")
            let rows = drawn.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            #expect(rows.count == 30 && rows.allSatisfy { $0.count <= 90 })
            for word in ["alpha", "learning rate", "conservative", "dann", "linear", "cosine", "constant", "epoch", "max 1.00"] {
                #expect(drawn.output.contains(word), "\(word)")
            }
            let both = try home.emolab("alpha", "demo", "--json", "--output", home.file("both.svg").path)
            #expect(try both.lastJSON()["alpha"].array.count == 1 && FileManager.default.fileExists(atPath: home.file("both.svg").path))
            let ascii = try home.emolab("alpha", "demo", "--glyphs", "ascii")
            #expect(ascii.output.unicodeScalars.allSatisfy(\.isASCII) && ascii.output.contains("conservative"))
            for name in ["curve.png", "curve.svg", "curve.txt"] {
                let result = try home.emolab("alpha", "demo", "--output", home.file(name).path)
                let bytes = try Data(contentsOf: home.file(name)).count
                #expect(result.status == 0 && result.output == "" && bytes > 500, "\(name)")
            }
            for (arguments, word) in [
                (["alpha", "demo", "--compare", "steep"], "conservative, dann"),
                (["alpha", "--set", "adaptation.alpha.hold=2"], "adaptation.alpha.hold"),
                (["alpha", "demo", "--output", "curve.docx"], ".svg"),
            ] {
                let result = try RunningProgram(arguments, in: home).finish()
                #expect(result.status == 2 && result.errors.contains(word) && result.output == "", "\(arguments): \(result.errors)")
            }
        }

        @Test("A run that learns from target labels is named oracle where it starts, in the list of runs and where it is shown")
        func oracle() throws {
            let home = try Demo.homeWithCorpora()
            let result = try home.emolab(
                "train", "demo", "--set", "adaptation.method=supervised", "--set", "training.epochs=1", "--set",
                "training.sampling=balanced")
            #expect(result.status == 0 && result.errors.contains("oracle") && result.output.contains("oracle: learns from target labels"))
            let plain = try home.emolab("train", "demo", "--set", "adaptation.method=coral", "--set", "training.epochs=1")
            #expect(plain.status == 0 && !plain.errors.contains("oracle") && !plain.output.contains("oracle"))
            let list = try home.emolab("runs", "list").lines
            #expect(list.first { $0.hasPrefix("  1") }?.contains("oracle: learns from target labels") == true, "\(list)")
            #expect(list.first { $0.hasPrefix("  2") }?.contains("oracle") == false)
            let runs = try home.json("runs", "list", "--json").array
            #expect(runs.map { $0["targetLabelUse"].string } == [nil, "oracle: learns from target labels"])
            #expect(try home.emolab("runs", "show", "1").output.contains("target labels: oracle"))
        }
    }
}
