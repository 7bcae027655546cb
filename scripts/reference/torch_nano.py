"""Step time of emolab's nano preset in PyTorch: the domain-adversarial step of the demo, everything trained, nothing pretrained.

Prints one JSON line: median_ms, min_ms, clips_per_s (from the median) and peak_mib. Steps with a labelled source batch and with a target
batch come in turn; each is forward, both losses, backward, clipping of the gradient's norm, AdamW. Sizes are those of Experiment.preset(.nano).
"""
import argparse, json, resource, statistics, time
import torch, torch.nn as nn, torch.nn.functional as F
from transformers import TimesformerConfig, TimesformerModel

BANDS, MEL_FRAMES, FRAMES, CLASSES = 128, 128, 8, 6
CHANNELS, KERNELS, HIDDEN = [64, 96, 96], [5, 3, 3], 48
VIDEO_WIDTH, FUSION_WIDTH, HEADS = 64, 64, 4


class EmoCatcher(nn.Module):
    """Three convolutions, a pool over two frames, a bidirectional GRU."""

    def __init__(self):
        super().__init__()
        widths = [BANDS] + CHANNELS
        self.convs = nn.ModuleList([nn.Conv1d(a, b, k, padding=k // 2) for a, b, k in zip(widths, CHANNELS, KERNELS)])
        self.norms = nn.ModuleList([nn.LayerNorm(c) for c in CHANNELS])
        self.drop, self.norm = nn.Dropout(0.1), nn.LayerNorm(CHANNELS[-1])
        self.gru = nn.GRU(CHANNELS[-1], HIDDEN, 1, batch_first=True, bidirectional=True)

    def forward(self, mel):
        x = mel
        for conv, norm in zip(self.convs, self.norms):
            x = self.drop(F.gelu(norm(conv(x).transpose(1, 2)))).transpose(1, 2)
        return self.gru(self.norm(F.max_pool1d(x, 2).transpose(1, 2)))[0]


class Reverse(torch.autograd.Function):
    """The gradient turned round and scaled."""

    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return -ctx.alpha * gradient, None


class Stage(nn.Module):
    """Cross-attention both ways, residual, layer norm."""

    def __init__(self):
        super().__init__()
        self.av, self.va = (nn.MultiheadAttention(FUSION_WIDTH, HEADS, batch_first=True) for _ in range(2))
        self.na, self.nv = nn.LayerNorm(FUSION_WIDTH), nn.LayerNorm(FUSION_WIDTH)

    def forward(self, audio, video):
        heard, _ = self.av(audio, video, video, need_weights=False)
        seen, _ = self.va(video, audio, audio, need_weights=False)
        return self.na(audio + heard), self.nv(video + seen)


class Nano(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.video = TimesformerModel(TimesformerConfig(
            image_size=size, patch_size=16, num_frames=FRAMES, hidden_size=VIDEO_WIDTH, num_hidden_layers=2, num_attention_heads=4,
            intermediate_size=128))
        self.audio = EmoCatcher()
        self.pa, self.pv = nn.Linear(2 * HIDDEN, FUSION_WIDTH), nn.Linear(VIDEO_WIDTH, FUSION_WIDTH)
        self.stages = nn.ModuleList([Stage(), Stage()])
        fused = 2 * FUSION_WIDTH
        self.head = nn.Sequential(nn.Linear(fused, FUSION_WIDTH), nn.ReLU(), nn.Dropout(0.1), nn.Linear(FUSION_WIDTH, CLASSES))
        self.discriminator = nn.Sequential(nn.Linear(fused, 32), nn.ReLU(), nn.Dropout(0.15), nn.Linear(32, 2))

    def forward(self, mel, pictures, alpha):
        tokens = self.video(pictures).last_hidden_state
        audio, video = self.pa(self.audio(mel)), self.pv(tokens[:, 1:].reshape(len(mel), -1, FRAMES, VIDEO_WIDTH).mean(1))
        for stage in self.stages:
            audio, video = stage(audio, video)
        fused = torch.cat([audio.mean(1), video.mean(1)], -1)
        return self.head(fused), self.discriminator(Reverse.apply(fused, alpha))


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--size", type=int, default=64, help="side of the pictures in px")
parser.add_argument("--batch", type=int, default=8)
parser.add_argument("--steps", type=int, default=10)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--bf16", action="store_true", help="bf16 autocast")
a = parser.parse_args()
torch.manual_seed(0)
torch.set_num_threads(a.threads)
net = Nano(a.size).train()
optimiser = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-4)
mel, pictures = torch.rand(a.batch, BANDS, MEL_FRAMES), torch.rand(a.batch, FRAMES, 3, a.size, a.size)
labels = torch.arange(a.batch) % CLASSES


def step(is_source):
    start = time.perf_counter()
    optimiser.zero_grad(set_to_none=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
        emotion, domain = net(mel, pictures, 0.01)
    loss = F.cross_entropy(domain.float(), torch.full((a.batch,), 0 if is_source else 1))
    if is_source:
        loss = loss + F.cross_entropy(emotion.float(), labels, label_smoothing=0.1)
    loss.backward()
    nn.utils.clip_grad_norm_([p for p in net.parameters() if p.grad is not None], 1.0)
    optimiser.step()
    return time.perf_counter() - start


# Short steps need some before they run at their pace.
for index in range(6):
    step(index % 2 == 0)
times = [step(index % 2 == 0) for index in range(a.steps)]
median = statistics.median(times)
print(json.dumps({
    "name": "dann-nano", "batch": a.batch, "size": a.size, "threads": a.threads, "precision": "bf16" if a.bf16 else "f32", "runs": a.steps,
    "median_ms": round(median * 1e3, 3), "min_ms": round(min(times) * 1e3, 3), "clips_per_s": round(a.batch / median, 3),
    "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1), "torch": torch.__version__}))
