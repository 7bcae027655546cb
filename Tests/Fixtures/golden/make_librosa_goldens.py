"""Linear spectrograms and cepstral coefficients by librosa 0.11: librosa_linear.safetensors.

The sound is half a second of the golden mel spectrogram's, taken as 16 kHz for the first two and as 22,050 Hz for the others.
"""
import pathlib
import librosa, numpy as np
from safetensors.numpy import load_file, save_file

here = pathlib.Path(__file__).parent
y = load_file(here / "librosa_mel.safetensors")["in.wave_22050"][20000:28000].copy()
out = {"in.wave": y}
stft = librosa.stft(y, n_fft=512, hop_length=64)
out["mrpn"] = librosa.amplitude_to_db(np.abs(stft))
stft = librosa.stft(y, n_fft=512, hop_length=160, window="hamming")
out["metric_attention"] = np.log(1e-6 + np.abs(stft))[1:]
stft = librosa.stft(y, n_fft=1024, hop_length=300, win_length=600)
out["power_1024_600_300"] = (np.abs(stft) ** 2)
out["magnitude_1024_600_300"] = np.abs(stft)
for count, bands, fmax in [(10, 128, None), (13, 40, None), (40, 64, 6000)]:
    out[f"mfcc_{count}_{bands}"] = librosa.feature.mfcc(y=y, sr=22050, n_mfcc=count, n_mels=bands, fmax=fmax)
out["mel_emocatcher"] = librosa.power_to_db(
    librosa.feature.melspectrogram(y=y, sr=22050, n_fft=4096, win_length=2048, hop_length=1364, n_mels=64, fmax=6000))
save_file({name: np.ascontiguousarray(a, np.float32) for name, a in out.items()}, here / "librosa_linear.safetensors")
