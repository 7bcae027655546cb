// Scores as commands print them.

extension JSON {
    /// Scores of one part of an epoch or a finished run: `sourceValidation`.
    func part(_ name: String) -> JSON { self["scores"].array.first { $0["part"].string == name } ?? .null }

    /// A metric of a part's scores.
    func metric(_ name: String, of head: String = "emotion") -> JSON {
        self["values"].array.first { $0["name"].string == name && $0["head"].string == head }?["value"] ?? .null
    }

    /// The counts of a part's confusion matrix.
    var confusion: JSON { self["confusions"]["emotion"] }
}
