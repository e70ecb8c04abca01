#!/bin/sh
# Times padgrad against PyTorch on the works of works.csv: run.sh [--quick] [TEXT in the work's name].
# CSV rows work,ours_ms,peer_ms,ratio on standard output.
#
# run.sh --rust [--quick] [TEXT] does so against candle and burn, and needs no PyTorch.
# run.sh --table < saved.csv turns rows against PyTorch into the table of the README.
#
# PADGRAD_PEER_PYTHON is a Python with PyTorch, RAYON_NUM_THREADS the number of threads of all.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
python=${PADGRAD_PEER_PYTHON:-python3}
if [ "${1:-}" = --rust ]; then
    shift
    (cd "$root" && cargo bench --quiet --bench conv --no-run >&2)
    cargo build --quiet --release --locked --manifest-path "$here/rust/Cargo.toml" >&2
    exec "$python" "$here/rust_peers.py" "$@"
fi
if ! "$python" -c 'import torch' 2>/dev/null; then
    echo "error: $python has no PyTorch: set PADGRAD_PEER_PYTHON to a Python that has it" >&2
    exit 2
fi
if [ "${1:-}" = --table ]; then
    exec "$python" "$here/table.py"
fi
(cd "$root" && cargo bench --quiet --bench conv --no-run >&2)
exec "$python" "$here/torch_peer.py" "$@"
