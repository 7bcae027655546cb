"""Reference values for `emolab forward`: Hugging Face's TimeSformer on pictures and frame counts other than its configuration's.

    python make_forward_goldens.py FOLDER

Its layers take the number of frames from the configuration and would regroup another silently: it is set to the input's after the weights
are made. `w.*` are parameters, `in.pixel_values` the input, `out.*` what `emolab forward --attentions` has to give; the configuration is
kept in the metadata.
"""
import json, sys
import torch
from safetensors.torch import save_file
from transformers import TimesformerConfig, TimesformerModel

torch.manual_seed(7)
settings = dict(
    hidden_size=20, num_hidden_layers=2, num_attention_heads=2, intermediate_size=36, image_size=30, patch_size=8, num_frames=4,
    layer_norm_eps=1e-3, qkv_bias=False)
config = TimesformerConfig(attn_implementation="eager", **settings)
model = TimesformerModel(config).eval()
for parameter in model.parameters():
    parameter.data = torch.randn_like(parameter) * (0.5 if parameter.dim() < 2 else 0.3)
pixels = torch.randn(2, 5, 3, 43, 26)
config.num_frames = pixels.shape[1]
arrays = {"in.pixel_values": pixels} | {"w." + name: value.clone() for name, value in model.state_dict().items()}


def keep(layer):
    """The temporal maps, which Hugging Face computes and drops."""
    def hook(module, inputs, output):
        arrays[f"out.attentions.{layer}.temporal"] = type(module).forward(module, inputs[0], True)[1]
    return hook


for index, layer in enumerate(model.encoder.layer):
    layer.temporal_attention.attention.register_forward_hook(keep(index))
with torch.no_grad():
    output = model(pixels, output_attentions=True)
arrays["out.last_hidden_state"] = output.last_hidden_state
for index, spatial in enumerate(output.attentions):
    arrays[f"out.attentions.{index}"] = spatial
save_file({name: value.contiguous() for name, value in arrays.items()}, sys.argv[1] + "/forward_timesformer.safetensors", {"config": json.dumps(settings)})
