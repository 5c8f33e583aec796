#!/usr/bin/env bash
# Installs what is missing, builds, runs the investigation and prints its report: scripts/investigate.sh [OPTIONS OF winoscope run].
set -euo pipefail
trap 'exit 130' INT

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=lib/setup.sh
source scripts/lib/setup.sh

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2s/^# //p' scripts/investigate.sh
    exit
fi

# The report alone goes to stdout.
exec 3>&1 1>&2

winoscope() { cargo run --release --quiet "${BUILD_OPTIONS[@]}" -- "$@"; }

# The folder that the options give for results; relative paths start at the repository.
results_folder() {
    local folder=results previous='' argument
    for argument in "$@"; do
        if [[ $previous == --results ]]; then folder=$argument; fi
        if [[ $argument == --results=* ]]; then folder=${argument#*=}; fi
        previous=$argument
    done
    printf '%s\n' "$folder"
}

require_rust
require "${BUILD_NEEDS[@]}" driver
if [[ -e /dev/nvidiactl ]] && ! manifests icd.d 'nvidia*.json'; then
    say "warning: here is an NVIDIA GPU, but no Vulkan driver for it (no nvidia_icd.json), so another device is measured"
fi
cargo build --release "${BUILD_OPTIONS[@]}"

code=0
winoscope run configs/investigation.toml "$@" || code=$?
if ((code == 130)); then exit 130; fi

rows=$(results_folder "$@")/investigation.csv
if ((code != 0)); then
    say "winoscope run ended with exit code $code (winoscope --help explains it)"
    [[ -e $rows ]] || exit "$code"
    say "The report below is of what $rows holds."
fi
winoscope report "$rows" >&3 || { report=$?; ((code != 0)) || code=$report; }
exit "$code"
