"""WhisperLive's server on loopback with its own defaults and weights from a folder. Arguments: folder, port."""

import sys

from whisper_live.server import TranscriptionServer

folder, port = sys.argv[1:]
TranscriptionServer().run("127.0.0.1", port=int(port), backend="faster_whisper", faster_whisper_custom_model_path=folder)
