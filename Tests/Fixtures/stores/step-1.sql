-- A store as the program left it whose newest step was "1 corpora": sqlite3 emolab.sqlite .dump, with lifelike rows.
PRAGMA application_id=1701670764;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1 corpora');
CREATE TABLE corpora (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    format TEXT NOT NULL,
    folder TEXT NOT NULL,
    added REAL NOT NULL,
    left_out TEXT NOT NULL DEFAULT '{}'
) STRICT;
INSERT INTO corpora VALUES(1,'studio','ravdess','/media/ravdess',1725000000.2499999999,'{"songs":1012}');
INSERT INTO corpora VALUES(2,'crowd','crema-d','/media/crema-d',1725000100.5,'{}');
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
INSERT INTO clips VALUES(1,1,'02-01-06-01-02-01-12','12','fearful','normal','dogs','female',NULL,'{}',NULL,'/media/ravdess/Actor_12/02-01-06-01-02-01-12.mp4','/media/ravdess/Actor_12/02-01-06-01-02-01-12.mp4','prepared',NULL,3.7036999999999999921,1,111,111);
INSERT INTO clips VALUES(2,1,'02-01-03-02-01-01-05','05','happy','strong','kids','male',NULL,'{}',NULL,'/media/ravdess/Actor_05/02-01-03-02-01-01-05.mp4','/media/ravdess/Actor_05/02-01-03-02-01-01-05.mp4','damaged','no sound track',NULL,NULL,NULL,NULL);
INSERT INTO clips VALUES(3,2,'1001_IEO_ANG_HI','1001','anger','high','IEO','male',51,'{"race":"Caucasian"}','{"anger":0.75,"disgust":0.25}','/media/crema-d/VideoFlash/1001_IEO_ANG_HI.flv','/media/crema-d/AudioWAV/1001_IEO_ANG_HI.wav','prepared',NULL,2.2688999999999999168,1,68,66);
INSERT INTO clips VALUES(4,2,'1002_DFA_SAD_XX','1002','sad',NULL,'DFA','female',21,'{"note":"l''été — naïve 語"}','{"sad":1}','/media/crema-d/VideoFlash/1002_DFA_SAD_XX.flv',NULL,'listed',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE rejected_files (
    corpus INTEGER NOT NULL REFERENCES corpora(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (corpus, path)
) STRICT, WITHOUT ROWID;
INSERT INTO rejected_files VALUES(2,'/media/crema-d/VideoFlash/notes.flv','a text file, not a video');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('corpora',2);
COMMIT;
