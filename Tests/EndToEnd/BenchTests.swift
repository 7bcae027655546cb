// `emolab bench engine`: what it prints and how it compares. How fast anything is, is not tested.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct BenchTests {
        private static let keys: Set<String> = [
            "name", "shape", "precision", "threads", "median_ms", "minimum_ms", "runs", "clips_per_s", "gflops", "peak_share",
            "peak_memory_mib",
            "allocations_per_step",
        ]

        @Test("`bench engine --json` prints one array, an object for each work", arguments: ["f32", "bf16"])
        func figures(precision: String) throws {
            let home = try Home()
            let result = try home.emolab(
                "bench", "engine", "--model", "nano", "--size", "32", "--batch", "2", "--precision", precision, "--threads", "1", "--runs",
                "2", "--json")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.lines.count == 1 && result.errors.contains("OpenBLAS") && result.errors.contains(precision))
            let figures = try result.lastJSON().array
            #expect(Set(figures.compactMap { $0["name"].string }) == ["dann-nano", "forward-nano"])
            for figure in figures {
                #expect(figure.keys == Self.keys, "\(figure.keys)")
                #expect(
                    figure["precision"].string == precision && figure["threads"].int == 1
                        && figure["shape"].string?.hasPrefix("batch 2,") == true)
                let (median, minimum) = (try #require(figure["median_ms"].double), try #require(figure["minimum_ms"].double))
                #expect(minimum > 0 && minimum <= median && figure["runs"].int ?? 0 >= 2)
                #expect(abs((figure["clips_per_s"].double ?? 0) * median / 2000 - 1) < 1e-6)
                #expect(
                    figure["peak_memory_mib"].double ?? 0 > 1 && figure["gflops"].double ?? 0 > 0 && figure["peak_share"].double ?? 0 > 0)
            }
        }

        @Test("Where Python or PyTorch is missing, a sentence says so and our figures come without theirs")
        func withoutPyTorch() throws {
            let home = try Home()
            let folder = try home.write("programs/torch_nano.py", "")
            for (python, words) in [("no-such-python", "cannot be started"), ("false", "has no PyTorch")] {
                let result = try home.emolab(
                    "bench", "engine", "--only", "dann-nano", "--size", "32", "--batch", "1", "--runs", "1", "--json", "--python", python,
                    "--reference",
                    (folder as NSString).deletingLastPathComponent)
                #expect(
                    result.status == 0 && result.errors.contains("no comparison: ") && result.errors.contains(words), "\(result.errors)")
                #expect(try result.lastJSON()[0].keys == Self.keys)
            }
            // In a folder of the home's, since what lies beside the home is not ours to know.
            try FileManager.default.createDirectory(at: home.file("inner"), withIntermediateDirectories: false)
            let line = "cd inner && exec '\(Program.path)' bench engine --only forward-nano --size 32 --runs 1 --json --compare"
            let nowhere = try RunningProgram(["-c", line], of: "sh", in: home).finish()
            #expect(nowhere.status == 0 && nowhere.errors.contains("--reference"), "\(nowhere.errors)")
        }

        @Test("A reference's figures stand beside ours, with the ratio of clips a second")
        func comparison() throws {
            let home = try Home()
            let folder = (try home.write("programs/torch_nano.py", "") as NSString).deletingLastPathComponent
            // Stands in for Python with PyTorch: says its version, or what the program would print.
            let python = try home.write(
                "python",
                "#!/bin/sh\ncase \"$1\" in\n-c) echo 9.9 ;;\n*) echo '{\"median_ms\": 500, \"clips_per_s\": 4, \"peak_mib\": 77}' ;;\nesac\n"
            )
            chmod(python, 0o700)
            let result = try home.emolab(
                "bench", "engine", "--only", "dann-nano", "--size", "32", "--batch", "2", "--runs", "2", "--json", "--python", python,
                "--reference", folder)
            #expect(result.status == 0 && result.errors.contains("PyTorch 9.9"), "\(result.errors)")
            let figure = try result.lastJSON()[0]
            #expect(figure["reference_clips_per_s"].double == 4 && figure["reference_median_ms"].double == 500)
            #expect(figure["reference_peak_memory_mib"].double == 77)
            #expect(abs((figure["ratio"].double ?? 0) * 4 / (figure["clips_per_s"].double ?? .nan) - 1) < 1e-9)
        }

        @Test(
            "A mistake ends with exit code 2 and what there is",
            arguments: [
                (["--only", "nothing"], "dann-base"), (["--runs", "0"], "1 to 10000"), (["--threads", "0"], "1 to 64"),
                (["--precision", "f64"], "bf16"),
                (["--only", "dann-nano", "--size", "33"], "multiple of the patch"), (["--model", "huge"], "nano"),
            ])
        func usage(arguments: [String], word: String) throws {
            let result = try RunningProgram(["bench", "engine"] + arguments, in: Home()).finish()
            #expect(result.status == 2 && result.errors.contains(word) && result.output == "", "\(result.errors)")
        }

        @Test(
            "`bench soak` trains, draws, orders and reads at once: every order is answered in its turn, no reader refused, and the run is saved at the end"
        )
        func soak() throws {
            let home = try Demo.homeWithCorpora()
            let result = try home.emolab("bench", "soak", "--minutes", "0.2", "--readers", "4", "--json")
            #expect(result.status == 0, "\(result.errors)")
            let report = try result.lastJSON()
            #expect(report["orders"].int ?? 0 > 0 && report["lost"].int == 0 && report["outOfTurn"].int == 0)
            #expect((report["applied"].int ?? 0) + (report["refused"].int ?? 0) >= report["orders"].int ?? .max)
            #expect(
                report["reads"].int ?? 0 > 0 && report["refusedReads"].int == 0 && report["keys"].int ?? 0 > 0
                    && report["screenBytes"].int ?? 0 > 0)
            #expect(report["steps"].int ?? 0 > 0 && report["ended"].array.isEmpty)
            #expect(try home.state(ofRun: 1) == "stopped")
        }

        @Test("A pinned OpenBLAS is warned of before any figure")
        func pinned() throws {
            let home = try Home()
            let result = try home.emolab(
                "bench", "engine", "--only", "forward-nano", "--size", "32", "--runs", "1", environment: ["OPENBLAS_CORETYPE": "Haswell"])
            #expect(result.errors.contains("OPENBLAS_CORETYPE=Haswell is set") && result.output.contains("forward-nano"))
        }
    }
}
