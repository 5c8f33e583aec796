# shellcheck shell=bash
# Builds winoscope, runs a configuration and prints what it measured; sourced by the scripts, after setup.sh.

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

# Installs what is missing and builds.
build() {
    require_rust
    require "${BUILD_NEEDS[@]}" driver
    if [[ -e /dev/nvidiactl ]] && ! manifests icd.d 'nvidia*.json' >&2; then
        say "warning: here is an NVIDIA GPU, but no Vulkan driver for it (no nvidia_icd.json), so another device is measured"
    fi
    cargo build --release "${BUILD_OPTIONS[@]}" >&2
}

# measure NAME [OPTIONS OF winoscope run]: installs what is missing, runs configs/NAME.toml and ends the script with
# print_rows, which the script defines, of the file of its rows. What that prints alone goes to stdout.
measure() {
    local name=$1 code=0 printed=0 rows
    shift
    exec 3>&1 1>&2
    build

    winoscope run "configs/$name.toml" "$@" || code=$?
    if ((code == 130)); then exit 130; fi

    rows=$(results_folder "$@")/$name.csv
    if ((code != 0)); then
        say "winoscope run ended with exit code $code (winoscope --help explains it)"
        [[ -e $rows ]] || exit "$code"
        say "What is printed below is of what $rows holds."
    fi
    print_rows "$rows" >&3 || printed=$?
    if ((code == 0)); then code=$printed; fi
    exit "$code"
}
