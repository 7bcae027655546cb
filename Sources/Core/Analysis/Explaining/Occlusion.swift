// Occlusion sensitivity (Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014): what the model's answer loses when a part
// of the clip is taken away. Attention says where a network looks; this says what its answer hangs on.
import Base
import Inputs

/// Makes copies of a prepared clip that lack something. What stands in is the mean, which says nothing and is what the network meets in training where
/// SpecAugment masks.
struct Occlusion {
    let clip: PreparedClip
    /// Side of a patch in px.
    let patch: Int

    /// Patches in a row and in a column.
    var side: Int { clip.size / max(1, patch) }

    /// Columns of the sound, counted from the first that is no padding, set to the normalised spectrogram's mean, 0.
    func withoutSound(_ frames: Range<Int>) -> PreparedClip {
        var copy = clip
        for band in 0..<clip.melBands {
            for frame in frames { copy.mel[band * clip.melFrames + clip.firstSoundFrame + frame] = 0 }
        }
        return copy
    }

    /// A frame replaced by the one before it, the first by the second.
    func withoutFrame(_ frame: Int) -> PreparedClip {
        var copy = clip
        let bytes = clip.size * clip.size * 3, other = frame > 0 ? frame - 1 : min(1, clip.frames - 1)
        copy.pictures.replaceSubrange(frame * bytes..<(frame + 1) * bytes, with: clip.pictures[other * bytes..<(other + 1) * bytes])
        return copy
    }

    /// One frame in place of all.
    func holding(_ frame: Int) -> PreparedClip {
        var copy = clip
        let bytes = clip.size * clip.size * 3, picture = clip.pictures[frame * bytes..<(frame + 1) * bytes]
        for other in 0..<clip.frames where other != frame {
            copy.pictures.replaceSubrange(other * bytes..<(other + 1) * bytes, with: picture)
        }
        return copy
    }

    /// A patch, counted row by row, in the mean colour of the clip in every frame.
    func withoutPatch(_ index: Int, colour: [UInt8]) -> PreparedClip {
        let (top, left) = (index / side * patch, index % side * patch)
        return painted(rows: top..<top + patch, columns: left..<left + patch, colour)
    }

    func withoutPictures(colour: [UInt8]) -> PreparedClip { painted(rows: 0..<clip.size, columns: 0..<clip.size, colour) }

    private func painted(rows: Range<Int>, columns: Range<Int>, _ colour: [UInt8]) -> PreparedClip {
        var copy = clip
        for frame in 0..<clip.frames {
            for row in rows {
                for column in columns {
                    let place = ((frame * clip.size + row) * clip.size + column) * 3
                    for channel in 0..<3 { copy.pictures[place + channel] = colour[channel] }
                }
            }
        }
        return copy
    }

    /// The mean of all pictures.
    var meanColour: [UInt8] {
        var sums = [0, 0, 0]
        for (index, value) in clip.pictures.enumerated() { sums[index % 3] += Int(value) }
        let pixels = max(1, clip.pictures.count / 3)
        return sums.map { UInt8(($0 + pixels / 2) / pixels) }
    }
}
