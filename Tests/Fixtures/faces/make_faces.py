"""What facenet-pytorch and Pillow make of a few pictures: values that FacesTests holds ours beside.

    python make_faces.py [DEMO_FRAME.png ...]      # beside this script; needs torch, facenet-pytorch, Pillow, numpy, safetensors

astronaut.png (NASA, public domain, as shipped with scikit-image) is here; group.png is made of it, with ten faces of 15 to 74 px; frames of the demo
corpora that are named are copied as demo0.png and so on. faces.safetensors gets, for each picture, `boxes` [n, 4] (left, top, right, bottom, px),
`scores` and `landmarks` [n, 5, 2], the largest face first, and `crop.*`: what Pillow's bilinear filter and facenet-pytorch's extract_face give.
mtcnn_stages.safetensors holds the three networks' answers to random input (torch.randn, seed 20240511).
"""
import pathlib, sys
import numpy as np, torch
from facenet_pytorch import MTCNN
from facenet_pytorch.models.utils.detect_face import extract_face
from PIL import Image
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent
torch.set_num_threads(1)
astronaut = Image.open(here / "astronaut.png").convert("RGB")

group = Image.new("RGB", (640, 360), (90, 110, 130))
head = astronaut.crop((120, 20, 340, 240))
for (x, y), side in zip(((5, 5), (190, 0), (340, 10), (460, 20), (560, 30), (10, 240), (120, 260), (220, 250), (330, 230), (470, 150)),
                        (180, 150, 120, 90, 70, 50, 42, 100, 130, 160)):
    group.paste(head.resize((side, side), Image.BILINEAR), (x, y))
group.save(here / "group.png", optimize=True)
pictures = {"astronaut": astronaut, "group": group}
for i, path in enumerate(sys.argv[1:]):
    pictures[f"demo{i}"] = Image.open(path).convert("RGB")
    pictures[f"demo{i}"].save(here / f"demo{i}.png", optimize=True)

detector, values = MTCNN(keep_all=True), {}
for name, picture in pictures.items():
    boxes, scores, landmarks = detector.detect(picture, landmarks=True)
    values |= {f"{name}.boxes": np.array(boxes, "f4"), f"{name}.scores": np.array(scores, "f4"), f"{name}.landmarks": np.array(landmarks, "f4")}
    print(name, picture.size, len(boxes), "faces")

box = values["astronaut.boxes"][0]
for size, margin in ((160, 0), (160, 44), (48, 0)):
    face = extract_face(astronaut, box, size, margin)
    values[f"crop.facenet.{size}.{margin}"] = face.numpy().transpose(1, 2, 0).astype("u1")
small = astronaut.crop((200, 60, 237, 89))  # 37 x 29
for width, height in ((37, 11), (11, 29), (5, 3), (64, 50), (1, 1), (37, 29)):
    values[f"crop.pillow.{width}.{height}"] = np.array(small.resize((width, height), Image.BILINEAR), "u1")
save_file({k: np.ascontiguousarray(v) for k, v in values.items()}, here / "faces.safetensors")
