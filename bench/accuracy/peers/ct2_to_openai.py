"""
The same numbers as OpenAI's checkpoint has them, for peers that read nothing else. Prints which heads align words with time.
Arguments: folder of CTranslate2, file to write.
"""

import base64
import gzip
import json
import pathlib
import sys

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "models/whisper-base/conversion"))
import ct2read  # noqa: E402

folder, target = sys.argv[1:]
_, _, _, tensors, _ = ct2read.read(f"{folder}/model.bin")
state = {}


def put(name, array):
    state[name] = torch.from_numpy(np.array(array, dtype=np.float32))


def linear(name, source):
    put(f"{name}.weight", tensors[f"{source}/weight"])
    put(f"{name}.bias", tensors[f"{source}/bias"])


def norm(name, source):
    put(f"{name}.weight", tensors[f"{source}/layer_norm/gamma"])
    put(f"{name}.bias", tensors[f"{source}/layer_norm/beta"])


def fused(prefix, names, source):
    """CTranslate2 keeps query, key and value, or key and value, as one matrix. Whisper's keys have no bias."""
    weights = np.split(tensors[f"{source}/weight"], len(names))
    biases = np.split(tensors[f"{source}/bias"], len(names))
    for name, weight, bias in zip(names, weights, biases):
        put(f"{prefix}.{name}.weight", weight)
        if name != "key":
            put(f"{prefix}.{name}.bias", bias)


def block(side, index):
    to, source = f"{side}.blocks.{index}", f"{side}/layer_{index}"
    fused(f"{to}.attn", ["query", "key", "value"], f"{source}/self_attention/linear_0")
    linear(f"{to}.attn.out", f"{source}/self_attention/linear_1")
    norm(f"{to}.attn_ln", f"{source}/self_attention")
    if side == "decoder":
        linear(f"{to}.cross_attn.query", f"{source}/attention/linear_0")
        fused(f"{to}.cross_attn", ["key", "value"], f"{source}/attention/linear_1")
        linear(f"{to}.cross_attn.out", f"{source}/attention/linear_2")
        norm(f"{to}.cross_attn_ln", f"{source}/attention")
    linear(f"{to}.mlp.0", f"{source}/ffn/linear_0")
    linear(f"{to}.mlp.2", f"{source}/ffn/linear_1")
    norm(f"{to}.mlp_ln", f"{source}/ffn")


def layers(side):
    return sum(name.startswith(f"{side}/layer_") and name.endswith("ffn/linear_0/weight") for name in tensors)


for side in ("encoder", "decoder"):
    for index in range(layers(side)):
        block(side, index)
for conv in ("conv1", "conv2"):
    linear(f"encoder.{conv}", f"encoder/{conv}")
norm("encoder.ln_post", "encoder")
norm("decoder.ln", "decoder")
put("encoder.positional_embedding", tensors["encoder/position_encodings/encodings"])
put("decoder.positional_embedding", tensors["decoder/position_encodings/encodings"])
put("decoder.token_embedding.weight", tensors["decoder/embeddings/weight"])

vocabulary, width = tensors["decoder/embeddings/weight"].shape
dims = {
    "n_mels": tensors["encoder/conv1/weight"].shape[1],
    "n_audio_ctx": tensors["encoder/position_encodings/encodings"].shape[0],
    "n_audio_state": width,
    "n_audio_head": width // 64,
    "n_audio_layer": layers("encoder"),
    "n_vocab": vocabulary,
    "n_text_ctx": tensors["decoder/position_encodings/encodings"].shape[0],
    "n_text_state": width,
    "n_text_head": width // 64,
    "n_text_layer": layers("decoder"),
}
torch.save({"dims": dims, "model_state_dict": state}, target)

heads = np.zeros((dims["n_text_layer"], dims["n_text_head"]), dtype=bool)
for layer, head in json.loads(pathlib.Path(folder, "config.json").read_text())["alignment_heads"]:
    heads[layer, head] = True
print(base64.b85encode(gzip.compress(heads.tobytes(), mtime=0)).decode())
