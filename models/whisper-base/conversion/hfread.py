"""Read a Hugging Face Whisper folder (*.safetensors) as if it were CTranslate2's: {name: array} and its config. numpy only."""
import glob
import json
import os
import struct

import numpy as np

DTYPE = {"F32": np.float32, "F16": np.float16}


def tensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
    start = os.path.getsize(path) - max(v["data_offsets"][1] for n, v in header.items() if n != "__metadata__")
    data = np.memmap(path, np.uint8, "r")
    for name, about in header.items():
        if name == "__metadata__":
            continue
        begin, end = about["data_offsets"]
        raw = data[start + begin:start + end]
        if about["dtype"] == "BF16":  # the upper half of a 32-bit float
            value = (raw.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
        elif about["dtype"] in DTYPE:
            value = raw.view(DTYPE[about["dtype"]])
        else:
            raise SystemExit(f"{path}: numbers of type {about['dtype']} are not known here")
        yield name.removeprefix("model."), value.reshape(about["shape"])


def read(folder):
    files = sorted(glob.glob(f"{folder}/*.safetensors"))
    if not files:
        raise SystemExit(f"{folder} has neither model.bin nor *.safetensors")
    t = {name: value for path in files for name, value in tensors(path)}
    # of a folder that has 32-bit and 16-bit files of the same model, the last one counts: they hold the same names
    out = {"decoder/embeddings/weight": t["decoder.embed_tokens.weight"],
           "decoder/position_encodings/encodings": t["decoder.embed_positions.weight"]}
    for conv in ("conv1", "conv2"):
        for part in ("weight", "bias"):
            out[f"encoder/{conv}/{part}"] = t[f"encoder.{conv}.{part}"]
    for side in ("encoder", "decoder"):
        norm(out, f"{side}/layer_norm", t, f"{side}.layer_norm")
        n = 0
        while f"{side}.layers.{n}.fc1.weight" in t:
            ours, theirs = f"{side}/layer_{n}", f"{side}.layers.{n}"
            fused(out, f"{ours}/self_attention/linear_0", t, f"{theirs}.self_attn", "qkv")
            fused(out, f"{ours}/self_attention/linear_1", t, f"{theirs}.self_attn", ["out"])
            norm(out, f"{ours}/self_attention/layer_norm", t, f"{theirs}.self_attn_layer_norm")
            if side == "decoder":
                fused(out, f"{ours}/attention/linear_0", t, f"{theirs}.encoder_attn", "q")
                fused(out, f"{ours}/attention/linear_1", t, f"{theirs}.encoder_attn", "kv")
                fused(out, f"{ours}/attention/linear_2", t, f"{theirs}.encoder_attn", ["out"])
                norm(out, f"{ours}/attention/layer_norm", t, f"{theirs}.encoder_attn_layer_norm")
            norm(out, f"{ours}/ffn/layer_norm", t, f"{theirs}.final_layer_norm")
            for part in ("weight", "bias"):
                out[f"{ours}/ffn/linear_0/{part}"] = t[f"{theirs}.fc1.{part}"]
                out[f"{ours}/ffn/linear_1/{part}"] = t[f"{theirs}.fc2.{part}"]
            n += 1
    generation = {}
    for name in ("config.json", "generation_config.json"):  # the second has what newer folders no longer say in the first
        if os.path.exists(f"{folder}/{name}"):
            generation |= {k: v for k, v in json.load(open(f"{folder}/{name}")).items() if v is not None}
    config = {"suppress_ids": generation.get("suppress_tokens", []), "alignment_heads": generation.get("alignment_heads", [])}
    if "begin_suppress_tokens" in generation:
        config["suppress_ids_begin"] = generation["begin_suppress_tokens"]
    return out, config


def fused(out, ours, t, theirs, parts):
    """One matrix for several; Whisper's keys have no bias."""
    weights = [t[f"{theirs}.{part}_proj.weight"] for part in parts]
    biases = [t.get(f"{theirs}.{part}_proj.bias", np.zeros(len(w), w.dtype)) for part, w in zip(parts, weights)]
    out[f"{ours}/weight"], out[f"{ours}/bias"] = np.concatenate(weights), np.concatenate(biases)


def norm(out, ours, t, theirs):
    out[f"{ours}/gamma"], out[f"{ours}/beta"] = t[f"{theirs}.weight"], t[f"{theirs}.bias"]
