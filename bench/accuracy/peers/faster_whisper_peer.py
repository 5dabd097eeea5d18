"""Hears one clip after the other: a line with the length in bytes of s16le at 16 kHz, then these bytes; answers with a line of JSON."""

import json
import sys

import numpy as np
from faster_whisper import WhisperModel

folder, language = sys.argv[1:]
# Own defaults but for the device: beam of 5, temperature fallback, windows of 30 s, no voice detector.
model = WhisperModel(folder, device="cpu", compute_type="int8", local_files_only=True)
print("ready", flush=True)
for line in sys.stdin.buffer:
    pcm = np.frombuffer(sys.stdin.buffer.read(int(line)), dtype=np.int16)
    segments, _ = model.transcribe(pcm.astype(np.float32) / 32768, language=language)
    print(json.dumps({"text": " ".join(segment.text.strip() for segment in segments)}), flush=True)
