import Corpora
import Foundation

/// A take as it is played: the face's muscles, the head and the gaze at every moment.
struct DemoPerformance: Sendable {
    /// One moment of the face.
    struct Pose: Sendable {
        var units = ActionUnits()
        /// 0 open, 1 shut.
        var blink = 0.0
        /// Radians.
        var yaw = 0.0, pitch = 0.0, roll = 0.0
        /// Half face heights.
        var x = 0.0, y = 0.0
        /// Where the eyes look, in shares of their room.
        var gazeX = 0.0, gazeY = 0.0
    }

    let duration: Double
    /// Seconds at which the expression is full.
    var apex: Double { onsetEnd + (offsetStart - onsetEnd) / 2 }

    private let voice: DemoVoice
    private let actor: DemoActor
    private let shift: DemoShift
    private let target: ActionUnits
    private let onset, onsetEnd, offsetStart, offset: Double
    /// What is left of the expression before the onset and after the offset.
    private let floor: Double
    private let wander: Double
    private let waves: [(frequency: Double, phase: Double)]
    private let blinks: [Double]
    private let headTarget: (yaw: Double, pitch: Double, roll: Double, y: Double)
    private let tremble: Double
    private let nod: Double

    init(_ take: DemoTake, actor: DemoActor, voice: DemoVoice) {
        var random = DemoRandom(take.seed, "\(take.name) face")
        let difficulty = take.corpus == .studio ? DemoDifficulty.studio : .crowd
        self.voice = voice
        self.actor = actor
        shift = take.shift
        duration = voice.duration
        onset = random.uniform(0.02, 0.12) * duration
        onsetEnd = onset + random.uniform(0.15, 0.45)
        offset = duration * random.uniform(0.93, 1.05)
        offsetStart = max(onsetEnd, offset - random.uniform(0.2, 0.6))
        floor = random.uniform(0.15, 0.45)
        wander = difficulty.wander
        waves = (0..<24).map { _ in (random.uniform(0.25, 1.3), random.uniform(0, 2 * .pi)) }

        var mixed = SIMD16<Float>.zero
        var head = (yaw: 0.0, pitch: 0.0, roll: 0.0, y: 0.0)
        var shaking = 0.0
        var nodding = 0.0
        for (emotion, share) in zip(DemoEmotion.allCases, take.face.shares) where share > 0 {
            let weight = share * take.face.strength
            mixed += ActionUnits.prototypes[emotion.rawValue].values * Float(weight)
            let motion = Self.headMotion(emotion)
            head.yaw += weight * motion.yaw * (random.chance(0.5) ? 1 : -1)
            head.pitch += weight * motion.pitch
            head.roll += weight * motion.roll * (random.chance(0.5) ? 1 : -1)
            head.y += weight * motion.y
            if emotion == .fearful { shaking += weight }
            if emotion == .angry || emotion == .happy { nodding += weight }
        }
        target = ActionUnits(mixed * actor.unitGains)
        headTarget = head
        tremble = shaking
        nod = nodding

        var times: [Double] = []
        var time = random.uniform(0.2, 2.5)
        while time < duration {
            times.append(time)
            time += random.uniform(1.2, 4)
        }
        blinks = times
    }

    func pose(at time: Double) -> Pose {
        var pose = Pose()
        let play =
            floor + (1 - floor) * Self.smooth((time - onset) / (onsetEnd - onset))
            * (1 - Self.smooth((time - offsetStart) / (offset - offsetStart + 0.01)))
        var units = ActionUnits(target.values * Float(play) + actor.restUnits.values)
        for i in 0..<15 { units.values[i] += Float(wander * wave(i, time)) }

        // Speech moves jaw and lips on top; an expression held in the lips damps it.
        let mouth = voice.mouth(at: time)
        units.jawDrop = max(0, units.jawDrop) * (1 - 0.6 * mouth.closed) + 0.62 * mouth.open * (1 - 0.35 * max(0, units.lipPress))
        units.lipStretch += 0.25 * mouth.wide
        units.lipRound = max(0, units.lipRound) + 0.6 * mouth.round
        units.lipPress = max(0, units.lipPress) * (1 - 0.8 * min(1, mouth.open * 1.6)) + 0.4 * mouth.closed
        pose.units = units

        for blink in blinks {
            let distance = abs(time - blink)
            if distance < 0.14 { pose.blink = max(pose.blink, 1 - distance / 0.14) }
        }
        pose.yaw = shift.yaw + play * headTarget.yaw + 0.035 * wave(16, time)
        pose.pitch = shift.pitch + play * headTarget.pitch + 0.025 * wave(17, time) + nod * 0.06 * mouth.open
        pose.roll = shift.roll + play * headTarget.roll + 0.02 * wave(18, time)
        pose.x = 0.018 * wave(19, time) + tremble * 0.008 * sin(2 * .pi * 9 * time)
        pose.y = 0.012 * wave(20, time) + play * headTarget.y
        pose.gazeX = -pose.yaw * 0.8 + 0.12 * wave(21, time)
        pose.gazeY = -pose.pitch * 0.6 + 0.06 * wave(22, time)
        return pose
    }

    /// How the head goes with an emotion at full play: down and aside in sadness, back in fear, forward in anger.
    private static func headMotion(_ emotion: DemoEmotion) -> (yaw: Double, pitch: Double, roll: Double, y: Double) {
        switch emotion {
        case .neutral, .calm: (0, 0, 0, 0)
        case .happy: (0.03, -0.03, 0.05, 0)
        case .sad: (0.05, 0.13, 0.05, 0.03)
        case .angry: (0.02, 0.08, 0.01, 0.01)
        case .fearful: (0.06, -0.05, 0.02, -0.02)
        case .disgust: (0.12, -0.04, 0.05, -0.01)
        case .surprised: (0.02, -0.09, 0.02, -0.03)
        }
    }

    /// Two slow waves of the stream `index`, in [-1, 1].
    private func wave(_ index: Int, _ time: Double) -> Double {
        let first = waves[index]
        let second = waves[(index + 7) % waves.count]
        return 0.6 * sin(2 * .pi * first.frequency * time + first.phase) + 0.4 * sin(3.7 * .pi * second.frequency * time + second.phase)
    }

    private static func smooth(_ value: Double) -> Double {
        let x = max(0, min(1, value))
        return x * x * (3 - 2 * x)
    }
}
