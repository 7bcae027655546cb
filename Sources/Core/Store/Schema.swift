import GRDB

/// The store's tables, as named steps; docs/store.md describes them. A released step never changes: new columns come in a new step.
enum Schema {
    /// "emol": tells a store from any other SQLite file (`PRAGMA application_id`).
    static let applicationID: Int32 = 0x656D_6F6C
    /// A store without it is of an emolab before the first release.
    static let firstStep = "1"

    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration(firstStep) { db in
            for tables in [corpora, runs, steps, epochs, samples, tellings] { try db.execute(sql: tables) }
        }
        return migrator
    }()

    private static let corpora = """
        CREATE TABLE corpora (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            format TEXT NOT NULL,
            folder TEXT NOT NULL,
            added REAL NOT NULL,
            left_out TEXT NOT NULL DEFAULT '{}'
        ) STRICT;
        CREATE TABLE clips (
            id INTEGER PRIMARY KEY,
            corpus INTEGER NOT NULL REFERENCES corpora(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            speaker TEXT NOT NULL,
            emotion TEXT NOT NULL,
            intensity TEXT, sentence TEXT, sex TEXT, age INTEGER,
            columns TEXT NOT NULL DEFAULT '{}',
            ratings TEXT,
            video TEXT, audio TEXT,
            valence REAL, arousal REAL,
            part TEXT,
            start_seconds REAL, end_seconds REAL,
            pixel_offset INTEGER,
            track TEXT,
            status TEXT NOT NULL DEFAULT 'listed',
            reason TEXT,
            duration REAL, speech INTEGER, frames INTEGER, faces INTEGER,
            UNIQUE (corpus, name)
        ) STRICT;
        CREATE TABLE rejected_files (
            corpus INTEGER NOT NULL REFERENCES corpora(id) ON DELETE CASCADE,
            path TEXT NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (corpus, path)
        ) STRICT, WITHOUT ROWID;
        -- By name, not by the corpus' number: what a person wrote outlives a corpus that is forgotten and added again.
        CREATE TABLE clip_notes (
            corpus TEXT NOT NULL,
            clip TEXT NOT NULL,
            tags TEXT NOT NULL DEFAULT '[]',
            note TEXT NOT NULL DEFAULT '',
            time REAL NOT NULL,
            PRIMARY KEY (corpus, clip)
        ) STRICT, WITHOUT ROWID;
        """

    private static let runs = """
        CREATE TABLE studies (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            file TEXT NOT NULL
        ) STRICT;
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            uuid TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            system TEXT NOT NULL,
            experiment TEXT NOT NULL,
            seed INTEGER NOT NULL,
            parent INTEGER REFERENCES runs(id) ON DELETE SET NULL,
            study INTEGER REFERENCES studies(id) ON DELETE SET NULL,
            row TEXT, fold INTEGER,
            folder TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT,
            created REAL NOT NULL, started REAL, ended REAL,
            pid INTEGER, host TEXT, boot TEXT, process_started INTEGER, heartbeat REAL,
            attempt INTEGER NOT NULL DEFAULT 1,
            taken_back INTEGER NOT NULL DEFAULT 0,
            task TEXT, plan TEXT, final TEXT,
            main_head TEXT, main_metric TEXT,
            selection TEXT,
            step INTEGER NOT NULL DEFAULT 0,
            epoch INTEGER NOT NULL DEFAULT 0,
            best_epoch INTEGER,
            worked REAL NOT NULL DEFAULT 0,
            provenance TEXT NOT NULL DEFAULT '[]',
            revision INTEGER NOT NULL DEFAULT 0,
            changed INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX runs_by_change ON runs(changed);
        CREATE INDEX open_runs ON runs(id) WHERE state IN ('running', 'paused');
        """

    private static let steps = """
        CREATE TABLE series (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            id INTEGER NOT NULL,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            head TEXT NOT NULL,
            unit TEXT,
            PRIMARY KEY (run, id),
            UNIQUE (run, kind, name, head)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE steps (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            domain TEXT NOT NULL,
            samples INTEGER NOT NULL,
            seconds REAL, waiting_seconds REAL,
            PRIMARY KEY (run, step)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE step_values (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            series INTEGER NOT NULL,
            value REAL,
            PRIMARY KEY (run, step, series)
        ) STRICT, WITHOUT ROWID;
        """

    private static let epochs = """
        CREATE TABLE epochs (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            step INTEGER NOT NULL,
            is_best INTEGER NOT NULL,
            seconds REAL, saving_seconds REAL,
            PRIMARY KEY (run, epoch)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE scored_parts (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            part TEXT NOT NULL,
            samples INTEGER NOT NULL,
            PRIMARY KEY (run, epoch, part)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE metrics (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            part TEXT NOT NULL,
            head TEXT NOT NULL,
            name TEXT NOT NULL,
            place INTEGER NOT NULL,
            value REAL,
            PRIMARY KEY (run, epoch, part, head, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE confusions (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            part TEXT NOT NULL,
            head TEXT NOT NULL,
            counts TEXT NOT NULL,
            PRIMARY KEY (run, epoch, part, head)
        ) STRICT, WITHOUT ROWID;
        """

    private static let samples = """
        CREATE TABLE run_samples (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            sample INTEGER NOT NULL,
            part TEXT NOT NULL,
            clip TEXT NOT NULL,
            unit TEXT NOT NULL,
            start_ms INTEGER, end_ms INTEGER,
            speaker TEXT NOT NULL,
            truth TEXT NOT NULL,
            PRIMARY KEY (run, sample),
            UNIQUE (run, part, clip, unit)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE answers (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            sample INTEGER NOT NULL,
            head TEXT NOT NULL,
            outputs BLOB NOT NULL,
            PRIMARY KEY (run, epoch, sample, head)
        ) STRICT, WITHOUT ROWID;
        """

    private static let tellings = """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            time REAL NOT NULL,
            step INTEGER,
            kind TEXT NOT NULL,
            level TEXT NOT NULL,
            text TEXT NOT NULL,
            data TEXT
        ) STRICT;
        CREATE INDEX events_of_run ON events(run, id);
        CREATE TABLE orders (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            command TEXT NOT NULL,
            issued_by TEXT NOT NULL,
            issued REAL NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending',
            taken REAL, applied REAL,
            step INTEGER,
            text TEXT
        ) STRICT;
        CREATE INDEX open_orders ON orders(run, id) WHERE state IN ('pending', 'taken');
        CREATE TABLE analyses (
            run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL DEFAULT '',
            made REAL NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (run, kind, subject)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE changes (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            corpora INTEGER NOT NULL DEFAULT 0,
            runs INTEGER NOT NULL DEFAULT 0,
            notes INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        INSERT INTO changes (id) VALUES (1);
        """
}
