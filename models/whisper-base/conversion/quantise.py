"""Make an 8-bit model of a Whisper export with 32-bit floats, as sherpa-onnx's own export does it: the matrices become int8, activations are
quantised as they come. Metadata stays. Needs onnx and onnxruntime.

usage: quantise.py IN_DIR OUT_DIR
"""
import glob
import os
import shutil
import sys

from onnxruntime.quantization import QuantType, quantize_dynamic

source, target = sys.argv[1:3]
os.makedirs(target, exist_ok=True)
for part in ("encoder", "decoder"):
    found = [f for f in glob.glob(f"{source}/*{part}.onnx")]
    if len(found) != 1:
        raise SystemExit(f"{source} has {len(found)} files *{part}.onnx, not one")
    quantize_dynamic(found[0], f"{target}/{part}.int8.onnx", op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8)
shutil.copy(glob.glob(f"{source}/*tokens.txt")[0], f"{target}/tokens.txt")
