import Foundation

/// What the room and the microphone add to a voice: echo, hum, noise, narrow band, gain, clipping.
enum DemoMicrophone {
    static func record(_ voice: DemoVoice, _ shift: DemoShift, seed: UInt64, name: String) -> [Float] {
        var random = DemoRandom(seed, "\(name) room")
        let rate = Double(voice.speech.rate)
        var samples = voice.speech.samples
        if shift.echoShare > 0 { echo(&samples, rate: rate, time: shift.echoTime, share: Float(shift.echoShare), &random) }
        if shift.bandwidth < rate / 2 { band(&samples, rate: rate, edge: shift.bandwidth) }
        let phase = random.uniform(0, 2 * .pi)
        let step = 2 * Double.pi * shift.humFrequency / rate
        for i in samples.indices {
            var sample = Double(samples[i])
            if shift.hum > 0 {
                let angle = phase + step * Double(i)
                sample += shift.hum * (sin(angle) + 0.5 * sin(2 * angle) + 0.3 * sin(3 * angle) + 0.15 * sin(5 * angle))
            }
            sample = (sample + shift.noise * random.normal()) * shift.gain
            samples[i] = Float(max(-shift.clipping, min(shift.clipping, sample)))
        }
        return samples
    }

    /// Schroeder's reverberator (1962): four feedback combs and two all-passes, with delays of a small room.
    private static func echo(_ samples: inout [Float], rate: Double, time: Double, share: Float, _ random: inout DemoRandom) {
        var wet = [Float](repeating: 0, count: samples.count)
        for delay in [0.0297, 0.0371, 0.0411, 0.0437] {
            let length = Int(delay * random.uniform(0.6, 1.1) * rate)
            let feedback = Float(pow(10, -3 * Double(length) / rate / time))
            var line = [Float](repeating: 0, count: length)
            var place = 0
            for i in samples.indices {
                let out = line[place]
                line[place] = samples[i] + feedback * out
                place = place + 1 == length ? 0 : place + 1
                wet[i] += out * 0.25
            }
        }
        for delay in [0.005, 0.0017] {
            let length = Int(delay * rate)
            var line = [Float](repeating: 0, count: length)
            var place = 0
            for i in wet.indices {
                let out = line[place] - 0.7 * wet[i]
                line[place] = wet[i] + 0.7 * out
                place = place + 1 == length ? 0 : place + 1
                wet[i] = out
            }
        }
        for i in samples.indices { samples[i] = samples[i] * (1 - share * 0.5) + wet[i] * share * 1.6 }
    }

    /// Two one-pole low-passes at `edge` Hz, and one high-pass at 120 Hz as small microphones have.
    private static func band(_ samples: inout [Float], rate: Double, edge: Double) {
        let low = Float(1 - exp(-2 * Double.pi * edge / rate))
        let high = Float(1 - exp(-2 * Double.pi * 120 / rate))
        var first: Float = 0
        var second: Float = 0
        var drift: Float = 0
        for i in samples.indices {
            first += low * (samples[i] - first)
            second += low * (first - second)
            drift += high * (second - drift)
            samples[i] = second - drift
        }
    }
}
