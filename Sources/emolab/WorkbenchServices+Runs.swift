// What the screen asks of the engine, from the rooms that have one.
import Runs
import Store
import Systems
import TUI

extension WorkbenchServices {
    init(_ store: RunStore) {
        self.init(
            experiments: SystemExperiments(Systems.all), previews: ClipPreviews(store: store),
            clips: ClipInquiries(store: store, systems: Systems.all), groups: RunGroups(store: store))
    }
}
