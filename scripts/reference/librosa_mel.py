"""The front end's works in librosa, scipy and PyAV, to hold emolab's beside.

Reads sound.wav and film.mp4 of a folder that `emolab bench media --compare` writes, and prints one JSON line: the seconds
of every run, by work. One thread.
"""
import argparse, json, os, time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import av, librosa, numpy as np, scipy.ndimage


def decibels(y, n_fft, hop, fmax=6000):
    return librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=22050, n_fft=n_fft, hop_length=hop, n_mels=128, fmin=0, fmax=fmax))


def speech(db):
    """GVAD: the frames from the first to the last active one."""
    a = librosa.amplitude_to_db(librosa.db_to_power(db))
    energy = ((a - a.min()) / (a.max() - a.min())).sum(0)
    smooth = scipy.ndimage.gaussian_filter1d(np.sort(energy), 10)
    active = np.flatnonzero(energy > smooth[np.argmax(np.gradient(smooth))])
    return max(0, active[0] - 3), min(active[-1] + 3, db.shape[1])


def decode(path, count):
    """`count` linearly spaced frames as RGB."""
    with av.open(path) as film:
        stream = film.streams.video[0]
        stream.codec_context.thread_count = 1
        wanted = set(np.linspace(0, stream.frames - 1, count).astype(int).tolist())
        return [f.to_ndarray(format="rgb24") for i, f in enumerate(film.decode(stream)) if i in wanted]


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folder")
parser.add_argument("--runs", type=int, default=10)
parser.add_argument("--works", nargs="*")
a = parser.parse_args()
sound, film = os.path.join(a.folder, "sound.wav"), os.path.join(a.folder, "film.mp4")
y, _ = librosa.load(sound, sr=22050)
fine = decibels(y, 2048, 512)
works = {
    "load-3s": lambda: librosa.load(sound, sr=22050),
    "mel-3s": lambda: decibels(y, 4096, 1365),
    "mel-fine-3s": lambda: decibels(y, 2048, 512),
    "mfcc-3s": lambda: librosa.feature.mfcc(y=y, sr=22050, n_mfcc=20),
    "stft-3s": lambda: librosa.amplitude_to_db(np.abs(librosa.stft(y, n_fft=2048, hop_length=512))),
    "gvad-3s": lambda: speech(fine),
    "decode-720p": lambda: decode(film, 8),
}
seconds = {}
for name in a.works or works:
    work, times = works[name], []
    work(), work()
    while len(times) < a.runs or (sum(times) < 0.25 and len(times) < 1000):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    seconds[name] = times
print(json.dumps({"librosa": librosa.__version__, "seconds": seconds}))
