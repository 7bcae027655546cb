#!/usr/bin/env python3
"""Reference values for the residual networks: torchvision's blocks at small widths, and names and shapes of its whole networks.

Needs: torch, torchvision, safetensors.
Run:   python3 make_resnet_goldens.py OUTPUT_FOLDER

Names in the files are those of make_goldens.py; `after.*` are running statistics after one pass in training.
"""
import sys, pathlib
import torch, torch.nn as nn, torchvision
from safetensors.torch import save_file
from torchvision.models import resnet
from torchvision.models.video import resnet as video

out = pathlib.Path(sys.argv[1]); out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(20240512); torch.set_num_threads(1)


def shortcut(conv, norm, a, b, stride):
    return nn.Sequential(conv(a, b, 1, stride=stride, bias=False), norm(b))


def dump(name, block, x):
    for norm in block.modules():
        if isinstance(norm, (nn.BatchNorm2d, nn.BatchNorm3d)):
            nn.init.normal_(norm.weight, 1, 0.3); nn.init.normal_(norm.bias, 0, 0.3)
            nn.init.normal_(norm.running_mean, 0, 0.1); nn.init.uniform_(norm.running_var, 0.5, 1.5)
    t = {"w." + k: v.detach().clone() for k, v in block.state_dict().items()}
    with torch.no_grad():
        t["out.eval"] = block.eval()(x)
    x.requires_grad_()
    y = block.train()(x)
    probe = torch.randn_like(y)
    (y * probe).sum().backward()
    t.update({"in.x": x.detach(), "grad.in.x": x.grad, "out": y.detach(), "probe": probe})
    t.update({"grad.w." + k: p.grad for k, p in block.named_parameters()})
    t.update({"after." + k: v for k, v in block.named_buffers() if "running" in k})
    save_file({k: v.contiguous().clone() for k, v in t.items()}, out / f"{name}.safetensors")


# 8 and 16 channels go to oneDNN, 32 to minimal filtering.
dump("resnet_basic_s2", resnet.BasicBlock(8, 16, 2, shortcut(nn.Conv2d, nn.BatchNorm2d, 8, 16, 2)), torch.randn(3, 8, 9, 11))
dump("resnet_basic", resnet.BasicBlock(32, 32), torch.randn(2, 32, 7, 6))
dump("resnet_bottleneck_s2", resnet.Bottleneck(12, 8, 2, shortcut(nn.Conv2d, nn.BatchNorm2d, 12, 32, 2)), torch.randn(3, 12, 10, 9))
builder = video.Conv3DSimple
dump("r3d_basic_s2", video.BasicBlock(8, 16, builder, 2, shortcut(nn.Conv3d, nn.BatchNorm3d, 8, 16, (2, 2, 2))), torch.randn(2, 8, 5, 8, 7))
dump("r3d_basic", video.BasicBlock(32, 32, builder), torch.randn(2, 32, 4, 6, 5))

for name, net in (("resnet18", torchvision.models.resnet18()), ("resnet50", torchvision.models.resnet50()), ("r3d_18", torchvision.models.video.r3d_18())):
    lines = [k + " " + "x".join(map(str, v.shape)) for k, v in net.state_dict().items() if v.dim()]
    (out / f"{name}.names.txt").write_text("\n".join(lines) + "\n")
