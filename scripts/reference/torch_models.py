"""Step times of the convolution networks and EmoCatcher in PyTorch, to hold emolab's beside.

Prints one JSON line: median_ms, min_ms, clips_per_s (from the median) and peak_mib of a training step
(forward, cross-entropy, backward, optimiser: SGD with momentum for the ResNets, AdamW for EmoCatcher).
"""
import argparse, json, resource, statistics, time
import torch, torch.nn as nn, torch.nn.functional as F


class EmoCatcher(nn.Module):
    """Three convolutions, a two-layer bidirectional GRU, additive attention and a classifier on the pooled vector."""

    def __init__(self, mels=128, hidden=144, classes=6):
        super().__init__()
        self.convs = nn.ModuleList([
            nn.Conv1d(mels, 128, 5, padding=2), nn.Conv1d(128, 256, 3, padding=1), nn.Conv1d(256, 256, 3, padding=1)])
        self.norms = nn.ModuleList([nn.LayerNorm(128), nn.LayerNorm(256), nn.LayerNorm(256)])
        self.drop = nn.Dropout(0.1)
        self.gru = nn.GRU(256, hidden, 2, batch_first=True, bidirectional=True, dropout=0.1)
        self.wa = nn.Linear(2 * hidden, hidden, bias=False)
        self.va = nn.Linear(hidden, 1, bias=False)
        self.head = nn.Linear(2 * hidden, classes)

    def forward(self, mel):
        x = mel
        for conv, norm in zip(self.convs, self.norms):
            x = self.drop(F.gelu(norm(conv(x).transpose(1, 2)))).transpose(1, 2)
        h, _ = self.gru(x.transpose(1, 2))
        a = torch.softmax(self.va(torch.tanh(self.wa(h))), 1)
        return self.head((a * h).sum(1))


def make(name, batch, size):
    """The network, a batch for it and its optimiser."""
    if name == "emocatcher":
        net = EmoCatcher()
        return net, torch.randn(batch, 128, size), torch.optim.AdamW(net.parameters(), 5e-5, weight_decay=2e-5)
    import torchvision
    if name == "r3d_18":
        net, x = torchvision.models.video.r3d_18(), torch.randn(batch, 3, 16, size, size)
    else:
        net, x = getattr(torchvision.models, name)(), torch.randn(batch, 3, size, size)
    return net, x, torch.optim.SGD(net.parameters(), 0.01, momentum=0.9)


defaults = {"resnet18": (8, 224), "resnet50": (8, 224), "r3d_18": (2, 112), "emocatcher": (16, 128)}
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", choices=defaults, required=True)
parser.add_argument("--batch", type=int)
parser.add_argument("--size", type=int, help="side in px; frames of the spectrogram for emocatcher")
parser.add_argument("--steps", type=int, default=10)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--bf16", action="store_true", help="bf16 autocast")
parser.add_argument("--channels-last", action="store_true", help="memory format that PyTorch may prefer for convolutions")
a = parser.parse_args()
batch, size = a.batch or defaults[a.model][0], a.size or defaults[a.model][1]
torch.manual_seed(0)
torch.set_num_threads(a.threads)
net, x, optimiser = make(a.model, batch, size)
if a.channels_last:
    layout = torch.channels_last_3d if x.dim() == 5 else torch.channels_last
    net, x = net.to(memory_format=layout), x.to(memory_format=layout)
targets = torch.arange(batch) % 6


def step():
    start = time.perf_counter()
    optimiser.zero_grad(set_to_none=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
        logits = net(x)
    loss = F.cross_entropy(logits.float(), targets)
    loss.backward()
    optimiser.step()
    return time.perf_counter() - start


net.train()
for _ in range(2):
    step()
times = [step() for _ in range(a.steps)]
median = statistics.median(times)
print(json.dumps({
    "name": a.model, "batch": batch, "size": size, "threads": a.threads, "precision": "bf16" if a.bf16 else "f32",
    "channels_last": a.channels_last, "runs": a.steps, "median_ms": round(median * 1e3, 2), "min_ms": round(min(times) * 1e3, 2),
    "clips_per_s": round(batch / median, 3), "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    "torch": torch.__version__}))
