#!/bin/sh
# Times padgrad against PyTorch on the works of works.csv: run.sh [--quick] [TEXT in the work's name].
# CSV rows work,ours_ms,peer_ms,ratio on standard output.
#
# run.sh --table < saved.csv turns such rows into the table of the README.
#
# PADGRAD_PEER_PYTHON is a Python with PyTorch, RAYON_NUM_THREADS the number of threads of both.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PADGRAD_PEER_PYTHON:-python3}
if ! "$python" -c 'import torch' 2>/dev/null; then
    echo "error: $python has no PyTorch: set PADGRAD_PEER_PYTHON to a Python that has it" >&2
    exit 2
fi
if [ "${1:-}" = --table ]; then
    exec "$python" "$here/table.py"
fi
(cd "$here/../.." && cargo bench --quiet --bench conv --no-run >&2)
exec "$python" "$here/torch_peer.py" "$@"
