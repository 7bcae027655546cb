// The screen's services, from the rooms that have an engine.
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
