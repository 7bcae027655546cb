// `emolab doctor` on what holds the engine back.
import Foundation
import Testing

extension EndToEnd {
    @Suite(.serialized) struct DoctorTests {
        private static func findings(_ result: Program.Result) throws -> [String: JSON] {
            Dictionary(try result.lastJSON().array.map { ($0["what"].string ?? "", $0) }) { first, _ in first }
        }

        @Test("doctor names processor, libraries and threads, and measures both peaks unless told not to")
        func peaks() throws {
            let home = try Home()
            let found = try Self.findings(try home.emolab("doctor", "--json"))
            for name in [
                "processor", "features", "memory", "threads", "OpenBLAS", "OpenBLAS core", "oneDNN", "oneDNN instructions", "bf16",
            ] {
                #expect(found[name]?["is"].string?.isEmpty == false, "\(name)")
            }
            // Less than the machine has only where a control group says so.
            let memory = try #require(found["memory"]?["is"].string), size = try #require(Double(memory.split(separator: " ")[0]))
            let installed = Double(ProcessInfo.processInfo.physicalMemory) / 1_073_741_824
            #expect(memory.contains("limited by /") ? size < installed : abs(size - installed) < 0.1, "\(memory), \(installed)")
            for precision in ["f32", "bf16"] {
                let peak = try #require(found["peak \(precision)"]?["is"].string?.split(separator: " ").first.flatMap { Double($0) })
                #expect(peak > 0.1)
            }
            let quick = try Self.findings(try home.emolab("doctor", "--json", "--no-measure"))
            #expect(quick["peak f32"] == nil && quick["oneDNN"] != nil)
        }

        @Test(
            "What the environment holds back is a fault, named with the variable", arguments: ["OPENBLAS_CORETYPE", "ONEDNN_MAX_CPU_ISA"])
        func heldBack(variable: String) throws {
            let value = variable == "OPENBLAS_CORETYPE" ? "Haswell" : "SSE41"
            let result = try Home().emolab("doctor", "--json", "--no-measure", environment: [variable: value])
            let advice = try #require(
                try Self.findings(result)[variable == "OPENBLAS_CORETYPE" ? "OpenBLAS core" : "oneDNN instructions"]?["advice"].string)
            #expect(result.status == 1 && advice.contains("\(variable)=\(value)") && advice.contains("unset it"))
        }
    }
}
