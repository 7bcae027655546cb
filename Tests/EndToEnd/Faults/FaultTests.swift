// Every call to a file or the store fails once in turn: the program ends with words or does without, and loses nothing that it called saved.
// Some calls in `make test`; each of them with each error under `make faults`, which prints what came of it.
import Foundation
import Runs
import Testing

extension EndToEnd {
    @Suite(.serialized) struct FaultTests {
        private static let codes = [ENOSPC, EIO, EINTR, EACCES]

        private enum Fate: Hashable, Sendable {
            case notReached
            case ended(status: Int32, Aftermath.Outcome)
        }

        @Test(
            "A run whose file calls fail, one in turn, ends with a message or does without; then it is whole, or goes on to the same bits")
        func training() throws {
            let ground = try FaultLab.ground()
            let faults = Self.faults(FaultLab.chosen(ground.calls))
            let results = FaultLab.inLanes(faults.count) { try Self.trial(faults[$0], ground) }
            var fates: [Fate: Int] = [:]
            for (fault, result) in zip(faults, results) {
                switch result {
                case .success(let fate): fates[fate, default: 0] += 1
                case .failure(let failure): Issue.record("\(fault): \(failure)")
                }
            }
            let met = fates.filter { $0.key != .notReached }.values.reduce(0, +)
            print("faults: \(ground.calls.count) calls, \(faults.count) faults tried, \(met) met and survived: \(Self.words(fates))")
            #expect(met > faults.count / 2, "faults that are not met test nothing")
        }

        @Test(
            "A disk that is full from some call on, or a share of it, ends no run that could go on, says which of the two, and what is there stays whole"
        )
        func fullDisk() throws {
            let ground = try FaultLab.ground()
            let growing = ground.calls.filter { ["write", "pwrite", "mkdir", "open", "sendfile"].contains($0.name) }.count
            let places = FaultLab.sample(FaultLab.tried ?? 4, of: Array(1...growing), seed: growing)
            let faults = places.flatMap { [Fault.fullDisk(ENOSPC, from: $0), .fullDisk(EDQUOT, from: $0)] }
            let results = FaultLab.inLanes(faults.count) { try Self.trial(faults[$0], ground) }
            for (fault, result) in zip(faults, results) {
                if case .failure(let failure) = result { Issue.record("\(fault): \(failure)") }
            }
        }

        /// Every call with every error, or one of each kind of call and file with one error.
        private static func faults(_ calls: [FaultPage.Call]) -> [Fault] {
            let halves = calls.filter { ["read", "pread", "write", "pwrite"].contains($0.name) }
            let all = calls.flatMap { call in codes.map { Fault.error($0, at: call.number) } } + halves.map { .short(at: $0.number) }
            if let count = FaultLab.tried { return FaultLab.sample(count, of: all, seed: calls.count) }
            return FaultLab.kinds(of: calls, 20).enumerated().map { .error(codes[$0 % codes.count], at: $1.number) }
        }

        private static func trial(_ fault: Fault, _ ground: FaultLab.Ground) throws -> Fate {
            let home = try FaultLab.copy(of: ground.home)
            let page = try FaultPage(fault, in: home)
            let program = try RunningProgram(FaultLab.trainArguments, in: home, environment: page.environment())
            if case .fullDisk = fault { stopWaiting(program) }
            let result = try program.finish()
            guard try page.injected() > 0 else { return .notReached }
            let call = try struck(fault, page)
            do {
                if case .fullDisk(EDQUOT, _) = fault, result.status != 0 {
                    guard ["your share of that disk", "quota exceeded"].contains(where: (result.output + result.errors).contains) else {
                        throw Program.Failure(description: "nothing said of the quota")
                    }
                }
                let isOutput = ["output-", "errors-"].contains { call.hasPrefix("write " + $0) }
                try Aftermath.check(result, unless: isOutput)
                let isDone = result.status == 0 && result.output.contains(#""event":"finished""#)
                let outcome = try Aftermath.check(home, of: ground, saidDone: isDone)
                if FaultLab.tried != nil, result.status != 0 {
                    print("told: \(fault), \(call): \((result.errors + (result.lines.last ?? "")).suffix(260))")
                }
                return .ended(status: result.status, outcome)
            } catch let failure as Program.Failure {
                throw Program.Failure(
                    description: "\(call): \(failure.description) [status \(result.status), errors: \(result.errors.suffix(200))]")
            }
        }

        /// A run that cannot be saved waits for room; whoever started it sees that there will be none.
        private static func stopWaiting(_ program: RunningProgram) {
            for _ in 0..<3 {
                for _ in 0..<400 where program.status == nil { usleep(10_000) }
                if program.status == nil { program.send(SIGTERM) }
            }
        }

        /// The call that was met, in words.
        private static func struck(_ fault: Fault, _ page: FaultPage) throws -> String {
            let number =
                switch fault {
                case .error(_, let call), .short(let call), .fullDisk(_, let call), .killBefore(let call), .killAfter(let call): call
                }
            return try page.calls().first { $0.number == number }.map { "\($0.name) \($0.path)" } ?? "?"
        }

        private static func words(_ fates: [Fate: Int]) -> String {
            fates.map { fate, count in
                switch fate {
                case .notReached: "\(count) not reached"
                case .ended(let status, let outcome): "\(count) ended with \(status), \(outcome.rawValue)"
                }
            }.sorted().joined(separator: "; ")
        }
    }
}
