"""Twenty steps of training in PyTorch for TrainingParityTests: python make_training_goldens.py OUT_FOLDER

Needs torch, transformers and safetensors. Each file holds an experiment as TOML, first weights `w0.`, last weights `w20.`, the clips of
every step, and per step the losses, the gradient's norm, alpha and learning rate. The clips themselves are in `training_clips`.
PyTorch computes in double precision, so that what differs is our rounding. TimeSformer is Hugging Face's; the rest is written here from
zu-dann's description and from the papers' own formulas, with the names that our layers carry.
"""
import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from transformers import TimesformerConfig, TimesformerModel

OUT = pathlib.Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

BANDS, FRAMES, SIZE, CLASSES, STEPS, PER_EPOCH = 8, 2, 16, 4, 20, 10
CHANNELS, KERNELS, HIDDEN, LAYERS = [10, 12], [5, 3], 8, 2
VIDEO = dict(width=12, layers=2, heads=2, mlp=20, patch=8)
WIDTH, HEADS, STAGES, JUDGE = 8, 2, 2, 6


def section(name, values):
    return f"[{name}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in values.items())


# --- network --------------------------------------------------------------------------------------------------------------------------

class EmoCatcher(nn.Module):
    def __init__(self, pools):
        super().__init__()
        widths = [BANDS] + CHANNELS
        for i, k in enumerate(KERNELS):
            block = nn.Module()
            norm = nn.Module()
            norm.layer_norm = nn.LayerNorm(widths[i + 1])
            block.conv_block = nn.ModuleList([nn.Conv1d(widths[i], widths[i + 1], k, padding=k // 2), norm])
            setattr(self, f"conv_block{i + 1}", block)
        self.gru_layernorm = nn.LayerNorm(widths[-1])
        self.gru = nn.GRU(widths[-1], HIDDEN, LAYERS, batch_first=True, bidirectional=True)
        if pools:
            self.attention = nn.Module()
            self.attention.linear_k = nn.Linear(2 * HIDDEN, HIDDEN, bias=False)
            self.attention.linear_z = nn.Linear(HIDDEN, 1, bias=False)

    def forward(self, mel, lengths):
        mask = (torch.arange(mel.shape[2])[None] < lengths[:, None]).to(mel)[:, None]
        x = mel * mask
        for i in range(len(KERNELS)):
            conv, norm = getattr(self, f"conv_block{i + 1}").conv_block
            x = F.gelu(norm.layer_norm(conv(x).transpose(1, 2))).transpose(1, 2)
            if i < len(KERNELS) - 1:
                x = x * mask
        steps = self.gru_layernorm(F.max_pool1d(x, 2).transpose(1, 2))
        lengths = (lengths // 2).clamp(min=1)
        packed = pack_padded_sequence(steps, lengths, batch_first=True, enforce_sorted=False)
        sequence, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True, total_length=steps.shape[1])
        pooled = None
        if hasattr(self, "attention"):
            scores = self.attention.linear_z(torch.tanh(self.attention.linear_k(sequence)))[..., 0]
            scores = scores.masked_fill(torch.arange(scores.shape[1])[None] >= lengths[:, None], -torch.inf)
            pooled = (scores.softmax(1)[..., None] * sequence).sum(1)
        return sequence, lengths, pooled


def head(width, hidden, outputs):
    return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


class Stage(nn.Module):
    def __init__(self):
        super().__init__()
        self.av = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.va = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.na, self.nv = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, audio, video, padding):
        heard = self.av(audio, video, video, need_weights=False)[0]
        seen = self.va(video, audio, audio, key_padding_mask=padding, need_weights=False)[0]
        return self.na(audio + heard), self.nv(video + seen)


class ZuDann(nn.Module):
    def __init__(self, fusion):
        super().__init__()
        self.fusion = fusion
        self.audio = EmoCatcher(pools=fusion != "middle")
        self.timesformer = TimesformerModel(TimesformerConfig(
            image_size=SIZE, patch_size=VIDEO["patch"], num_channels=3, num_frames=FRAMES, hidden_size=VIDEO["width"],
            num_hidden_layers=VIDEO["layers"], num_attention_heads=VIDEO["heads"], intermediate_size=VIDEO["mlp"], hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0, drop_path_rate=0, layer_norm_eps=1e-6))
        self.pa, self.pv = nn.Linear(2 * HIDDEN, WIDTH), nn.Linear(VIDEO["width"], WIDTH)
        if fusion == "middle":
            self.stages = nn.ModuleList([Stage() for _ in range(STAGES)])
        if fusion == "late":
            self.head_audio, self.head_video = head(WIDTH, WIDTH, CLASSES), head(WIDTH, WIDTH, CLASSES)
            self.late = nn.Module()
            self.late.weights = nn.Parameter(torch.zeros(2))
        else:
            self.head = head(2 * WIDTH, WIDTH, CLASSES)

    def forward(self, mel, lengths, pictures):
        sequence, lengths, pooled = self.audio(mel, lengths)
        tokens = self.timesformer(pictures).last_hidden_state
        places = {}
        if self.fusion == "middle":
            batch, frames = pictures.shape[:2]
            video = self.pv(tokens[:, 1:].reshape(batch, -1, frames, VIDEO["width"]).mean(1))
            audio = self.pa(sequence)
            real = (torch.arange(audio.shape[1])[None] < lengths[:, None])

            def mean(steps):
                return (steps * real[..., None]).sum(1) / lengths[:, None]
            places["audio"], places["video"] = mean(audio), video.mean(1)
            for i, stage in enumerate(self.stages):
                audio, video = stage(audio, video, ~real)
                places[f"stage{i + 1}"] = torch.cat([mean(audio), video.mean(1)], 1)
            places["fused"] = places[f"stage{STAGES}"]
            return self.head(places["fused"]), places
        places["audio"], places["video"] = self.pa(pooled), self.pv(tokens.mean(1))
        places["fused"] = torch.cat([places["audio"], places["video"]], 1)
        if self.fusion == "early":
            return self.head(places["fused"]), places
        heard, seen = self.head_audio(places["audio"]).softmax(1), self.head_video(places["video"]).softmax(1)
        shares = self.late.weights.softmax(0)
        return (shares[0] * heard + shares[1] * seen).log(), places


# --- adaptation -----------------------------------------------------------------------------------------------------------------------

class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return -ctx.alpha * gradient, None


def coral(source, target):
    """Deep CORAL, equations 1 to 3, with the covariance written out as there."""
    def covariance(d):
        ones = torch.ones(1, len(d))
        return (d.T @ d - (ones @ d).T @ (ones @ d) / len(d)) / (len(d) - 1)
    return (covariance(source) - covariance(target)).pow(2).sum() / (4 * source.shape[1] ** 2)


def mmd(source, target):
    """The biased estimator with five kernels around the mean distance, as `MMD_loss` of jindongwang/transferlearning has them."""
    both = torch.cat([source, target])
    distances = (both[:, None] - both[None]).pow(2).sum(2)
    bandwidth = distances.detach().sum() / (len(both) ** 2 - len(both))
    kernel = sum(torch.exp(-distances / (bandwidth * 2.0 ** k)) for k in range(-2, 3))
    n = len(source)
    return kernel[:n, :n].mean() + kernel[n:, n:].mean() - 2 * kernel[:n, n:].mean()


class Objective(nn.Module):
    def __init__(self, adaptation):
        super().__init__()
        self.settings = adaptation
        widths = {"fused": 2 * WIDTH, "stage1": 2 * WIDTH, "stage2": 2 * WIDTH, "audio": WIDTH, "video": WIDTH}
        self.method = adaptation["method"]
        if self.method in ("dann", "cdan"):
            self.discriminator = nn.ModuleDict({
                place: head(widths[place] * (CLASSES if self.method == "cdan" else 1), JUDGE, 2) for place in adaptation["discriminators"]})

    def term(self, logits, places, domains, alpha):
        s = self.settings
        total = 0
        for place, weight in zip(s["discriminators"], s["discriminator_weights"]):
            features = places[place]
            if self.method == "dann":
                part = F.cross_entropy(self.discriminator[place](Reverse.apply(features, alpha)), domains)
            elif self.method == "cdan":
                answers = logits.softmax(1)
                product = torch.bmm(answers.detach()[:, :, None], features[:, None]).flatten(1)
                told = self.discriminator[place](Reverse.apply(product, alpha))
                if s["entropy_weighting"]:
                    entropy = Reverse.apply(-(answers * (answers + 1e-5).log()).sum(1), alpha)
                    certainty = 1 + torch.exp(-entropy)
                    weights = sum(certainty * (domains == d) / (certainty * (domains == d)).sum().detach() for d in (0, 1))
                    part = (weights * F.cross_entropy(told, domains, reduction="none")).sum() / weights.sum().detach()
                else:
                    part = F.cross_entropy(told, domains)
            else:
                part = (coral if self.method == "coral" else mmd)(features[domains == 0], features[domains == 1])
            total = total + weight * part
        return total


# --- schedules ------------------------------------------------------------------------------------------------------------------------

def alpha_at(settings, p):
    most = settings["maximum"]
    if settings["schedule"] == "dann":
        return most * (2 / (1 + math.exp(-10 * p)) - 1)
    if settings["schedule"] == "conservative":
        if p <= 0.4:
            return 1e-4
        s = (p - 0.4) / 0.6
        return 1e-4 + (most - 1e-4) * s * s * (3 - 2 * s)
    return {"linear": most * p, "cosine": most * (1 - math.cos(math.pi * p)) / 2, "constant": most}[settings["schedule"]]


# --- clips ----------------------------------------------------------------------------------------------------------------------------

torch.manual_seed(20)
COUNT = 10
clips = {}
for domain, shift in (("source", 0.0), ("target", 0.7)):
    labels = torch.arange(COUNT) % CLASSES
    lengths = torch.randint(5, 15, (COUNT,))
    mel = torch.randn(COUNT, BANDS, 14) * 0.7 + shift
    pictures = torch.rand(COUNT, FRAMES, 3, SIZE, SIZE) * (1 - 0.4 * shift)
    for i in range(COUNT):
        mel[i, 2 * labels[i]: 2 * labels[i] + 2] += 1
        pictures[i, :, labels[i] % 3] *= 0.4
        mel[i, :, lengths[i]:] = 0
    # As the file stores them, so that both sides start from the same numbers.
    clips[domain] = dict(labels=labels, lengths=lengths, mel=mel.float().double(), pictures=pictures.float().double())
save_file({f"{d}.{k}": (v if k in ("labels", "lengths") else v.float()).contiguous() for d in clips for k, v in clips[d].items()},
          OUT / "training_clips.safetensors")


def batch(source, target):
    parts = [(clips["source"], source), (clips["target"], target)]
    lengths = torch.cat([c["lengths"][i] for c, i in parts])
    mel = torch.cat([c["mel"][i] for c, i in parts])[:, :, :lengths.max()]
    pictures = torch.cat([c["pictures"][i] for c, i in parts])
    labels = torch.cat([c["labels"][i] for c, i in parts])
    domains = torch.tensor([0] * len(source) + [1] * len(target))
    return mel, lengths, pictures, labels, domains


# --- training -------------------------------------------------------------------------------------------------------------------------

def train(name, fusion, method, alpha, batches="alternating", places=("fused",), weights=(1.0,), lamda=1.0, entropy=False, seed=1):
    torch.manual_seed(seed)
    adaptation = dict(method=method, weight=lamda, batches=batches, discriminators=list(places), discriminator_weights=list(weights),
                      entropy_weighting=entropy)
    schedule = dict(schedule=alpha[0], maximum=alpha[1])
    optimiser = dict(method="adamw", learning_rate=3e-3, weight_decay=1e-2, schedule="cosine-warm-restarts", restart_epochs=1, restart_factor=2,
                     minimum_rate=1e-5, clip_norm=0.5)
    size = 8 if batches == "joint" else 4
    toml = section("inputs", dict(mel_bands=BANDS, mel_frames=16, frames=FRAMES, picture_size=SIZE))
    toml += section("model.audio", dict(channels=CHANNELS, kernels=KERNELS, hidden=HIDDEN, layers=LAYERS, dropout=0.0))
    toml += section("model.video", dict(**VIDEO, dropout=0.0))
    toml += section("model.fusion", dict(kind=fusion, width=WIDTH, heads=HEADS, stages=STAGES, dropout=0.0, discriminator_width=JUDGE,
                                         discriminator_dropout=0.0))
    toml += section("adaptation", adaptation) + section("adaptation.alpha", schedule) + section("optimiser", optimiser)
    toml += section("training", dict(epochs=STEPS // PER_EPOCH, batch=size, label_smoothing=0.1))

    network, objective = ZuDann(fusion), Objective(adaptation)
    network.train(), objective.train()
    parameters = dict(network.named_parameters()) | dict(objective.named_parameters())
    with torch.no_grad():
        for key, p in parameters.items():
            # Large enough that twenty steps move everything; as float32, which the file stores.
            fan = p[0].numel() if p.dim() > 1 else 16
            norm = p.dim() == 1 and key.endswith("weight")
            p.copy_(((1 if norm else 0) + torch.randn_like(p) * (0.1 if norm else (1.5 if p.dim() > 1 else 0.5) / math.sqrt(fan))).float().double())
    tensors = {"w0." + k: p.detach().float() for k, p in parameters.items()}

    rule = torch.optim.AdamW(parameters.values(), lr=optimiser["learning_rate"], weight_decay=optimiser["weight_decay"])
    annealing = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(rule, T_0=1, T_mult=2, eta_min=optimiser["minimum_rate"])
    rows, chosen = [], []
    for step in range(STEPS):
        pick = lambda n: torch.randperm(COUNT)[:n]
        if batches == "joint":
            # The last of an epoch is smaller, as where the source does not fill it.
            source, target = pick(3 if step % PER_EPOCH == PER_EPOCH - 1 else 4), pick(4)
        else:
            source, target = (pick(4), pick(0)) if step % 2 == 0 else (pick(0), pick(4))
        mel, lengths, pictures, labels, domains = batch(source, target)
        annealing.step(step / PER_EPOCH)
        strength = alpha_at(schedule, step / (STEPS - 1))
        logits, at = network(mel, lengths, pictures)
        shown = torch.ones_like(domains, dtype=torch.bool) if method == "supervised" else domains == 0
        emotion = F.cross_entropy(logits[shown], labels[shown], label_smoothing=0.1) if shown.any() else None
        term = objective.term(logits, at, domains, strength) if method in ("dann", "cdan", "coral", "mmd") else None
        total = 0
        if emotion is not None:
            total = total + emotion
        if term is not None:
            total = total + lamda * (strength if method in ("coral", "mmd") else 1) * term
        rule.zero_grad()
        total.backward()
        # The whole gradient's norm is told, the network's is limited, the discriminators' are left alone.
        norm = torch.stack([p.grad.norm() for p in parameters.values() if p.grad is not None]).norm()
        nn.utils.clip_grad_norm_(network.parameters(), optimiser["clip_norm"])
        rule.step()
        told = (emotion, term, total, norm, torch.tensor(strength), torch.tensor(rule.param_groups[0]["lr"]))
        rows.append([float("nan") if v is None else v.detach().item() for v in told])
        chosen.append(torch.cat([source, torch.full((4 - len(source),), -1), target, torch.full((4 - len(target),), -1)]))
    tensors |= {"w20." + k: p.detach().float() for k, p in parameters.items()}
    tensors["emotion_domain_total_norm_alpha_rate"] = torch.tensor(rows)
    tensors["clips"] = torch.stack(chosen)
    file = OUT / f"training_{name}.safetensors"
    save_file({k: v.contiguous() for k, v in tensors.items()}, file, metadata={"experiment": toml})
    print(f"{name:22} {file.stat().st_size // 1024:4} KiB  total {rows[0][2]:.4f} -> {rows[-1][2]:.4f}")


train("early_dann", "early", "dann", ("dann", 1.0))
train("late_dann", "late", "dann", ("linear", 0.5))
train("middle_dann", "middle", "dann", ("dann", 1.0), places=("fused", "audio"), weights=(1.0, 0.5))
train("middle_dann_joint", "middle", "dann", ("conservative", 0.099), batches="joint", places=("stage1", "video"), weights=(0.5, 2.0), lamda=0.7)
train("middle_cdan", "middle", "cdan", ("cosine", 0.8))
train("middle_cdan_entropy", "middle", "cdan", ("dann", 1.0), batches="joint", entropy=True)
train("middle_coral", "middle", "coral", ("linear", 1.0), batches="joint", lamda=30.0)
train("middle_mmd", "middle", "mmd", ("constant", 1.0), batches="joint", places=("fused", "audio"), weights=(1.0, 0.5))
train("middle_supervised", "middle", "supervised", ("constant", 1.0))
