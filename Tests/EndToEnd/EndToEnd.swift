// Tests of the real program: each test starts `emolab` as a user would, in folders of its own, and looks at what comes out.
import Testing

/// One after the other: most of these tests train, and two trainings on two cores only slow each other down.
@Suite(.serialized) enum EndToEnd {}
