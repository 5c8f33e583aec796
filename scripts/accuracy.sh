#!/usr/bin/env bash
# Installs what is missing, builds, and prints each tile's and point set's error against f64: scripts/accuracy.sh [OPTIONS OF winoscope run].
set -euo pipefail
trap 'exit 130' INT

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=lib/setup.sh
source scripts/lib/setup.sh
# shellcheck source-path=SCRIPTDIR source=lib/measure.sh
source scripts/lib/measure.sh

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2s/^# //p' scripts/accuracy.sh
    exit
fi

print_rows() { awk -f scripts/lib/csv.awk -f scripts/lib/accuracy.awk "$1"; }

measure accuracy "$@"
