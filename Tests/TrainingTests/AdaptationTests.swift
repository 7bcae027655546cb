// Methods of adaptation: what they read, what they minimise, and what an experiment may ask of them.
import Base
import Foundation
import Networks
import Records
import TensorFiles
import Tensors
import Testing

@testable import Metrics
@testable import Training

@Suite("Adaptation")
struct AdaptationTests {
    static let labelFree = AdaptationSettings.Method.allCases.filter { $0 != .supervised }

    /// The smallest experiment of a method, as a file that names nothing else would have it.
    static func experiment(_ method: AdaptationSettings.Method) -> Experiment {
        var experiment = Synthetic.experiment()
        experiment.adaptation.method = method
        if method.comparesWithinBatch { experiment.adaptation.batches = .joint }
        experiment.adaptation.alpha = AlphaSchedule(kind: .constant, maximum: 0.5)
        return experiment
    }

    /// The target's training labels shuffled among its clips.
    static func shuffled() throws -> RunData {
        var data = Synthetic.data()
        let feed = data.targetTraining
        var stream = RandomStream(seed: 5, name: "labels")
        let labels = stream.shuffled(feed.items.map(\.label))
        data.targetTraining = ClipsInMemory(
            try feed.items.indices.map { index in
                var item = feed.items[index]
                item.label = labels[index]
                return (item, try feed.load(index))
            })
        return data
    }

    @Test(
        "Shuffling the target's labels changes no bit of what a run computes, unless it is supervised",
        arguments: AdaptationSettings.Method.allCases)
    func targetLabels(method: AdaptationSettings.Method) throws {
        var experiment = Self.experiment(method)
        experiment.adaptation.entropyWeighting = method == .cdan
        func run(_ data: RunData) throws -> (
            trace: [[Double?]], weights: [String: [Float]], epochs: [PartScores?], messages: [String], plan: RunPlan?
        ) {
            try Synthetic.inFolder { folder in
                let (_, events) = try Synthetic.run(experiment, data: data, in: folder)
                let best = try Safetensors(contentsOf: folder.appendingPathComponent("best.safetensors"))
                let weights = Dictionary(uniqueKeysWithValues: best.entries.keys.map { ($0, best[$0]!.values) })
                return (events.trace, weights, events.epochs.map(\.target), events.messages, events.plans.first)
            }
        }
        let right = try run(Synthetic.data()), wrong = try run(try Self.shuffled())
        let isSame = right.trace == wrong.trace && right.weights == wrong.weights && right.epochs == wrong.epochs
        #expect(isSame == (method != .supervised))
        #expect(right.messages.contains { $0.contains("oracle") } == (method == .supervised))
        #expect((right.plan?.targetLabelUse != nil) == (method == .supervised))
    }

    @Test("A label is shown of source clips, and of target clips to the supervised run alone")
    func masking() {
        let items = [3, 1, 2].map { ClipItem(name: "", speaker: "", label: $0) }
        let batch = TrainingBatch(input: NetworkInput(), items: items, domains: [.target, .source, .target])
        #expect(LabelAccess.source.labels(of: batch) == [-1, 1, -1])
        #expect(LabelAccess.both.labels(of: batch) == [3, 1, 2])
    }

    @Test("Every use of target labels is named, also where several come together")
    func named() {
        var experiment = Synthetic.experiment()
        #expect(experiment.targetLabelUse == nil)
        experiment.adaptation.method = .supervised
        experiment.training.selection = .oracle
        experiment.adaptation.subset = .stratified
        let use = experiment.targetLabelUse ?? ""
        #expect(use.hasPrefix("oracle") && use.contains("learns") && use.contains("checkpoint") && use.contains("class"))
        experiment.data.target = ""
        experiment.training.selection = .source
        #expect(experiment.targetLabelUse == nil)
    }

    @Test("Supervised learns the target: its loss falls below that of the source alone", arguments: AdaptationSettings.Batches.allCases)
    func supervised(batches: AdaptationSettings.Batches) throws {
        func target(_ method: AdaptationSettings.Method) throws -> Double {
            var experiment = Self.experiment(method)
            experiment.adaptation.batches = batches
            experiment.training.epochs = 6
            let (_, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
            if method == .supervised {
                let steps = events.steps
                #expect(
                    steps.allSatisfy {
                        $0.values.classLoss != nil && $0.values.classAccuracy != nil && $0.values.domainLoss == nil
                            && $0.values.alpha == nil
                    })
                #expect(steps.contains { $0.domain == .target } == (batches == .alternating))
            }
            return try #require(events.epochs.last?.target?.loss)
        }
        #expect(try target(.supervised) < target(.none))
    }

    @Test(
        "Stopped and resumed, a run of every method computes the bits of one that never stopped",
        arguments: AdaptationSettings.Method.allCases)
    func resumes(method: AdaptationSettings.Method) throws {
        var experiment = Self.experiment(method)
        experiment.training.sampling = .balanced
        let (_, whole) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        try Synthetic.inFolder { folder in
            let (_, first) = try Synthetic.run(experiment, orders: ScriptedOrders([5: [.stop]]), in: folder)
            let (end, second) = try Synthetic.run(experiment, in: folder, resuming: true)
            #expect(end == .finished && (first + second).trace == whole.trace)
        }
    }

    @Test("Following its gradient, a distance brings two clouds of features together", arguments: [AdaptationSettings.Method.coral, .mmd])
    func comparing(method: AdaptationSettings.Method) throws {
        var experiment = Self.experiment(method)
        experiment.adaptation.weight = 2
        let objective = try Learner(experiment, classes: 3).objective
        var stream = RandomStream(seed: 6, name: "clouds")
        let logits = stream.normal([24, 3]), source = stream.normal([12, 32])
        // Elsewhere and wider.
        var target = stream.normal([12, 32], mean: 1, deviation: 2)
        let domains = Array(repeating: Domain.source, count: 12) + Array(repeating: Domain.target, count: 12)
        var distances: [Double] = []
        for _ in 0..<60 {
            let tape = Tape(), watched = tape.watch(target)
            let output = NetworkOutput(
                logits: logits, embeddings: ["fused": Tensor.concatenated([source, watched], axis: 0)], attention: [:])
            let terms = objective.loss(output, domains: domains, labels: Array(repeating: -1, count: 24), alpha: 0.5, Context(tape: tape))
            let distance = try #require(terms[SeriesName.domain])
            #expect(terms.domainLogits == nil && terms.total.item == distance.item, "lambda 2 times alpha 0.5")
            distances.append(Double(distance.item))
            tape.backward(terms.total)
            let slope = try #require(tape.gradient(of: watched)), norm = slope.square().sum().item.squareRoot()
            target = target - slope * (1 / norm)
        }
        let (first, last) = (distances[0], distances.min() ?? .nan)
        #expect(last < 0.5 * first, "\(first) at first, \(last) at best")
    }

    @Test("Alpha and lambda are the strength on the features of every method; discriminators learn at full strength whatever alpha is")
    func strength() throws {
        for method in AdaptationSettings.Method.allCases where method.aligns {
            /// Norms of one step's gradient of the features and of the discriminators.
            func norms(alpha: Double, lambda: Double) throws -> (features: Float, discriminators: Float) {
                var experiment = Self.experiment(method)
                experiment.model.fusion.discriminatorDropout = 0
                experiment.adaptation.weight = lambda
                let learner = try Learner(experiment, classes: 4), tape = Tape(), context = Context(tape: tape)
                var stream = RandomStream(seed: 1, name: "features")
                let features = tape.watch(stream.normal([8, 32])), logits = stream.normal([8, 4])
                let output = NetworkOutput(logits: logits, embeddings: ["fused": features], attention: [:])
                let domains: [Domain] = (0..<8).map { $0 < 4 ? .source : .target }
                let terms = learner.objective.loss(output, domains: domains, labels: Array(repeating: -1, count: 8), alpha: alpha, context)
                tape.backward(terms.total)
                let own = learner.store.parameters.filter { $0.name.hasPrefix("discriminator") }
                return ((tape.gradient(of: features)?.square().sum().item ?? 0).squareRoot(), GradientClipping.norm(of: own))
            }
            let one = try norms(alpha: 0.5, lambda: 1)
            #expect(one.features > 0)
            for (alpha, lambda, factor) in [(0.25, 1.0, Float(0.5)), (0.5, 3.0, 3), (0.0, 1.0, 0)] {
                let other = try norms(alpha: alpha, lambda: lambda)
                #expect(abs(other.features - factor * one.features) <= 1e-4 * one.features, "\(method) \(alpha) \(lambda)")
                #expect(
                    abs(other.discriminators - Float(lambda) * one.discriminators) <= 1e-4 * Float(lambda) * one.discriminators,
                    "\(method) \(alpha) \(lambda)")
            }
            #expect((one.discriminators > 0) == (method == .dann || method == .cdan))
        }
    }

    @Test("A limit on the gradient's norm holds for the network, and leaves what discriminators learn as it is")
    func clipping() throws {
        func learned(_ limit: Double) throws -> (discriminators: [Float], network: Double, told: Double) {
            var experiment = Self.experiment(.dann)
            (experiment.optimiser.method, experiment.optimiser.momentum, experiment.optimiser.weightDecay) = (.sgd, 0, 0)
            experiment.optimiser.clipNorm = limit
            let learner = try Learner(experiment, classes: 4), feed = Synthetic.feed(8, .source, "clipping"),
                before = learner.store.values()
            let batch = try Batcher(inputs: experiment.inputs, model: experiment.model, preparation: Synthetic.preparation).assemble(
                feed.items.indices.map { (feed.items[$0], .source, feed.load($0)) })
            let told = try learner.step(batch, alpha: 0.5, rate: 0.1, dropout: RandomStream(seed: 1, name: "dropout")).values.gradientNorm
            var discriminators: [Float] = [], network = 0.0
            for (name, value) in learner.store.values().sorted(by: { $0.key < $1.key }) {
                let moved = value - before[name]!
                if name.hasPrefix("discriminator") { discriminators += moved.values } else { network += Double(moved.square().sum().item) }
            }
            return (discriminators, network.squareRoot(), told)
        }
        let free = try learned(0), limited = try learned(0.01)
        #expect(free.network > 0.02 && abs(limited.network - 0.1 * 0.01) < 1e-5, "the rate times the limit, not \(limited.network)")
        #expect(free.discriminators.contains { $0 != 0 } && free.discriminators == limited.discriminators, "to the bit")
        // What is told is the norm that is held against the limit: the network's, before the cut.
        #expect(limited.told == free.told && abs(free.told * 0.1 - free.network) < 1e-5, "\(free.told) told, \(free.network / 0.1) taken")
    }

    @Test("Several places add up, each with its weight; a weight of 0 leaves a place out of what features learn")
    func places() throws {
        for method in AdaptationSettings.Method.allCases where method.aligns {
            func loss(_ places: [String], _ weights: [Double]) throws -> Double {
                var experiment = Self.experiment(method)
                experiment.adaptation.batches = .joint
                experiment.training.epochs = 1
                (experiment.adaptation.discriminators, experiment.adaptation.discriminatorWeights) = (places, weights)
                let (_, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
                return try #require(events.steps[0].values.domainLoss)
            }
            let audio = try loss(["audio"], [1]), fused = try loss(["fused"], [1])
            let both = try loss(["audio", "fused"], [0.5, 2])
            // Dropout inside discriminators is drawn in order of places, hence the tolerance for those.
            let tolerance = method == .dann || method == .cdan ? 0.15 : 1e-5
            #expect(abs(both - (0.5 * audio + 2 * fused)) < tolerance * abs(both), "\(method)")
            #expect(abs(try loss(["audio", "fused"], [3]) - 3 * (audio + fused)) < tolerance * 3 * (audio + fused), "\(method)")
        }
    }

    @Test("A batch without both domains has no distance, so that alternating steps would teach nothing")
    func oneDomain() throws {
        var stream = RandomStream(seed: 1, name: "features")
        let output = NetworkOutput(logits: stream.normal([4, 3]), embeddings: ["fused": stream.normal([4, 6])], attention: [:])
        let place = AlignmentPlace(name: "fused", width: 6, weight: 1), context = Context()
        let sources = Array(repeating: Domain.source, count: 4), mixed: [Domain] = [.source, .source, .source, .target]
        #expect(CorrelationAlignment(places: [place]).term(output, domains: sources, alpha: 1, context) == nil)
        #expect(CorrelationAlignment(places: [place]).term(output, domains: mixed, alpha: 1, context) == nil)
        #expect(DiscrepancyAlignment(places: [place]).term(output, domains: sources, alpha: 1, context) == nil)
        #expect(DiscrepancyAlignment(places: [place]).term(output, domains: mixed, alpha: 1, context) != nil)
    }

    @Test(
        "The multilinear map is the outer product; a long one is approximated at random, the same for the same seed, stored and not trained"
    )
    func multilinear() throws {
        var stream = RandomStream(seed: 3, name: "map")
        let features = stream.normal([2, 3]), probabilities = stream.normal([2, 2]).softmax()
        let exact = MultilinearMap(features: 3, classes: 2, at: ParameterStore(seed: 1).root)
        var expected: [Float] = []
        for row in 0..<2 {
            for c in 0..<2 {
                for feature in 0..<3 { expected.append(probabilities.values[row * 2 + c] * features.values[row * 3 + feature]) }
            }
        }
        #expect(exact(features, probabilities).values == expected && exact.width == 6)

        func long(seed: UInt64) -> (map: MultilinearMap, store: ParameterStore) {
            let store = ParameterStore(seed: seed)
            return (MultilinearMap(features: 700, classes: 6, at: store.root["map"]), store)
        }
        let (map, store) = long(seed: 1)
        #expect(map.width == 1024 && store.trainableCount == 0 && store.parameters.map(\.name) == ["map.features", "map.classes"])
        let f = stream.normal([6, 700], deviation: 0.1), g = stream.normal([6, 6]).softmax()
        let mapped = map(f, g)
        #expect(long(seed: 1).map(f, g).values == mapped.values && long(seed: 2).map(f, g).values != mapped.values)
        // Inner products of the map approximate those of the outer products: <f, f'> <g, g'>.
        let approximate = mapped.matmul(mapped, transposeB: true).values
        let products = (f.matmul(f, transposeB: true) * g.matmul(g, transposeB: true)).values
        let scale = products.map(abs).max()!
        for (a, b) in zip(approximate, products) { #expect(abs(a - b) < 0.25 * scale) }
    }

    @Test("CDAN+E weighs certain clips more, and either domain as much as the other")
    func entropyWeighting() throws {
        var stream = RandomStream(seed: 4, name: "entropy")
        let features = stream.normal([6, 32])
        func loss(_ sharpness: [Float], weighs: Bool) throws -> Double {
            var experiment = Self.experiment(.cdan)
            experiment.adaptation.entropyWeighting = weighs
            experiment.model.fusion.discriminatorDropout = 0
            let objective = try Learner(experiment, classes: 2).objective
            let logits = Tensor(sharpness.flatMap { [$0, -$0] }, shape: [6, 2])
            let output = NetworkOutput(logits: logits, embeddings: ["fused": features], attention: [:])
            let domains: [Domain] = [.source, .source, .source, .source, .target, .target]
            return Double(objective.loss(output, domains: domains, labels: Array(repeating: -1, count: 6), alpha: 1, Context()).total.item)
        }
        // All equally unsure: weights differ by domain only, 1/8 of each source clip and 1/4 of each target clip.
        #expect(try loss([0, 0, 0, 0, 0, 0], weighs: true) != loss([0, 0, 0, 0, 0, 0], weighs: false))
        #expect(try loss([5, 0, 0, 0, 0, 0], weighs: true) != loss([0, 0, 0, 0, 0, 0], weighs: true))
    }

    // MARK: Experiments

    @Test("Methods that compare within a batch have joint batches unless told, and say why others do not go")
    func jointByDefault() throws {
        for method in ["coral", "mmd"] {
            let experiment = try Experiment.parse("[adaptation]\nmethod = \"\(method)\"\n")
            #expect(experiment.adaptation.batches == .joint)
            #expect(try Experiment.parse(experiment.toml()) == experiment)
            #expect(try Experiment.parse("", overrides: ["adaptation.method=\(method)"]).adaptation.batches == .joint)
            #expect {
                try Experiment.parse("[adaptation]\nmethod = \"\(method)\"\nbatches = \"alternating\"\n")
            } throws: { "\($0)".contains("line 3") && "\($0)".contains("joint, since \(method) compares") }
            #expect { try Experiment.parse("[adaptation]\nmethod = \"\(method)\"\n[training]\nbatch = 2\n") } throws: {
                "\($0)".contains("4 or more")
            }
        }
        for method in ["dann", "cdan", "none", "supervised"] {
            #expect(try Experiment.parse("[adaptation]\nmethod = \"\(method)\"\n").adaptation.batches == .alternating)
        }
    }

    @Test("Weights of places and entropy weighting are checked before a run")
    func checked() throws {
        let two = "[adaptation]\ndiscriminators = [\"fused\", \"audio\"]\n"
        #expect(try Experiment.parse(two + "discriminator_weights = [1, 0.5]\n").adaptation.placeWeights == [1, 0.5])
        #expect(try Experiment.parse(two + "discriminator_weights = [2]\n").adaptation.placeWeights == [2, 2])
        #expect(try Experiment.parse(two).adaptation.placeWeights == [1, 1])
        for wrong in [
            "discriminator_weights = [1, 2, 3]", "discriminator_weights = [-1.0, 1.0]", "discriminator_weights = []",
            "entropy_weighting = true",
        ] {
            #expect(throws: ExperimentError.self, "\(wrong)") { try Experiment.parse(two + wrong + "\n") }
        }
        #expect(try Experiment.parse("[adaptation]\nmethod = \"cdan\"\nentropy_weighting = true\n").adaptation.entropyWeighting)
        #expect(
            throws: ExperimentError.wrongType(key: "adaptation.discriminator_weights", line: 3, expected: "a number", found: "a string")
        ) {
            try Experiment.parse(two + "discriminator_weights = [\"much\", 1.0]\n")
        }
    }

    @Test("Where there is nothing for alpha to act on, the planned curve is 0")
    func plannedAlpha() throws {
        for method in AdaptationSettings.Method.allCases {
            let experiment = try Experiment.parse("[adaptation]\nmethod = \"\(method.rawValue)\"\n")
            #expect((experiment.alpha.kind == .off) == !method.aligns, "\(method)")
        }
    }
}

@Suite("Balanced sampling")
struct BalancedSamplingTests {
    /// 12, 3 and 5 clips of three classes, mixed.
    static let labels = (0..<20).map { $0 % 4 == 1 ? 2 : $0 % 7 == 0 ? 1 : 0 }

    static func planner(_ batches: AdaptationSettings.Batches = .alternating, targets: Int = 0, seed: UInt64 = 1) -> EpochPlanner {
        EpochPlanner(sourceLabels: labels, targetClips: targets, batch: 6, batches: batches, sampling: .balanced, seed: seed)
    }

    @Test("Every class has the same share of an epoch, of a batch up to one clip, and of a run")
    func shares() {
        let planner = Self.planner()
        var counts = [0, 0, 0], total = 0
        for epoch in 1...9 {
            let plan = planner.plan(epoch: epoch)
            #expect(plan.count == planner.steps && plan.flatMap(\.source).count == 20)
            for batch in plan.dropLast() {
                let classes = (0..<3).map { c in batch.source.count { Self.labels[$0] == c } }
                #expect(classes.max()! - classes.min()! <= 2)
            }
            for clip in plan.flatMap(\.source) { counts[Self.labels[clip]] += 1 }
            total += 20
        }
        #expect(total == 180 && counts == [60, 60, 60])
    }

    @Test("No clip comes again before all of its class have come, over the borders of epochs too")
    func passes() {
        let planner = Self.planner()
        for label in 0..<3 {
            let members = Self.labels.indices.filter { Self.labels[$0] == label }
            let seen = (1...9).flatMap { planner.plan(epoch: $0) }.flatMap(\.source).filter { Self.labels[$0] == label }
            for pass in 0..<seen.count / members.count {
                #expect(seen[pass * members.count..<(pass + 1) * members.count].sorted() == members)
            }
        }
    }

    @Test(
        "Orders hang on seed and epoch alone, and the target is gone through as in plain sampling",
        arguments: AdaptationSettings.Batches.allCases)
    func determined(batches: AdaptationSettings.Batches) {
        let planner = Self.planner(batches, targets: 7)
        #expect(planner.plan(epoch: 4) == Self.planner(batches, targets: 7).plan(epoch: 4))
        #expect(planner.plan(epoch: 4) != planner.plan(epoch: 5))
        #expect(planner.plan(epoch: 4) != Self.planner(batches, targets: 7, seed: 2).plan(epoch: 4))
        let plain = EpochPlanner(sourceLabels: Self.labels, targetClips: 7, batch: 6, batches: batches, seed: 1)
        #expect(planner.plan(epoch: 4).map(\.target) == plain.plan(epoch: 4).map(\.target))
        #expect(planner.steps == plain.steps && planner.plan(epoch: 4).map(\.source.count) == plain.plan(epoch: 4).map(\.source.count))
    }

    @Test("A class without clips takes no turn, and one class alone is shuffled as a whole")
    func degenerate() {
        let gap = EpochPlanner(sourceLabels: [0, 5, 0, 5], targetClips: 0, batch: 4, batches: .alternating, sampling: .balanced, seed: 1)
        #expect(gap.plan(epoch: 1).flatMap(\.source).sorted() == [0, 1, 2, 3])
        let one = EpochPlanner(sourceLabels: [2, 2, 2], targetClips: 0, batch: 2, batches: .alternating, sampling: .balanced, seed: 1)
        #expect(one.plan(epoch: 3).flatMap(\.source).sorted() == [0, 1, 2])
    }

    @Test("An experiment asks for it by name, and a run with it trains and is another")
    func experiment() throws {
        #expect(try Experiment.parse("[training]\nsampling = \"balanced\"\n").training.sampling == .balanced)
        #expect(throws: ExperimentError.self) { try Experiment.parse("[training]\nsampling = \"balancd\"\n") }
        var experiment = Synthetic.experiment()
        let (_, plain) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        experiment.training.sampling = .balanced
        let (outcome, balanced) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        #expect(outcome == .finished && balanced.steps.count == plain.steps.count && balanced.trace != plain.trace)
    }
}
