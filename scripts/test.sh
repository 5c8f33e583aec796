#!/usr/bin/env bash
# Installs what is missing and runs every test on the software driver lavapipe, and those of the kernels on SwiftShader too: scripts/test.sh [OPTIONS OF cargo test].
set -euo pipefail
trap 'exit 130' INT

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=lib/setup.sh
source scripts/lib/setup.sh

require_rust
require "${BUILD_NEEDS[@]}" lavapipe validation

# Lavapipe even where there is a GPU, so that every machine tests the same; VK_ICD_FILENAMES is the name that
# loaders before 1.3.207 know.
chosen=1
if [[ -z ${WINOSCOPE_TEST_DRIVER:-}${VK_DRIVER_FILES:-} ]]; then
    chosen=0
    VK_DRIVER_FILES=$(manifests icd.d 'lvp_icd*.json' | paste -sd :)
    export VK_DRIVER_FILES VK_ICD_FILENAMES=$VK_DRIVER_FILES
fi

code=0
cargo test "${BUILD_OPTIONS[@]}" --no-fail-fast "$@" || code=$?

# The kernels once more on a driver with other limits, unless what runs was chosen by hand.
if ((chosen == 0 && $# == 0)) && manifest=$(swiftshader); then
    say $'\n'"the kernels on SwiftShader"
    VK_DRIVER_FILES=$manifest VK_ICD_FILENAMES=$manifest \
        cargo test "${BUILD_OPTIONS[@]}" --no-fail-fast --test gpu || code=$?
fi
exit "$code"
