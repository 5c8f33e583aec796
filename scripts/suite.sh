#!/usr/bin/env bash
# Installs what is missing, builds, runs the suite, and cuDNN and cuBLAS on it where PyTorch has CUDA, and prints them side by side; with --random first, shapes drawn from a committed seed in place of the suite's: scripts/suite.sh [--random] [OPTIONS OF winoscope run].
set -euo pipefail
trap 'exit 130' INT

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source-path=SCRIPTDIR source=lib/setup.sh
source scripts/lib/setup.sh
# shellcheck source-path=SCRIPTDIR source=lib/measure.sh
source scripts/lib/measure.sh

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2s/^# //p' scripts/suite.sh
    exit
fi

has_cuda_pytorch() { python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; }

# From the smallest work to the largest.
shapes=(seed tg64 b1_res2 b1_res4 b1_vgg3 res2 res3 res4 res5 vgg1_2 vgg2_2 vgg3_2 vgg4_2 vgg5_2)
where=suite
if [[ ${1:-} == --random ]]; then
    shift
    where=random
    shapes=(random_{0..9})
fi
configs=("${shapes[@]/%/.toml}")
configs=("${configs[@]/#/configs/$where/}")
folder=$(results_folder "$@")
code=0

build
winoscope run "${configs[@]}" "$@" >&2 || code=$?
if ((code == 130)); then exit 130; fi
if ((code != 0)); then say "winoscope run ended with exit code $code (winoscope --help explains it)"; fi

files=()
for shape in "${shapes[@]}"; do
    if [[ -e $folder/suite_$shape.csv ]]; then files+=("$folder/suite_$shape.csv"); fi
done
((${#files[@]})) || exit "$code"

# Measures with one of scripts/peers, whose file of rows the tables are of too.
run_peer() {
    local name=$1 ended=0
    local rows=$folder/$where.$name.csv
    "scripts/peers/$name.py" "${configs[@]}" --output "$rows" || ended=$?
    if ((ended == 130)); then exit 130; fi
    if ((ended != 0)); then say "scripts/peers/$name.py ended with exit code $ended (its --help explains it)"; fi
    if ((code == 0)); then code=$ended; fi
    if [[ -e $rows ]]; then files+=("$rows"); fi
}

# Each script takes of all rows those that it is about.
print_table() { awk -f scripts/lib/csv.awk -f "scripts/lib/$1.awk" "${files[@]}"; }

if has_cuda_pytorch; then
    run_peer cudnn
    run_peer cublas
    print_table suite
    printf '\n'
    print_table products
else
    say "cuDNN and cuBLAS are left out: python3 has no PyTorch that finds a CUDA device"
    print_table suite
fi
exit "$code"
