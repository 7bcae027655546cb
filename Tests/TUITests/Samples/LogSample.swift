// Messages of a run, of libraries and of the system.
import Records

@testable import TUI

extension Sample {
    static func log() -> LogView {
        var view = LogView()
        view.isLoaded = true
        view.run = 42
        view.version = 1
        let texts: [(MessageLevel, String)] = [
            (.info, "child of run 37: lora.rank 4 → 8, augmentation.enabled false → true"), (.info, "60 epochs of 288 steps"),
            (
                .warning,
                "faces are centred squares: the weights of MTCNN are not there; scripts/fetch-mtcnn gets them, and what was prepared until then is kept apart from what is prepared with them, so that no clip is used in both ways"
            ),
            (.info, "best of epoch 1: best.safetensors"), (.info, "alpha.maximum 0.099 → 0.05"),
            (.warning, "refused: 'adaptation.alpha.maximum' is -1.0, but must be 0 or more"), (.debug, "[mjpeg @ 0x55] overread 8"),
            (.error, "step 1 998: the class loss is not a number"),
        ]
        for (index, (level, text)) in texts.enumerated() {
            let origin: LogView.Origin = level == .debug ? .libav : index == 2 ? .system : .run(42)
            view.entries.append(
                LogView.Entry(
                    id: "e\(index)", time: 1_700_000_000 + Double(index) * 61, level: level, origin: origin,
                    step: index > 2 ? index * 288 : nil, text: text))
        }
        return view
    }
}
