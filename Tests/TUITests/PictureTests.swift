import Foundation
import Testing
import Viz

@testable import TUI

/// Not checks: pictures for the eye, written where EMOLAB_PICTURES names a folder.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["EMOLAB_PICTURES"] != nil))
struct PictureTests {
    @Test("Every pane at every size as a picture")
    func pictures() throws {
        let folder = ProcessInfo.processInfo.environment["EMOLAB_PICTURES"] ?? "."
        for (width, height) in [(20, 6), (80, 24), (120, 36), (200, 60)] {
            for pane in [PaneName.corpora, .train] {
                var workbench = Sample.workbench(pane, train: Sample.train(), corpora: Sample.corpora())
                try workbench.draw(width: width, height: height).writePNG(
                    to: "\(folder)/\(pane.rawValue)-\(width)x\(height).png", theme: .dark)
            }
        }
        var help = Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora())
        _ = help.handle(.character("?"))
        try help.draw(width: 120, height: 36).writePNG(to: "\(folder)/help.png", theme: .dark)
        var stop = Sample.workbench(.train, train: Sample.train(), corpora: Sample.corpora(), look: Look(theme: .light))
        _ = stop.handle(.character("s"))
        try stop.draw(width: 120, height: 36).writePNG(to: "\(folder)/stop-light.png", theme: .light)
    }
}
