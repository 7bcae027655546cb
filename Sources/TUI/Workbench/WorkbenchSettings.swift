// What a workbench starts with beside its panes: the user's configuration, and what is remembered of the last session.
import Base
import Viz

public struct WorkbenchSettings: Sendable {
    /// Keys that the user gives to commands instead of the built-in ones.
    public var keys: [(command: Command, keys: [Key])] = []
    /// Themes that can be chosen.
    public var themes = Theme.builtIn
    /// Files that are no themes: shown beside the others with the reason.
    public var brokenThemes: [ThemeLibrary.Broken] = []
    /// Everything that is wrong in what the user wrote: the first is said, all are in the Log.
    public var problems: [ConfigProblem] = []
    /// The theme to begin with; what the look has, unless given.
    public var theme: Theme?
    /// The theme's name in the configuration, empty for none: a remembered choice counts until that changes.
    public var configuredTheme = ""
    public var hasMouse = true
    public var view: ViewState?
    /// Lines of words instead of boxes and curves.
    public var isAccessible = false
    /// Where copied text goes beside the clipboard.
    public var copyFile = UserFolders.state().appendingPathComponent("emolab-copy.txt").path

    /// The theme chosen in an earlier session, unless the configuration says something else since.
    public var rememberedTheme: String? { view.flatMap { $0.configuredTheme == configuredTheme ? $0.theme : nil } }

    public init() {}
}

/// What the next session begins with. Stored as JSON with a version; one that cannot be read is as none.
public struct ViewState: Codable, Sendable, Equatable {
    static let version = 1
    private var version = ViewState.version
    public var layout: Layout
    /// The theme that was chosen on the screen; nil where none was.
    public var theme: String?
    /// What the configuration said when it was chosen.
    public var configuredTheme: String
    public var hasMouse: Bool
    /// Lines of the palette, the newest first.
    public var history: [String] = []
    /// Words of the panes, by name.
    public var panes: [String: PaneMemory] = [:]

    public init(layout: Layout, theme: String?, configuredTheme: String = "", hasMouse: Bool = true) {
        self.layout = layout
        self.theme = theme
        self.configuredTheme = configuredTheme
        self.hasMouse = hasMouse
    }
}
