// Frames of a film by the time at which they are on screen.
import CFFmpeg
import Foundation

struct TimeSampler {
    private let url: URL
    private let threads: Int

    init(_ url: URL, threads: Int) {
        self.url = url
        self.threads = threads
    }

    func pictures(at times: [Double]) throws -> [Picture] {
        if let odd = times.first(where: { !($0 >= 0) || $0.isInfinite }) {
            throw MediaError.invalidRequest(file: url.path, what: "there is no picture at \(odd) s")
        }
        guard let first = times.min() else { return [] }
        for place in FilmSampler.stepsBack.map({ first - $0 }) where place > 0 {
            if let pictures = try? pictures(at: times, from: place) { return pictures }
        }
        guard let pictures = try pictures(at: times, from: nil) else { throw MediaError.damaged(file: url.path, what: "it cannot be read") }
        return pictures
    }

    /// Nil where the container went to a place behind the first frame wanted.
    private func pictures(at times: [Double], from place: Double?) throws -> [Picture]? {
        let input = try InputFile(url)
        let reader = try StreamReader(input: input, stream: input.videoStream(), threads: threads)
        let converter = PictureConverter(input)
        if let place, input.isStill || !reader.seek(to: place) { return nil }
        let order = times.indices.sorted { times[$0] < times[$1] }
        var pictures = [Picture?](repeating: nil, count: times.count)
        var next = 0
        var shownUntil = 0.0
        let onScreen = try Frame()
        /// Gives the picture on screen to all times before `end`.
        func answer(before end: Double) throws {
            guard next < order.count, times[order[next]] < end - FilmSampler.tolerance else { return }
            let picture = try converter.picture(onScreen.pointer, stream: reader.stream)
            while next < order.count, times[order[next]] < end - FilmSampler.tolerance {
                pictures[order[next]] = picture
                next += 1
            }
        }
        while next < order.count, try reader.next() {
            let time = reader.seconds
            if reader.frames == 1 {
                if place != nil, time > times[order[0]] + FilmSampler.tolerance { return nil }
            } else {
                try answer(before: time)
            }
            shownUntil = time + reader.frameSeconds
            av_frame_unref(onScreen.pointer)
            av_frame_move_ref(onScreen.pointer, reader.frame.pointer)
        }
        if next < order.count {
            try reader.checkCompleteness(until: times[order[order.count - 1]])
            // A still is on screen for ever.
            try answer(before: input.isStill ? .infinity : shownUntil + 2 * FilmSampler.tolerance)
        }
        if next < order.count {
            throw MediaError.invalidRequest(
                file: url.path,
                what: "a picture at \(decimal(times[order[next]])) s was asked for, the last one is shown until \(decimal(shownUntil)) s")
        }
        return pictures.compactMap { $0 }
    }
}
