#!/usr/bin/env bash
# Runs the kernels under GPU-assisted validation, which checks each access to a buffer against its bounds: scripts/gpu_assisted.sh [OPTIONS OF the test program].
set -euo pipefail
trap 'exit 130' INT

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=lib/setup.sh
source scripts/lib/setup.sh

require_rust
require "${BUILD_NEEDS[@]}" lavapipe validation

# SwiftShader where it can be had: the layer makes each access some blocks of code, over which lavapipe's compiler
# takes about ten seconds a kernel.
if [[ -z ${WINOSCOPE_TEST_DRIVER:-}${VK_DRIVER_FILES:-} ]]; then
    VK_DRIVER_FILES=$(swiftshader) || {
        say "so GPU-assisted validation runs on lavapipe, whose compiler takes far longer over it"
        VK_DRIVER_FILES=$(manifests icd.d 'lvp_icd*.json' | paste -sd :)
    }
    export VK_DRIVER_FILES VK_ICD_FILENAMES=$VK_DRIVER_FILES
fi

# The test `bounds` fails where the layer does not see an access past the end of a buffer, or is not on at all.
export VK_LAYER_ENABLES=VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT
# Sampling runs no kernel that the matrix has not; over some random configurations SwiftShader's compiler crashes.
exec cargo test "${BUILD_OPTIONS[@]}" --no-fail-fast --test gpu -- --skip sampling --skip random "$@"
