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

# The tests of `bounds` run every kernel, and fail where the layer is not on or does not see an access past the end of
# a buffer. The other tests run the same kernels on more shapes and tiles.
export VK_LAYER_ENABLES=VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT
exec cargo test "${BUILD_OPTIONS[@]}" --no-fail-fast --test gpu -- bounds calibration ceilings --nocapture "$@"
