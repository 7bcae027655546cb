import Inputs
import Media

extension InputSettings {
    /// How clips are prepared for these inputs, where the detector's weights are at hand (`FacePreparation`).
    public var preparation: PreparationSettings {
        let mel = MelSettings(
            rate: sampleRate, fftLength: fftSize, windowLength: windowLength == 0 ? nil : windowLength, hopLength: hopLength,
            bands: melBands, minimumFrequency: 0, maximumFrequency: maximumFrequency)
        return PreparationSettings(
            sound: MelImageSettings(mel: mel, frames: melFrames, normalisation: normalise, cutsToSpeech: trimSilence),
            frames: frames, size: pictureSize, faces: faces.settings)
    }

    /// Takes over a preset's transform.
    package mutating func use(_ spectrum: Spectrum) {
        let preset = spectrum.settings
        self.spectrum = spectrum
        fftSize = preset.fftLength
        hopLength = preset.hopLength
        windowLength = preset.windowLength ?? 0
        melBands = preset.bands
    }
}

extension InputSettings.Spectrum {
    package var settings: MelSettings {
        switch self {
        case .printed: .printed
        case .fine: .fine
        case .emocatcher: .emoCatcher
        }
    }
}
