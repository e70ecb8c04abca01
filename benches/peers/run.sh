#!/bin/sh
# Times padgrad against PyTorch on the works of works.csv: run.sh [--quick] [TEXT in the work's name].
# CSV rows work,ours_ms,peer_ms,ratio on standard output. PADGRAD_PEER_PYTHON is a Python with PyTorch.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
(cd "$here/../.." && cargo bench --quiet --bench conv --no-run >&2)
exec "${PADGRAD_PEER_PYTHON:-python3}" "$here/torch_peer.py" "$@"
