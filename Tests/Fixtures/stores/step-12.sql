-- A store as the program left it whose newest step was "12 times": sqlite3 emolab.sqlite .dump, with lifelike rows.
PRAGMA application_id=1701670764;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1 corpora');
INSERT INTO grdb_migrations VALUES('2 runs');
INSERT INTO grdb_migrations VALUES('3 changes');
INSERT INTO grdb_migrations VALUES('4 pieces and continuous labels');
INSERT INTO grdb_migrations VALUES('5 split members');
INSERT INTO grdb_migrations VALUES('6 analyses');
INSERT INTO grdb_migrations VALUES('7 target scores');
INSERT INTO grdb_migrations VALUES('8 clip notes');
INSERT INTO grdb_migrations VALUES('9 changed runs');
INSERT INTO grdb_migrations VALUES('10 taken back');
INSERT INTO grdb_migrations VALUES('11 provenance');
INSERT INTO grdb_migrations VALUES('12 times');
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
    duration REAL, speech INTEGER, frames INTEGER, faces INTEGER, valence REAL, arousal REAL, part TEXT, start_seconds REAL, end_seconds REAL, pixel_offset INTEGER, track TEXT,
    UNIQUE (corpus, name)
) STRICT;
INSERT INTO clips VALUES(1,1,'02-01-06-01-02-01-12','12','fearful','normal','dogs','female',NULL,'{}',NULL,'/media/ravdess/Actor_12/02-01-06-01-02-01-12.mp4','/media/ravdess/Actor_12/02-01-06-01-02-01-12.mp4','prepared',NULL,3.7036999999999999921,1,111,111,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO clips VALUES(2,1,'02-01-03-02-01-01-05','05','happy','strong','kids','male',NULL,'{}',NULL,'/media/ravdess/Actor_05/02-01-03-02-01-01-05.mp4','/media/ravdess/Actor_05/02-01-03-02-01-01-05.mp4','damaged','no sound track',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO clips VALUES(3,2,'1001_IEO_ANG_HI','1001','anger','high','IEO','male',51,'{"race":"Caucasian"}','{"anger":0.75,"disgust":0.25}','/media/crema-d/VideoFlash/1001_IEO_ANG_HI.flv','/media/crema-d/AudioWAV/1001_IEO_ANG_HI.wav','prepared',NULL,2.2688999999999999168,1,68,66,-0.5,0.25,'validation',1.5,3.75,4096,'/media/tracks/3.txt');
INSERT INTO clips VALUES(4,2,'1002_DFA_SAD_XX','1002','sad',NULL,'DFA','female',21,'{"note":"l''été — naïve 語"}','{"sad":1}','/media/crema-d/VideoFlash/1002_DFA_SAD_XX.flv',NULL,'listed',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE rejected_files (
    corpus INTEGER NOT NULL REFERENCES corpora(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (corpus, path)
) STRICT, WITHOUT ROWID;
INSERT INTO rejected_files VALUES(2,'/media/crema-d/VideoFlash/notes.flv','a text file, not a video');
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
, selection TEXT, changed INTEGER NOT NULL DEFAULT 0, taken_back INTEGER NOT NULL DEFAULT 0, provenance TEXT NOT NULL DEFAULT '[]', worked REAL NOT NULL DEFAULT 0) STRICT;
INSERT INTO runs VALUES(1,'nano',replace('name = ''nano''\nseed = 42\n','\n',char(10)),42,NULL,'runs/0001-nano-42','finished',NULL,1725100000.125,1725100000.125,1725100006.5,4711,'lab3','0b5c9f8e-boot pid:[4026531836]',123456,1725100006.4000000953,1,'{"batchSize":4,"epochs":2,"labels":["anger","happy"],"parameters":1000,"plannedAlpha":[0,0.1],"plannedLearningRate":[0.001,1e-06],"preparation":{"requested":"mtcnn","settings":{"faces":{"alignment":"none","detector":"centred-square","every":1,"margin":0,"minimumFace":20,"missing":"centred-square","pyramidFactor":0.709,"resize":"area","selection":"largest","shape":"box","smoothing":"moving-average","smoothingRadius":8,"thresholds":[0.6,0.7,0.7]},"frames":8,"size":64,"sound":{"cutsToSpeech":true,"frames":128,"mel":{"bands":128,"fftLength":4096,"hopLength":1365,"maximumFrequency":6000,"minimumFrequency":0,"rate":22050},"normalisation":"speech"}},"usesFaces":true,"version":2},"sourceTraining":8,"sourceValidation":2,"split":"by speaker","splitHash":"0123456789abcdef","stepsPerEpoch":3,"targetTraining":8,"targetValidation":2,"trainableParameters":900}','{"bestEpoch":2,"clipsPerSecond":24.5,"epochs":2,"seconds":5.25,"source":{"accuracy":0.75,"clips":2,"confusion":[[1,0],[1,0]],"domainAccuracy":0.5,"loss":0.7,"macroF1":0.375},"steps":6,"target":{"accuracy":0.5,"clips":2,"confusion":[[1,0],[1,0]],"domainAccuracy":0.5,"loss":0.7,"macroF1":0.25}}',6,2,2,14,'source',20,2,'[{"commit":"ab358f00875e000ff16cc6146e2ce4b3bb589c2d","emolab":"0.1.0","features":"sse4.1 avx avx2 fma","host":"lab3","instructions":"AVX2","oneDNN":"2.6.3","openBLAS":"0.3.21","openBLASCore":"Haswell","processor":"Intel(R) Xeon(R) CPU E5-2680","swift":"6.3.1","threads":8}]',3.0600000000000000532);
INSERT INTO runs VALUES(2,'nano',replace('name = ''nano''\nseed = 18446744073709551615\n\n[training]\nselection = ''oracle''\n','\n',char(10)),-1,NULL,'runs/0002-nano-18446744073709551615','failed',replace('CUDA is not ours: "out of memory"\nsecond line','\n',char(10)),1725200000.0,1725200000.0,1725200003.0,4712,'lab3','0b5c9f8e-boot pid:[4026531836]',223456,1725200003.0,2,'{"batchSize":4,"epochs":2,"labels":["anger","happy"],"parameters":1000,"plannedAlpha":[0,0.1],"plannedLearningRate":[0.001,1e-06],"sourceTraining":8,"sourceValidation":2,"split":"by speaker","splitHash":"0123456789abcdef","stepsPerEpoch":3,"targetTraining":8,"targetValidation":2,"trainableParameters":900}',NULL,4,1,1,9,'oracle',25,0,'[{"commit":"ab358f00875e000ff16cc6146e2ce4b3bb589c2d","emolab":"0.1.0","features":"sse4.1 avx avx2 fma","host":"lab3","instructions":"AVX2","oneDNN":"2.6.3","openBLAS":"0.3.21","openBLASCore":"Haswell","processor":"Intel(R) Xeon(R) CPU E5-2680","swift":"6.3.1","threads":8},{"commit":"ab358f00875e000ff16cc6146e2ce4b3bb589c2d","emolab":"0.1.0","features":"sse4.1 avx avx2 fma","host":"lab4","instructions":"AVX2","oneDNN":"3.1.1","openBLAS":"0.3.21","openBLASCore":"Haswell","processor":"Intel(R) Xeon(R) CPU E5-2680","swift":"6.3.1","threads":8}]',1.5400000000000000355);
INSERT INTO runs VALUES(5,'child of nano',replace('name = ''child of nano''\nseed = 7\n','\n',char(10)),7,1,'runs/0005-child-of-nano-7','running',NULL,1725300000.0,1725300000.0,NULL,4713,'lab3','0b5c9f8e-boot pid:[4026531836]',323456,1725300004.0,1,'{"batchSize":4,"epochs":2,"labels":["anger","happy"],"parameters":1000,"plannedAlpha":[0,0.1],"plannedLearningRate":[0.001,1e-06],"sourceTraining":8,"sourceValidation":2,"split":"by speaker","splitHash":"0123456789abcdef","stepsPerEpoch":3,"targetTraining":8,"targetValidation":2,"trainableParameters":900}',NULL,3,1,1,6,'source',29,0,'[]',1.5300000000000000266);
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
INSERT INTO steps VALUES(1,1,1,'source',1.0,0.69314718055994528622,0.25,0.5,0.00010000000000000000479,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(1,2,1,'target',NULL,0.69314718055994528622,NULL,0.5,0.00020000000000000000958,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(1,3,1,'source',0.33333333333333331482,0.69314718055994528622,0.75,0.5,0.00030000000000000002792,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(1,4,2,'target',NULL,0.69314718055994528622,NULL,0.5,0.00040000000000000001916,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(1,5,2,'source',0.2000000000000000111,0.69314718055994528622,0.25,0.5,0.0005000000000000000104,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(1,6,2,'target',NULL,0.69314718055994528622,NULL,0.5,0.00060000000000000005585,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(2,1,1,'source',1.0,0.69314718055994528622,0.25,0.5,0.00010000000000000000479,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(2,2,1,'target',NULL,0.69314718055994528622,NULL,0.5,0.00020000000000000000958,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(2,3,1,'source',0.33333333333333331482,0.69314718055994528622,0.75,0.5,0.00030000000000000002792,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(2,4,2,'target',NULL,0.69314718055994528622,NULL,0.5,0.00040000000000000001916,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(5,1,1,'source',1.0,0.69314718055994528622,0.25,0.5,0.00010000000000000000479,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(5,2,1,'target',NULL,0.69314718055994528622,NULL,0.5,0.00020000000000000000958,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
INSERT INTO steps VALUES(5,3,1,'source',0.33333333333333331482,0.69314718055994528622,0.75,0.5,0.00030000000000000002792,5.0000000000000002393e-05,1.25,4,0.010000000000000000208,0.0);
CREATE TABLE epochs (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    step INTEGER NOT NULL,
    is_best INTEGER NOT NULL,
    seconds REAL, entropy REAL, infomax REAL, snd REAL, dev REAL, saving_seconds REAL,
    PRIMARY KEY (run, epoch)
) STRICT, WITHOUT ROWID;
INSERT INTO epochs VALUES(1,1,3,1,1.5,0.5,0.25,1.0,NULL,0.25);
INSERT INTO epochs VALUES(1,2,6,1,1.5,0.5,0.25,2.0,NULL,0.25);
INSERT INTO epochs VALUES(2,1,3,1,1.5,0.5,0.25,1.0,NULL,NULL);
INSERT INTO epochs VALUES(5,1,3,1,1.5,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE scores (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    domain TEXT NOT NULL,
    loss REAL, accuracy REAL, macro_f1 REAL, domain_accuracy REAL,
    clips INTEGER NOT NULL,
    confusion TEXT NOT NULL,
    PRIMARY KEY (run, epoch, domain)
) STRICT, WITHOUT ROWID;
INSERT INTO scores VALUES(1,1,'source',0.69999999999999995559,0.625,0.3125,0.5,2,'[[1,0],[1,0]]');
INSERT INTO scores VALUES(1,1,'target',0.69999999999999995559,0.25,0.125,0.5,2,'[[1,0],[1,0]]');
INSERT INTO scores VALUES(1,2,'source',0.69999999999999995559,0.75,0.375,0.5,2,'[[1,0],[1,0]]');
INSERT INTO scores VALUES(1,2,'target',0.69999999999999995559,0.5,0.25,0.5,2,'[[1,0],[1,0]]');
INSERT INTO scores VALUES(2,1,'source',0.69999999999999995559,0.625,0.3125,0.5,2,'[[1,0],[1,0]]');
INSERT INTO scores VALUES(2,1,'target',0.69999999999999995559,0.25,0.125,0.5,2,'[[1,0],[1,0]]');
INSERT INTO scores VALUES(5,1,'source',0.69999999999999995559,0.625,0.3125,0.5,2,'[[1,0],[1,0]]');
INSERT INTO scores VALUES(5,1,'target',0.69999999999999995559,0.25,0.125,0.5,2,'[[1,0],[1,0]]');
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
INSERT INTO predictions VALUES(1,2,'source','02-01-06-01-02-01-12',1,0,X'0000203f0000c03e');
INSERT INTO predictions VALUES(1,2,'target','1001_IEO_ANG_HI',0,0,X'0000203f0000c03e');
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
INSERT INTO events VALUES(1,1,1725100000.2000000477,NULL,'started','info','2 epochs of 3 steps',NULL);
INSERT INTO events VALUES(2,1,1725100002.2000000476,3,'order','info','alpha.maximum 0.1 → 0.05','{"id":1,"isRefused":false,"step":3,"text":"alpha.maximum 0.1 → 0.05"}');
INSERT INTO events VALUES(3,1,1725100004.2000000476,4,'message','warning','slow disk',NULL);
INSERT INTO events VALUES(4,1,1725100006.2000000477,6,'checkpoint','info','best of epoch 2: best.safetensors','{"epoch":2,"file":"best.safetensors","kind":"best","step":6}');
INSERT INTO events VALUES(5,1,1725100006.5,6,'finished','info','finished: best epoch 2 of 2',NULL);
INSERT INTO events VALUES(6,2,1725200003.0,4,'failed','error',replace('CUDA is not ours: "out of memory"\nsecond line','\n',char(10)),NULL);
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
INSERT INTO orders VALUES(1,1,'{"set":{"key":"alpha.maximum","value":"0.05"}}','pid 4720 on lab3',1725100002.0,'applied',1725100002.0999999046,1725100002.2000000476,3,'alpha.maximum 0.1 → 0.05');
INSERT INTO orders VALUES(2,1,'{"pause":{}}','pid 4721 on lab4',1725100006.4000000953,'lapsed',NULL,NULL,NULL,NULL);
INSERT INTO orders VALUES(3,5,'{"stop":{}}','signal 15',1725300004.4999999999,'pending',NULL,NULL,NULL,NULL);
CREATE TABLE changes (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    corpora INTEGER NOT NULL DEFAULT 0,
    runs INTEGER NOT NULL DEFAULT 0
, notes INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO changes VALUES(1,4,29,1);
CREATE TABLE split_members (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    domain TEXT NOT NULL,
    clip TEXT NOT NULL,
    side TEXT NOT NULL,
    PRIMARY KEY (run, domain, clip)
) STRICT, WITHOUT ROWID;
INSERT INTO split_members VALUES(1,'source','02-01-03-02-01-01-05','training');
INSERT INTO split_members VALUES(1,'source','02-01-06-01-02-01-12','validation');
INSERT INTO split_members VALUES(1,'target','1001_IEO_ANG_HI','test');
CREATE TABLE analyses (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',
    made REAL NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (run, kind, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO analyses VALUES(1,'explanation','target/1001_IEO_ANG_HI',1725100200.0,'{"regions":["mouth"]}');
INSERT INTO analyses VALUES(1,'robustness','',1725100100.0,'{"levels":[0,10]}');
CREATE TABLE clip_notes (
    corpus TEXT NOT NULL,
    clip TEXT NOT NULL,
    tags TEXT NOT NULL DEFAULT '[]',
    note TEXT NOT NULL DEFAULT '',
    time REAL NOT NULL,
    PRIMARY KEY (corpus, clip)
) STRICT, WITHOUT ROWID;
INSERT INTO clip_notes VALUES('crowd','1001_IEO_ANG_HI','["label doubtful","noise"]','sounds sad — see 1002',1725100300.0);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('corpora',2);
INSERT INTO sqlite_sequence VALUES('runs',7);
INSERT INTO sqlite_sequence VALUES('events',6);
INSERT INTO sqlite_sequence VALUES('orders',3);
CREATE INDEX events_of_run ON events(run, id);
CREATE INDEX open_orders ON orders(run, id) WHERE state IN ('pending', 'taken');
CREATE INDEX runs_by_change ON runs(changed);
CREATE INDEX open_runs ON runs(id) WHERE state IN ('running', 'paused');
COMMIT;
