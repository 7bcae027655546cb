import GRDB

/// The store's tables, as named steps; docs/store.md describes them. A released step never changes: new columns come in a new step.
enum Schema {
    /// "emol": tells a store from any other SQLite file (`PRAGMA application_id`).
    static let applicationID: Int32 = 0x656D_6F6C

    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 corpora") { db in
            try db.execute(
                sql: """
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
                    """)
        }
        migrator.registerMigration("2 runs") { db in
            try db.execute(
                sql: """
                    CREATE TABLE runs (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        name TEXT NOT NULL,
                        experiment TEXT NOT NULL,
                        seed INTEGER NOT NULL,
                        parent INTEGER REFERENCES runs(id) ON DELETE SET NULL,
                        folder TEXT NOT NULL,
                        state TEXT NOT NULL,
                        reason TEXT,
                        created REAL NOT NULL, started REAL, ended REAL,
                        pid INTEGER, host TEXT, boot TEXT, process_started INTEGER, heartbeat REAL,
                        attempt INTEGER NOT NULL DEFAULT 1,
                        plan TEXT,
                        final TEXT,
                        step INTEGER NOT NULL DEFAULT 0,
                        epoch INTEGER NOT NULL DEFAULT 0,
                        best_epoch INTEGER,
                        revision INTEGER NOT NULL DEFAULT 0
                    ) STRICT;
                    CREATE TABLE steps (
                        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
                        step INTEGER NOT NULL,
                        epoch INTEGER NOT NULL,
                        domain TEXT NOT NULL,
                        class_loss REAL, domain_loss REAL, class_accuracy REAL, domain_accuracy REAL,
                        alpha REAL, learning_rate REAL, gradient_norm REAL,
                        clips INTEGER NOT NULL,
                        seconds REAL, waiting_seconds REAL,
                        PRIMARY KEY (run, step)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE epochs (
                        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
                        epoch INTEGER NOT NULL,
                        step INTEGER NOT NULL,
                        is_best INTEGER NOT NULL,
                        seconds REAL,
                        PRIMARY KEY (run, epoch)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE scores (
                        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
                        epoch INTEGER NOT NULL,
                        domain TEXT NOT NULL,
                        loss REAL, accuracy REAL, macro_f1 REAL, domain_accuracy REAL,
                        clips INTEGER NOT NULL,
                        confusion TEXT NOT NULL,
                        PRIMARY KEY (run, epoch, domain)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE predictions (
                        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
                        epoch INTEGER NOT NULL,
                        domain TEXT NOT NULL,
                        clip TEXT NOT NULL,
                        truth INTEGER NOT NULL,
                        predicted INTEGER NOT NULL,
                        probabilities BLOB NOT NULL,
                        PRIMARY KEY (run, epoch, domain, clip)
                    ) STRICT, WITHOUT ROWID;
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
                    """)
        }
        migrator.registerMigration("3 changes") { db in
            try db.execute(
                sql: """
                    CREATE TABLE changes (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        corpora INTEGER NOT NULL DEFAULT 0,
                        runs INTEGER NOT NULL DEFAULT 0
                    ) STRICT;
                    INSERT INTO changes (id) VALUES (1);
                    """)
        }
        migrator.registerMigration("4 pieces and continuous labels") { db in
            try db.execute(
                sql: """
                    ALTER TABLE clips ADD COLUMN valence REAL;
                    ALTER TABLE clips ADD COLUMN arousal REAL;
                    ALTER TABLE clips ADD COLUMN part TEXT;
                    ALTER TABLE clips ADD COLUMN start_seconds REAL;
                    ALTER TABLE clips ADD COLUMN end_seconds REAL;
                    ALTER TABLE clips ADD COLUMN pixel_offset INTEGER;
                    ALTER TABLE clips ADD COLUMN track TEXT;
                    """)
        }
        migrator.registerMigration("5 split members") { db in
            try db.execute(
                sql: """
                    CREATE TABLE split_members (
                        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
                        domain TEXT NOT NULL,
                        clip TEXT NOT NULL,
                        side TEXT NOT NULL,
                        PRIMARY KEY (run, domain, clip)
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("6 analyses") { db in
            try db.execute(
                sql: """
                    CREATE TABLE analyses (
                        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
                        kind TEXT NOT NULL,
                        subject TEXT NOT NULL DEFAULT '',
                        made REAL NOT NULL,
                        data TEXT NOT NULL,
                        PRIMARY KEY (run, kind, subject)
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("7 target scores") { db in
            // An earlier program knew two rules only, and wrote them into the experiment as `selection = 'oracle'`.
            try db.execute(
                sql: """
                    ALTER TABLE epochs ADD COLUMN entropy REAL;
                    ALTER TABLE epochs ADD COLUMN infomax REAL;
                    ALTER TABLE epochs ADD COLUMN snd REAL;
                    ALTER TABLE epochs ADD COLUMN dev REAL;
                    ALTER TABLE runs ADD COLUMN selection TEXT;
                    UPDATE runs SET selection = 'oracle' WHERE experiment LIKE '%selection = ''oracle''%' OR experiment LIKE '%selection = "oracle"%';
                    UPDATE runs SET selection = 'source' WHERE selection IS NULL;
                    """)
        }
        migrator.registerMigration("8 clip notes") { db in
            // By name, not by the corpus' number: what a person wrote outlives a corpus that is forgotten and added again.
            try db.execute(
                sql: """
                    CREATE TABLE clip_notes (
                        corpus TEXT NOT NULL,
                        clip TEXT NOT NULL,
                        tags TEXT NOT NULL DEFAULT '[]',
                        note TEXT NOT NULL DEFAULT '',
                        time REAL NOT NULL,
                        PRIMARY KEY (corpus, clip)
                    ) STRICT, WITHOUT ROWID;
                    ALTER TABLE changes ADD COLUMN notes INTEGER NOT NULL DEFAULT 0;
                    """)
        }
        migrator.registerMigration("9 changed runs") { db in
            try db.execute(
                sql: """
                    ALTER TABLE runs ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
                    CREATE INDEX runs_by_change ON runs(changed);
                    CREATE INDEX open_runs ON runs(id) WHERE state IN ('running', 'paused');
                    """)
        }
        migrator.registerMigration("10 taken back") { db in
            try db.execute(sql: "ALTER TABLE runs ADD COLUMN taken_back INTEGER NOT NULL DEFAULT 0")
        }
        migrator.registerMigration("11 provenance") { db in
            try db.execute(sql: "ALTER TABLE runs ADD COLUMN provenance TEXT NOT NULL DEFAULT '[]'")
        }
        migrator.registerMigration("12 times") { db in
            // Of earlier runs what is known: their steps and validations.
            try db.execute(
                sql: """
                    ALTER TABLE epochs ADD COLUMN saving_seconds REAL;
                    ALTER TABLE runs ADD COLUMN worked REAL NOT NULL DEFAULT 0;
                    UPDATE runs SET worked = coalesce((SELECT sum(seconds) FROM steps WHERE run = runs.id), 0)
                        + coalesce((SELECT sum(seconds) FROM epochs WHERE run = runs.id), 0);
                    """)
        }
        migrator.registerMigration("13 clips without a label") { db in
            // SQLite does not lift NOT NULL from a column: the table is made anew.
            try db.execute(
                sql: """
                    CREATE TABLE new_predictions (
                        run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
                        epoch INTEGER NOT NULL,
                        domain TEXT NOT NULL,
                        clip TEXT NOT NULL,
                        truth INTEGER,
                        predicted INTEGER NOT NULL,
                        probabilities BLOB NOT NULL,
                        PRIMARY KEY (run, epoch, domain, clip)
                    ) STRICT, WITHOUT ROWID;
                    INSERT INTO new_predictions SELECT run, epoch, domain, clip, truth, predicted, probabilities FROM predictions;
                    DROP TABLE predictions;
                    ALTER TABLE new_predictions RENAME TO predictions;
                    """)
        }
        return migrator
    }()
}
