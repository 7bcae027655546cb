"""Time of face detection in facenet-pytorch: MTCNN.detect with landmarks, defaults, one picture at a time.

    python facenet_faces.py PICTURE... [--threads 2] [--rounds 10]

Prints one JSON line: median_ms and min_ms a picture over all rounds, and faces, the number found in each. Ours beside it: emolab bench faces --compare.
"""
import argparse, json, statistics, time
import torch
from facenet_pytorch import MTCNN
from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("pictures", nargs="+")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=10)
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)

detector = MTCNN(keep_all=True)
pictures = [Image.open(path).convert("RGB") for path in arguments.pictures]
detector.detect(pictures[0], landmarks=True)
times, faces = [], []
for round in range(arguments.rounds):
    for picture in pictures:
        start = time.perf_counter()
        boxes, _, _ = detector.detect(picture, landmarks=True)
        times.append(1e3 * (time.perf_counter() - start))
        if round == 0:
            faces.append(0 if boxes is None else len(boxes))
print(json.dumps({"median_ms": statistics.median(times), "min_ms": min(times), "faces": faces}))
