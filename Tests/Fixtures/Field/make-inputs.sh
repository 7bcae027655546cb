#!/bin/bash
# Makes the inputs of README.md: a folder for each number, NN-name, and manifest.tsv (number, file, command, right outcome).
#   make-inputs.sh OUT [DEMO]
# OUT is made anew. DEMO: emolab's demo corpora (`emolab corpora make-demo DEMO --actors 2 --clips 3 --size 144` is enough);
# without it a test picture and a tone stand in, and what asks for a face has none.
# Needs ffmpeg, sox, python3 (nothing beyond its own library); nothing is downloaded. 9 to 13 MB, ten seconds.
set -eu
out=${1:?usage: make-inputs.sh OUT [DEMO]}; demo=${2:-}
for tool in ffmpeg sox python3; do command -v $tool >/dev/null || { echo "$tool is missing: apt-get install -y ffmpeg sox python3" >&2; exit 1; }; done
[ -z "$demo" ] || [ -d "$demo" ] || { echo "$demo is no folder" >&2; exit 1; }
[ -z "$demo" ] || demo=$(cd "$demo" && pwd)
[ ! -e "$out" ] || [ -e "$out/manifest.tsv" ] || { echo "$out is there and was not made by this script" >&2; exit 1; }
rm -rf "$out"; mkdir -p "$out"; out=$(cd "$out" && pwd); export OUT="$out" PYTHONIOENCODING=utf-8
printf 'number\tfile\tcommand\tright outcome\n' > "$out/manifest.tsv"
note() { printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >> "$out/manifest.tsv"; }
ff() { ffmpeg -nostdin -v error -y "$@"; }
d() { mkdir -p "$out/$1"; cd "$out/$1"; }
X264="-c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p"
F="emolab features FILE --output o"; A="emolab corpora add FILE --name t"

# ---- 00: what all is made from --------------------------------------------------------------------------------------------
d 00-base
mp4=""; flv=""; wav=""
if [ -n "$demo" ]; then
    mp4=$(find "$demo" -path '*studio*' -name '*.mp4' | sort | tail -n 1)
    flv=$(find "$demo" -path '*crowd*' -name '*.flv' | sort | tail -n 1)
    wav=$(find "$demo" -path '*crowd*' -name '*.wav' | sort | tail -n 1)
fi
face="a drawn face"
if [ -n "$mp4" ]; then [ -n "$flv" ] && [ -n "$wav" ] || { echo "$demo has no FLV or WAV of the corpus crowd" >&2; exit 1; }
    ff -i "$mp4" -t 2.4 -c copy base.mp4; ff -i "$flv" -c copy base.flv
else
    face="NO FACE (no demo clips were given: test picture)"
    ff -f lavfi -i testsrc=s=256x144:r=25:d=2 -f lavfi -i "sine=f=260:r=48000:d=2,tremolo=f=4:d=0.9" $X264 -c:a aac base.mp4
    ff -i base.mp4 -s 192x144 -c:v flv -q:v 5 -c:a libmp3lame -ar 44100 base.flv
fi
if [ -n "$wav" ]; then ff -i "$wav" -ac 1 -ar 24000 -c:a pcm_s16le -fflags +bitexact voice.wav
else ff -f lavfi -i "sine=f=260:r=24000:d=1,tremolo=f=5:d=0.9,volume=12dB" -af "adelay=500,apad=pad_dur=0.5" -ac 1 -c:a pcm_s16le -fflags +bitexact voice.wav; fi
ff -ss 0.5 -i base.mp4 -frames:v 1 face.png
B="$out/00-base"
note 0 00-base "emolab features 00-base/* --output o" "the reference: all four done; $face"

# ---- 1: WAV that was written into a pipe -------------------------------------------------------------------------------------
d 01-pipe
sox "$B/voice.wav" -b 24 -c 2 file.wav pad 0 0.2; sox "$B/voice.wav" -b 24 -c 2 -t wav - pad 0 0.2 2>/dev/null | cat > pipe.wav
python3 - <<'P'
import os, struct
b = open(os.environ['OUT'] + '/00-base/voice.wav', 'rb').read(); x = b[b.find(b'data') + 8:]; sr = struct.unpack('<I', b[24:28])[0]
def w(name, riff, data, x): open(name, 'wb').write(b'RIFF' + struct.pack('<I', riff) + b'WAVEfmt ' + struct.pack('<IHHIIHH', 16, 1, 1, sr, 2*sr, 2, 16) + b'data' + struct.pack('<I', data) + x)
w('cut-third.wav', 36 + len(x), len(x), x[:len(x) // 6 * 2])
w('cut-of-1.6GB.wav', 36 + 1600000000, 1600000000, x)
P
note 1 01-pipe/pipe.wav "$F" "read to its end, mel equal to 01-pipe/file.wav's (the same sound, written to a file): the length in its header is SoX's 'unknown'"
note 1 01-pipe/cut-third.wav "$F" "refused as truncated (control)"
note 1 01-pipe/cut-of-1.6GB.wav "$F" "refused as truncated: a length that a recording can have is a length (control)"

# ---- 2, 3: a header that lies, films that were cut ----------------------------------------------------------------------------
d 02-flv-duration
python3 - <<'P'
import os, struct
b = open(os.environ['OUT'] + '/00-base/base.flv', 'rb').read(); i = b.find(b'duration')
assert i > 0 and b[i+8] == 0
seconds = struct.unpack('>d', b[i+9:i+17])[0]
for name, s in (('hour-more', 3600 + seconds), ('little-more', 1.04 * seconds)): open(name + '.flv', 'wb').write(b[:i+9] + struct.pack('>d', s) + b[i+17:])
P
note 2 02-flv-duration/hour-more.flv "$F" "all frames and all the sound of 00-base/base.flv: every tag is there; at most a warning that the header's length is wrong"
note 2 02-flv-duration/little-more.flv "$F" "the same, without a warning (control)"
d 03-cut-films
ff -i "$B/base.mp4" -c:v libvpx -deadline realtime -cpu-used 8 -b:v 600k -c:a libopus whole.webm
head -c $(( $(stat -c %s whole.webm) * 68 / 100 )) whole.webm > cut68.webm
head -c $(( $(stat -c %s "$B/base.flv") * 82 / 100 )) "$B/base.flv" > cut82.flv
ff -i whole.webm -c copy -f webm - | cat > live.webm
ff -i "$B/base.flv" -c copy -flvflags no_duration_filesize -f flv - | cat > live.flv
note 3 "03-cut-films/{cut68.webm,cut82.flv}" "$F; emolab corpora check; emolab predict" "not used in silence: refused, or a warning that says how much of how much is there"
note 3 "03-cut-films/{whole.webm,live.webm,live.flv}" "$F" "all frames and sound, no warning: live streams know neither length nor size and are whole (control)"

# ---- 4: pixels that are not square --------------------------------------------------------------------------------------------
d 04-anamorphic
ff -i "$B/base.mp4" -vf "scale=iw*11/32:ih,setsar=32/11" $X264 -c:a copy sar32-11.mkv
ff -i "$B/base.mp4" -vf "setsar=1/1" $X264 -c:a copy square.mp4
note 4 04-anamorphic/sar32-11.mkv "$F" "boxes in shown pixels and faces as in 00-base/base.mp4, or a warning that pixels are not square; a player shows both films alike"
note 4 04-anamorphic/square.mp4 "$F" "as 00-base/base.mp4, without a warning (control)"

# ---- 5: damaged sound, sound pictures --------------------------------------------------------------------------------------------
d 05-broken-sound
ff -i "$B/base.mp4" -c copy -bsf:a noise=amount=1 a.mkv; cp a.mkv b.mkv; cp "$B/base.mp4" c.mp4
printf 'path,label,speaker\na.mkv,happy,a\nb.mkv,sad,b\nc.mp4,anger,c\n' > clips.csv
note 5 05-broken-sound "emolab corpora add FILE --name f5; emolab prepare f5 --experiment demo-video-only" "3 clips prepared for a model of pictures alone (a and b without sound, with a word)"
note 5 05-broken-sound "emolab prepare f5 --experiment demo" "a and b damaged, with the reason: this model hears too (control)"

# ---- 6, 7: channels that cancel, an offset ------------------------------------------------------------------------------------------
d 06-antiphase
ff -i "$B/base.mp4" -c:v copy -af "aformat=channel_layouts=mono,pan=stereo|c0=c0|c1=-1*c0" -c:a aac -b:a 128k antiphase.mp4
ff -i "$B/voice.wav" -af "pan=stereo|c0=0*c0|c1=c0" right-only.wav
ff -i "$B/voice.wav" -af "pan=stereo|c0=c0|c1=c0,adelay=0|4S" near.wav
note 6 06-antiphase/antiphase.mp4 "$F; emolab predict RUN FILE; emolab corpora check" "a warning that the channels cancel each other: their mean is silent, neither of them is; the mean stays"
note 6 "06-antiphase/{right-only,near}.wav" "$F" "speech as in 00-base/voice.wav, no such warning (control)"
d 07-offset
ff -i "$B/voice.wav" -af "volume=-18dB,dcshift=-0.08" offset.wav; ff -i "$B/voice.wav" -af volume=-18dB without.wav
note 7 07-offset/offset.wav "$F --json" "speech within a frame of 07-offset/without.wav's: an offset is no sound"
note 7 07-offset/offset.wav "$F, then the check against librosa in docs/features.md" "mel equal to librosa's, the offset's lowest band included (control)"

# ---- 8: silence and pictures of one colour -----------------------------------------------------------------------------------------
d 08-silent-plain
cp "$B/voice.wav" voice.wav; ff -i "$B/voice.wav" -af "atempo=1.2,volume=-45dB" whisper.flac
ff -f lavfi -i anullsrc=r=48000:cl=stereo -t 1.8 silent.flac
ff -f lavfi -i color=0x208040:s=192x144:d=1.2:r=25 -i "$B/voice.wav" -shortest $X264 -c:a aac plain.mp4
ff -i "$B/base.mp4" -vf "fade=in:d=0.8" $X264 -c:a copy fade.mp4
printf 'path,label,speaker\nvoice.wav,happy,a\nwhisper.flac,sad,b\nsilent.flac,fear,c\nplain.mp4,anger,d\nfade.mp4,happy,e\n' > clips.csv
note 8 08-silent-plain "emolab corpora add FILE --name f8; emolab corpora check f8; emolab prepare f8 --experiment demo-audio-only" "check names silent.flac (all its samples are 0) and plain.mp4 (its pictures are of one colour); prepare names the clips without speech, not only their number"
note 8 "08-silent-plain/{whisper.flac,fade.mp4}" "the same" "neither is named as silent or of one colour: quiet, and black only at the beginning (control)"

# ---- 10: a cover picture ----------------------------------------------------------------------------------------------------------
d 10-cover
ff -i "$B/base.mp4" -i "$B/face.png" -map 0:a -map 1:v -c:a copy $X264 -f mp4 book.m4b
ff -i "$B/base.mp4" -i "$B/face.png" -map 0:a -map 1:v -c:a copy -c:v png cover.mka
ff -i "$B/voice.wav" -i "$B/face.png" -map 0:a -map 1:v -c:a flac -c:v png -disposition:v attached_pic attached.flac
ff -i "$B/base.mp4" -vf "fps=2" $X264 -c:a copy slides.mp4
note 10 10-cover/book.m4b "$F; emolab predict RUN FILE" "not answered as if a film had been seen: one picture under two seconds of sound is a cover; sound only, or at least a warning"
note 10 10-cover/cover.mka "$F" "the same; nothing is cut off here, so not refused as truncated"
note 10 10-cover/attached.flac "$F" "sound only (control)"
note 10 10-cover/slides.mp4 "$F" "a film of few pictures, a picture every half second: all of them, no such warning (control)"

# ---- 11: frames in folders ----------------------------------------------------------------------------------------------------------
d 11-frames
python3 - <<'P'
import json, os, shutil
face = os.environ['OUT'] + '/00-base/face.png'
def make(clip, labelled, there, empty=()):
    os.makedirs(clip)
    for i in there: open(f'{clip}/{i:05d}.png', 'wb').close() if i in empty else shutil.copy(face, f'{clip}/{i:05d}.png')
    json.dump({'video_id': clip, 'actor': 'actor ' + clip, 'frames': {f'{i:05d}': {'valence': 2.0 - i, 'arousal': float(i), 'landmarks': [[3, 4]] * 68} for i in labelled}}, open(f'{clip}/{clip}.json', 'w'))
make('017', range(7), range(7), {2}); make('023', range(2, 8), range(2, 8)); make('031', range(5), range(5), set(range(5)))
P
ff -f lavfi -i color=blue:s=256x144 -frames:v 1 023/00000.png; cp 023/00000.png 023/00001.png
P11="emolab corpora add FILE --name f11; emolab prepare f11 --experiment demo-video-only"
note 11 11-frames/017 "(of the corpus 11-frames) $P11" "prepared from its six other frames: the empty one is listed as not used, so it is not used"
note 11 11-frames/023 "the same" "no blue picture among those of the clip: frames without labels are left out on purpose (emolab features of the folder, which knows no labels, may show it)"
note 11 11-frames/031 "the same" "not used, with the reason: all of its frames are empty (control)"

# ---- 12 to 17: tables -----------------------------------------------------------------------------------------------------------------
d 12-17-tables
for i in $(seq 1 10); do sox -n -r 16000 -c 1 v$i.wav synth 0.4 sine $((240 + i * 30)) gain -6 2>/dev/null; done
python3 - <<'P'
import json
names = [f'v{i}' for i in range(1, 11)]; lab = ['sad', 'neutral', 'happy', 'anger', 'disgust']; N = list(enumerate(names))
def w(name, head, rows, enc='utf-8', nl='\n', bom=b''): open(name, 'wb').write(bom + (nl.join([head] + rows) + nl).encode(enc))
row = lambda i, n, sep=',': sep.join([n + '.wav', lab[i % 5], f'p{i % 4}'])
w('plain.csv', 'path,label,speaker', [row(i, n) for i, n in N])
w('12-open-quote.tsv', 'path\tlabel\tspeaker\tsentence', [row(i, n, '\t') + '\t' + ('"It is eleven' if i == 4 else "The airplane is late") for i, n in N], nl='\r\n')
w('12-quoted-newline.csv', 'path,label,speaker,sentence', [row(i, n) + ',' + {1: '"Two lines,\nand a ""word"""', 6: 'a 3" door', 8: '""'}.get(i, 'one line') for i, n in N])
w('13-empty-columns.csv', ',path,label,speaker,,', [f'{i},{row(i, n)},,' for i, n in N] + [',,,,,'] * 2, nl='\r\n')
w('13-named-twice.csv', 'path,label,speaker,label', [row(i, n) + ',sad' for i, n in N])
w('14-age.csv', 'path,label,speaker,age,take', [row(i, n) + ',' + ('' if i in (3, 5) else f'{31 + i}.0') + f',{i}.5' for i, n in N])
w('16-missing.csv', 'path,label,speaker,valence,arousal,start,end', [row(i, n) + ',N/A,N/A,NULL,NULL' for i, n in N])
w('16-names.csv', 'path,label,speaker,note', [f'{n}.wav,{lab[i % 5]},{["Na", "Nan"][i % 2]},none' for i, n in N])
open('16-commas.jsonl', 'w').write(''.join(json.dumps({'path': n + '.wav', 'label': lab[i % 5], 'speaker': f'p{i % 4}'}) + ',\n' for i, n in N))
w('17-commas.tsv', 'path,label,speaker', [row(i, n) for i, n in N])
w('17-utf16be.csv', 'path,label,speaker', [row(i, n) for i, n in N], 'utf-16-be', '\r\n', b'\xfe\xff')
w('17-space-quotes.csv', 'path, speaker, label, sentence', [f'{n}.wav, "p {i % 4}", "{lab[i % 5]}", "{"Well, it is late" if i == 3 else "It is late"}"' for i, n in N])
w('17-semicolon-inside.csv', 'path,label,speaker,mood', [row(i, n) + ',sunny; windy;\tdry' for i, n in N])
w('17-one-column.csv', 'path', [n + '.wav' for n in names])
P
note 12 12-17-tables/12-open-quote.tsv "$A" "10 clips, or an error or complaint that names line 6, where the quote opens; never 5 clips and no word"
note 12 12-17-tables/12-quoted-newline.csv "$A" "10 clips: a line end, a comma and a doubled quote inside quotes, and a lone quote inside a word are all text (control)"
note 13 12-17-tables/13-empty-columns.csv "$A" "10 clips; columns without a name and rows without anything are passed over"
note 13 12-17-tables/13-named-twice.csv "$A" "refused: a column is named twice (control)"
note 14 12-17-tables/14-age.csv "$A" "10 clips; age 31 for 31.0, none where it is empty; take stays 0.5, 1.5, ..."
note 16 12-17-tables/16-missing.csv "$A" "10 clips (N/A and NULL in a column of numbers are nothing), or exit code 1 and the first reasons with their lines; not only 'no clip in the layout of table'; with --json too"
note 16 12-17-tables/16-names.csv "$A" "10 clips of the two speakers Na and Nan: in a column of words they are words (control)"
note 16 12-17-tables/16-commas.jsonl "$A" "10 clips, or: line 1 is not one JSON object (a comma follows it); not 'it has no column path'"
note 17 "12-17-tables/{17-commas.tsv,17-utf16be.csv}" "$A" "10 clips, or an error that names the separator, or the encoding; not 'it has no column path'"
note 17 12-17-tables/17-space-quotes.csv "$A; emolab corpora check t --labels six" "10 clips, speakers, labels and sentences without quotes, the one of line 5 with its comma; or an error that names the quote after a space; never labels that no label space knows"
note 17 "12-17-tables/{17-semicolon-inside,17-one-column,plain}.csv" "$A" "10 clips each: what is inside a field separates nothing (control)"

d 14-mosei
cp "$B/voice.wav" Ab3kQ9_xLm0_7.wav; ff -i "$B/voice.wav" -af atempo=1.15 Ab3kQ9_xLm0_12.wav; ff -i "$B/voice.wav" -af atempo=0.9 7tR_-pVo2Ys_0.wav
printf 'video,clip,happy,sad,anger,fear,disgust,surprise,split\nAb3kQ9_xLm0,7.0,0,1,0,0,0,0,train\nAb3kQ9_xLm0,12.0,2,0,0,0,0,0,train\n7tR_-pVo2Ys,0.0,0,0,0,0,0.6667,0,valid\n7tR_-pVo2Ys,,0,0,0,0,0,0,valid\n7tR_-pVo2Ys,2.5,0,1,0,0,0,0,valid\n' > mosei.csv
note 14 14-mosei "emolab corpora add FILE --name f14" "3 clips: clip 7.0 is the sound ..._7; lines 5 (no clip) and 6 (clip 2.5, which is not there) are listed with their reasons"

d 15-fer2013
python3 - <<'P'
import os
px = lambda k: ' '.join(str((i * 5 + k * 29) % 256) for i in range(2304))
rows = [((k * 2) % 7, 'Training' if k < 5 else 'PrivateTest', px(k)) for k in range(7)]
def w(folder, name, lines, bom=b'', nl='\n'):
    os.makedirs(folder); open(f'{folder}/{name}', 'wb').write(bom + (nl.join(lines) + nl).encode())
w('icml-ok', 'icml_face_data.csv', ['emotion, Usage, pixels'] + [f'{e}, {u}, {p}' for e, u, p in rows])
w('icml-bom', 'icml_face_data.csv', ['emotion, Usage, pixels'] + [f'{e}, {u}, {p}' for e, u, p in rows], b'\xef\xbb\xbf', '\r\n')
w('quoted-words', 'fer2013.csv', ['"emotion","pixels","Usage"'] + [f'{e},"{p}","{u}"' for e, u, p in rows])
w('short-row', 'fer2013.csv', ['emotion,pixels,Usage'] + [f'{e},{p if e != 6 else p[:-4]},{u}' for e, u, p in rows])
P
note 15 "15-fer2013/{icml-bom,quoted-words}" "emolab corpora add FILE --name f15" "7 clips with the pictures, names and parts of 15-fer2013/icml-ok"
note 15 15-fer2013/short-row "the same" "6 clips; line 5 is listed, since it lacks a pixel (control)"

# ---- 18, 19, 30: names ---------------------------------------------------------------------------------------------------------------------
python3 - <<'P'
import os, shutil, unicodedata, wave
out = os.environ['OUT']; v = out + '/00-base/voice.wav'; nfc, nfd = (lambda s: unicodedata.normalize('NFC', s)), (lambda s: unicodedata.normalize('NFD', s))
def make(folder, rows):
    for n, _ in rows[0]: os.makedirs(os.path.dirname(f'{folder}/{n}'), exist_ok=True); shutil.copy(v, f'{folder}/{n}')
    open(folder + '/clips.csv', 'w', encoding='utf-8').write(rows[1] + ''.join(t for _, t in rows[0]))
name = 'Ångström/Jürgen-Núñez.wav'
make(out + '/18-unicode/written-nfd', ([(nfc(name), nfd(name) + ',happy,j\n'), ('x.wav', 'x.wav,sad,x\n')], 'path,label,speaker\n'))
b = out + '/18-unicode/both'
make(b, ([(nfc('Ñ.wav'), 'one,' + nfc('Ñ.wav') + ',happy,o\n'), (nfd('Ñ.wav'), 'two,' + nfd('Ñ.wav') + ',sad,t\n')], 'name,path,label,speaker\n'))
with wave.open(v) as i, wave.open(f'{b}/{nfd("Ñ.wav")}', 'wb') as o: o.setparams(i.getparams()); o.writeframes(i.readframes(16800))
P
note 18 18-unicode/written-nfd "emolab corpora add FILE --name f18" "2 clips, or a reason that says: the file there has the same name in another Unicode form"
note 18 18-unicode/both "the same" "each row gets exactly the file that it names, where both are there: the clip two lasts 0.7 s, one four times as long"
d 19-dash
for n in -Zq8_r2LwE0 --mK4vT-y1Hc plain; do cp "$out/12-17-tables/v1.wav" "./$n.wav"; done
note 19 19-dash "cd FILE; emolab features *.wav --output o" "done, or an error that says: write ./--mK4vT-y1Hc.wav, or put -- before the names"
note 19 19-dash "cd FILE; emolab features plain.wav --output o --siez 112" "a mistyped option is still told as one, with the nearest: --size (control)"
d 30-wide-names
python3 - <<'P'
import os, shutil
v = os.environ['OUT'] + '/12-17-tables/v1.wav'; rows = [('开心的片段', 'happy', '李雷'), ('おこる01', 'anger', '鈴木'), ('슬픔', 'sad', '박지'), ('ＡＢＣ', 'fear', 'ｘ'), ('e\u0301tude', 'neutral', 'αβγ'), ('plain', 'sad', 'z')]
for n, _, _ in rows: shutil.copy(v, n + '.wav')
open('clips.csv', 'w', encoding='utf-8').write('path,label,speaker\n' + ''.join(f'{n}.wav,{l},{s}\n' for n, l, s in rows))
P
note 30 30-wide-names "emolab corpora add FILE --name f30; emolab corpora list f30" "every column begins in the same terminal cell: wide and full-width letters (East Asian Width W, F) count two, combining marks none, Greek letters one"

# ---- 22, 23: what is trained on ---------------------------------------------------------------------------------------------------------------------------
d 22-23-training
python3 - <<'P'
import array, math, os, random, wave
random.seed(3); L = ['anger', 'disgust', 'fear', 'happy', 'neutral', 'sad']; sr, n = 8000, 6400
hann = [0.5 - 0.5 * math.cos(2 * math.pi * i / (n - 1)) for i in range(n)]
def sound(name, f):
    x = array.array('h', (int(32000 * (0.5 * math.sin(2 * math.pi * f * i / sr) * h + random.uniform(-0.01, 0.01))) for i, h in enumerate(hann)))
    with wave.open(name, 'wb') as o: o.setnchannels(1); o.setsampwidth(2); o.setframerate(sr); o.writeframes(x.tobytes())
def corpus(name, rows, head='path,label,speaker'):
    os.makedirs(name)
    with open(name + '/clips.csv', 'w') as t:
        t.write(head + '\n')
        for i, (l, s) in enumerate(rows): sound(f'{name}/k{i:02d}.wav', 220 + 70 * (L.index(l) if l in L else i % 6)); t.write(','.join([f'k{i:02d}.wav'] + ([l] if 'label' in head else []) + [s]) + '\n')
corpus('all', [(L[i % 6], f'a{i // 6}') for i in range(30)])
corpus('bare', [('', f'b{i // 4}') for i in range(16)], 'path,speaker')
corpus('few', [(L[i] if i < 4 else '', f'f{i // 4}') for i in range(16)])
corpus('nodisgust', [(L[i % 6].replace('disgust', 'anger'), f'n{i // 6}') for i in range(30)])
corpus('onlysad', [('sad', f'o{i // 6}') for i in range(30)])
P
T="emolab train demo --set model.modalities=audio --set training.epochs=2"
note 22 22-23-training/bare "for c in all bare; do emolab corpora add 22-23-training/\$c --name \$c; done; $T --set data.source=all --set data.target=bare" "trains: the 16 clips (less those held out) draw the features, target scores are 'not known'; its table has no column label, and needs none"
note 22 22-23-training/few "the same with data.target=few" "the 12 clips without a label take part in the adaptation; only scores are of the labelled ones"
note 22 22-23-training/bare "the same with data.source=bare, data.target=all" "refused: a source needs labels (control)"
note 23 22-23-training/nodisgust "emolab train demo-audio-only --set data.source=nodisgust --set data.target=all --set training.epochs=2" "a warning before the first step: no training clip of the source is disgust"
note 23 22-23-training/onlysad "the same with data.source=onlysad" "an error, or the same warning for all classes but sad: an accuracy of 1.000 says nothing"
note 23 22-23-training/all "the same with data.source=all, data.target=nodisgust" "trains; nothing is said of the source, which has every class (control)"

# ---- 24 to 27: weights ---------------------------------------------------------------------------------------------------------------------------------------
d 24-27-weights
python3 - <<'P'
import array, collections, json, os, pickle, random, struct, sys, types, zipfile, io
random.seed(5); W, L, H, M, F, S, P = 24, 2, 3, 48, 2, 24, 8
class Array:   # a float32 array: shape and values
    def __init__(s, shape, x): s.shape, s.x = tuple(shape), array.array('f', x)
    def map(s, f): return Array(s.shape, map(f, s.x))
def r(*shape, at=0.0):
    n = 1
    for k in shape: n *= k
    return Array(shape, (at + random.gauss(0, 0.05) for _ in range(n)))
json.dump(dict(model_type='timesformer', image_size=S, patch_size=P, num_frames=F, hidden_size=W, num_hidden_layers=L, num_attention_heads=H, intermediate_size=M, num_channels=3, hidden_act='gelu', layer_norm_eps=1e-6, qkv_bias=True, attention_type='divided_space_time'), open('config.json', 'w'))
clip = r(1, F, 3, S, S); head = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }" % (clip.shape,); head += ' ' * ((-len(head) - 11) % 64) + '\n'
open('clip.npy', 'wb').write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(head)) + head.encode() + clip.x.tobytes())
p = 'timesformer.'; sd = {p+'embeddings.cls_token': r(1, 1, W), p+'embeddings.position_embeddings': r(1, 1 + (S//P)**2, W), p+'embeddings.time_embeddings': r(1, F, W),
    p+'embeddings.patch_embeddings.projection.weight': r(W, 3, P, P), p+'embeddings.patch_embeddings.projection.bias': r(W)}
for l in range(L):
    q = f'{p}encoder.layer.{l}.'
    for a in ('attention', 'temporal_attention'):
        sd.update({q+a+'.attention.qkv.weight': r(3*W, W), q+a+'.attention.qkv.bias': r(3*W), q+a+'.output.dense.weight': r(W, W), q+a+'.output.dense.bias': r(W)})
    for n, o, i in (('intermediate.dense', M, W), ('output.dense', W, M), ('temporal_dense', W, W)): sd.update({q+n+'.weight': r(o, i), q+n+'.bias': r(o)})
    for n in ('layernorm_before', 'layernorm_after', 'temporal_layernorm'): sd.update({q+n+'.weight': r(W, at=1.0), q+n+'.bias': r(W)})
sd.update({p+'layernorm.weight': r(W, at=1.0), p+'layernorm.bias': r(W), 'classifier.weight': r(6, W), 'classifier.bias': r(6)})
def st(name, d):
    h, at = {}, 0
    for k, v in d.items(): h[k] = dict(dtype='F32', shape=list(v.shape), data_offsets=[at, at + 4 * len(v.x)]); at += 4 * len(v.x)
    j = json.dumps(h).encode(); j += b' ' * (-len(j) % 8); open(name, 'wb').write(struct.pack('<Q', len(j)) + j + b''.join(v.x.tobytes() for v in d.values()))
st('plain.safetensors', sd)
st('24-encoder-compiled.safetensors', {k.replace('encoder.', 'encoder._orig_mod.'): v for k, v in sd.items()})
st('24-front.safetensors', {'module._orig_mod.' + k: v for k, v in sd.items()})
st('24-lacks-one.safetensors', {k: v for k, v in sd.items() if k != p + 'encoder.layer.1.output.dense.bias'})
open('26-pointer.bin', 'w').write('version https://git-lfs.github.com/spec/v1\noid sha256:' + '3c' * 32 + '\nsize 1213400576\n')
open('26-denied.safetensors', 'w').write('\n<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>')
names = list(sd); shards = ['pytorch_model-0000%d-of-00003.bin' % k for k in (1, 2, 3)]
json.dump(dict(metadata=dict(total_size=99999), weight_map={k: shards[3 * i // len(names)] for i, k in enumerate(names)}), open('pytorch_model.bin.index.json', 'w'))
open('26-noise.safetensors', 'wb').write(bytes(random.randrange(128, 256) for _ in range(600)))
st('27-teacher.safetensors', {**{'student.' + k: v for k, v in sd.items()}, **{'teacher.' + k: v.map(lambda x: 0.5 * x) for k, v in sd.items()}})
broken = Array(sd[p+'embeddings.time_embeddings'].shape, sd[p+'embeddings.time_embeddings'].x); broken.x[7] = float('inf')
st('27-infinite.safetensors', {**sd, p+'embeddings.time_embeddings': broken})
# PyTorch files without PyTorch: modules of its names, so that the pickle names them.
tm, tu = types.ModuleType('torch'), types.ModuleType('torch._utils'); sys.modules.update({'torch': tm, 'torch._utils': tu})
def named(o, module, name): o.__module__, o.__qualname__, o.__name__ = module, name, name; return o
tm.FloatStorage = named(type('FloatStorage', (), {}), 'torch', 'FloatStorage')
def rebuild(*a): pass
tu._rebuild_tensor_v2 = named(rebuild, 'torch._utils', '_rebuild_tensor_v2')
class Storage:
    def __init__(s, a): s.a = a
class T:
    def __init__(s, a): s.a = a
    def __reduce__(s):
        strides, n = [], 1
        for x in reversed(s.a.shape): strides.insert(0, n); n *= x
        return rebuild, (Storage(s.a), 0, s.a.shape, tuple(strides), False, collections.OrderedDict())
class Runs:
    def __reduce__(s): return os.getcwd, ()
def save(name, o):
    storages = []
    class Pickler(pickle._Pickler):
        def persistent_id(self, o):
            if isinstance(o, Storage): storages.append(o.a); return 'storage', tm.FloatStorage, str(len(storages) - 1), 'cpu', len(o.a.x)
    b = io.BytesIO(); Pickler(b, 2).dump(o)
    with zipfile.ZipFile(name, 'w', zipfile.ZIP_STORED) as z:
        z.writestr('archive/data.pkl', b.getvalue())
        for i, a in enumerate(storages): z.writestr(f'archive/data/{i}', a.x.tobytes())
        z.writestr('archive/version', '3\n')
t = collections.OrderedDict((k, T(v)) for k, v in sd.items())
save('25-counter.pt', {'epoch': 40, 'state_dict': t, 'lr_schedulers': [{'milestones': collections.Counter({30: 1, 60: 1, 90: 2}), 'gamma': 0.2, 'last_epoch': 40}]})
save('25-runs-code.pt', {'state_dict': t, 'hook': Runs()})
P
FW="cd 24-27-weights; emolab forward timesformer --config config.json --weights FILE --input clip.npy --output o.safetensors"
note 24 24-27-weights/24-encoder-compiled.safetensors "$FW" "the bytes that plain.safetensors gives: _orig_mod. may stand anywhere in a name; or an error that names torch.compile"
note 24 24-27-weights/24-front.safetensors "$FW" "the same bytes (control)"
note 24 24-27-weights/24-lacks-one.safetensors "$FW" "refused: encoder.layer.1.output.dense.bias is lacking (control)"
note 25 24-27-weights/25-counter.pt "$FW" "the same bytes: a Counter is a dictionary of numbers, and PyTorch's own safe reader takes it"
note 25 24-27-weights/25-runs-code.pt "$FW" "refused by the function's name (posix.getcwd), and nothing is run (control)"
note 26 24-27-weights/26-pointer.bin "$FW" "an error that says: a pointer of Git LFS, 1.2 GB are to be fetched with git lfs pull; not its first bytes"
note 26 24-27-weights/26-denied.safetensors "$FW" "an error that says: a page from the web, not weights"
note 26 24-27-weights/pytorch_model.bin.index.json "$FW" "an error that says: an index of 3 files, which are not there (or not read together)"
note 26 24-27-weights/26-noise.safetensors "$FW" "refused: no kind of file that is known (control)"
note 27 24-27-weights/27-teacher.safetensors "$FW" "an error that names both sets (student., teacher.), or a note which was taken; never one in silence"
note 27 24-27-weights/27-infinite.safetensors "$FW" "an error or a warning: embeddings.time_embeddings holds an infinite number"
note 27 24-27-weights/plain.safetensors "$FW" "used: the classifier is named as left out, nothing is ambiguous (control)"

# ---- 29: a locale that is not there -----------------------------------------------------------------------------------------------------------------------------
d 29-locale
cat > try.sh <<'T'
#!/bin/bash
# try.sh EMOLAB NAME=VALUE... : the workbench in a tmux of 100x24 with these variables set; prints the screen and the exit code. TERM must be among them.
e=$(command -v "$1"); shift; s=field-$$
tmux -L $s -f /dev/null new-session -d -x 100 -y 24 "env -u COLORTERM -u LC_ALL -u LC_CTYPE -u LANG $* '$e' --pane corpora; echo END rc=\$?; sleep 9"
sleep 2; tmux -L $s capture-pane -p; tmux -L $s send-keys q; sleep 1; tmux -L $s capture-pane -p | grep -a END; tmux -L $s kill-server
T
chmod +x try.sh
note 29 29-locale/try.sh "(in a store of f30 alone) FILE emolab TERM=xterm-256color LC_ALL=pt_BR.UTF-8" "where 'locale -a' lacks it: letters, lines and curves as with LANG=C.UTF-8, which carries what was asked for; or one line that says why it is ASCII; never names of question marks without a word"
note 29 29-locale/try.sh "the same with LANG=POSIX, and with LANG=de_DE.ISO-8859-1" "ASCII: nobody asked for UTF-8 (control)"

# ---- 32, 33: unusual WAV ---------------------------------------------------------------------------------------------------------------------------------------
d 32-33-wav
python3 - <<'P'
import array, os, struct, sys
b = open(os.environ['OUT'] + '/00-base/voice.wav', 'rb').read(); x = array.array('h'); i = b.find(b'data') + 8; x.frombytes(b[i:len(b) - (len(b) - i) % 2]); sr = struct.unpack('<I', b[24:28])[0]
s = array.array('h', (v for v in x for _ in (0, 1))); s.byteswap(); d = s.tobytes(); body = b'WAVEfmt ' + struct.pack('>IHHIIHH', 16, 1, 2, sr, 4*sr, 4, 16) + b'data' + struct.pack('>I', len(d)) + d
open('rifx-stereo.wav', 'wb').write(b'RIFX' + struct.pack('>I', len(body)) + body)
def f(name, k):
    d = array.array('d', (k * v / 32768 for v in x)).tobytes(); body = b'WAVEfmt ' + struct.pack('<IHHIIHH', 16, 3, 1, sr, 8*sr, 8, 64) + b'data' + struct.pack('<I', len(d)) + d
    open(name, 'wb').write(b'RIFF' + struct.pack('<I', len(body)) + body)
f('huge.wav', 1e24); f('above-one.wav', 8.0)
P
ff -i "$B/voice.wav" swapped.aiff
note 32 32-33-wav/rifx-stereo.wav "$F" "mel as of 00-base/voice.wav, or refused as WAV of the other byte order; never noise"
note 32 32-33-wav/swapped.aiff "$F" "mel as of 00-base/voice.wav: AIFF is of that byte order and is read (control)"
note 33 32-33-wav/huge.wav "$F" "refused or warned of: no infinity in mel without a word"
note 33 32-33-wav/above-one.wav "$F" "mel 18 dB above 00-base/voice.wav's (control)"

cd "$out"; echo "$out: $(($(wc -l < manifest.tsv) - 1)) lines in manifest.tsv, $(find . -type f | wc -l) files, $(du -sm . | cut -f1) MB; pictures: $face"
