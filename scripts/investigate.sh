#!/usr/bin/env bash
# Installs what is missing, builds, runs the investigation and prints its report: scripts/investigate.sh [OPTIONS OF winoscope run].
set -euo pipefail
trap 'exit 130' INT

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=lib/setup.sh
source scripts/lib/setup.sh
# shellcheck source-path=SCRIPTDIR source=lib/measure.sh
source scripts/lib/measure.sh

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2s/^# //p' scripts/investigate.sh
    exit
fi

print_rows() { winoscope report "$1"; }

measure investigation "$@"
