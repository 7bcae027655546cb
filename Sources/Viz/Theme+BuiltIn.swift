// The themes that come with emolab, the same tables as in themes/. Colours of dark and light start from Okabe and Ito's; those of the
// colour-blind themes were chosen by what the deficiencies make of them (Machado, Oliveira, Fernandes 2009; a test measures it).

extension Theme {
    private static func table(_ name: String) -> [String: String] { builtInEntries[name] ?? [:] }

    public static let dark = Theme(builtIn: "dark")
    public static let light = Theme(builtIn: "light")
    /// Attributes only: for terminals without colours and for `NO_COLOR`.
    public static let mono = Theme(builtIn: "mono")
    /// In the order of the list.
    public static let builtIn: [Theme] =
        [dark, light] + builtInNames.dropFirst(2).dropLast().map { Theme(builtIn: $0, known: [dark, light]) } + [mono]

    private init(builtIn name: String, known: [Theme] = []) {
        // Proof that this cannot fail: a test reads every table of `builtInEntries`.
        self = try! Theme(name: name, known: known, entries: Theme.table(name))
    }

    public static let builtInNames = [
        "dark", "light", "midnight", "high-contrast", "high-contrast-light", "deuteranopia", "tritanopia", "mono",
    ]

    public static let builtInEntries: [String: [String: String]] = [
        "dark": [
            "paper": "#11141a", "pen": "#d3d8e0", "background": "none", "heat": "magma", "text": "plain", "muted": "#7b8494",
            "border": "#414957", "accent": "#74d4c0", "title": "bold", "source": "#62b6ee", "target": "#f0a940", "adversary": "#d78fc0",
            "good": "#8ccf7e", "bad": "#f2705d", "selection": "on:#27303d",
        ],
        "light": [
            "paper": "#fbfbf9", "pen": "#23272e", "background": "none", "heat": "viridis", "text": "plain", "muted": "#727a86",
            "border": "#b9bfc8", "accent": "#00806a", "title": "bold", "source": "#0068b0", "target": "#b06000", "adversary": "#a03f80",
            "good": "#2f7d32", "bad": "#c03421", "selection": "on:#dde6ef",
        ],
        "midnight": [
            "inherits": "dark", "paper": "#0d1220", "pen": "#d6dcea", "background": "#0d1220",
            "heat": "#0d1220 #1f3a68 #2f6f8f #58a89a #a9d08e #f4e8a6", "muted": "#76829a", "border": "#38445e", "accent": "#8fb8ff",
            "selection": "on:#1e2a44",
        ],
        "high-contrast": [
            "inherits": "dark", "paper": "#000000", "pen": "#ffffff", "background": "#000000", "heat": "magma", "text": "#ffffff",
            "muted": "#c8c8c8", "border": "#a0a0a0", "accent": "#ffff00 bold", "title": "#ffffff bold", "source": "#5cc8ff",
            "target": "#ffb000", "adversary": "#ff8ce8", "good": "#6cff6c", "bad": "#ff5f4f bold", "selection": "on:#00408a",
        ],
        "high-contrast-light": [
            "inherits": "light", "paper": "#ffffff", "pen": "#000000", "background": "#ffffff", "heat": "cividis", "text": "#000000",
            "muted": "#404040", "border": "#606060", "accent": "#0000c8 bold", "title": "#000000 bold", "source": "#0046b8",
            "target": "#8a3d00", "adversary": "#8c0078", "good": "#005c12", "bad": "#b00010 bold", "selection": "on:#c8dcff",
        ],
        "deuteranopia": [
            "inherits": "dark", "heat": "cividis", "accent": "#f3eefb bold", "source": "#3f9bff", "target": "#ffc22e",
            "adversary": "#f3eefb", "good": "#8fdcff", "bad": "#c47a00", "selection": "on:#22314a",
        ],
        "tritanopia": [
            "inherits": "dark", "heat": "magma", "accent": "#9ff0e4 bold", "source": "#3fd0d4", "target": "#ff6a5e",
            "adversary": "#f4d9ec", "good": "#9ff0e4", "bad": "#e0303c", "selection": "on:#3a2730",
        ],
        "mono": [
            "paper": "#11141a", "pen": "#d3d8e0", "background": "none", "heat": "magma", "text": "plain", "muted": "dim",
            "border": "dim", "accent": "bold", "title": "bold", "source": "plain", "target": "plain", "adversary": "plain",
            "good": "plain", "bad": "bold", "selection": "reverse",
        ],
    ]
}
