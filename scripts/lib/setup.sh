# shellcheck shell=bash
# Finds what building, running and testing Winoscope needs, and installs only what is missing; sourced by the scripts.

# Each need has a function `has_<need>`, a name that every distribution's users understand, and its packages.
declare -rA MEANING=(
    [compiler]="a C compiler and linker with the C++ runtime to link (cc, libstdc++.so)"
    [shaderc]="shaderc, libraries to link (libshaderc_combined.a or libshaderc_shared.so)"
    [glslang]="glslang, static libraries (libglslang.a)"
    [spirv_tools]="SPIRV-Tools, static libraries (libSPIRV-Tools.a)"
    [cmake]="CMake, to build shaderc from its sources"
    [ninja]="Ninja, to build shaderc from its sources"
    [python]="Python 3, to build shaderc from its sources"
    [loader]="the Vulkan loader (libvulkan.so.1)"
    [driver]="a Vulkan driver: your GPU's, or Mesa's lavapipe, which needs no GPU"
    [lavapipe]="Mesa's software Vulkan driver lavapipe, which the tests run on"
    [validation]="the Khronos validation layer"
    [shellcheck]="ShellCheck"
)
declare -rA DEBIAN=(
    [compiler]=g++ [shaderc]=libshaderc-dev [glslang]=glslang-dev [spirv_tools]=spirv-tools
    [cmake]=cmake [ninja]=ninja-build [python]=python3 [loader]=libvulkan1
    [driver]=mesa-vulkan-drivers [lavapipe]=mesa-vulkan-drivers
    [validation]=vulkan-validationlayers [shellcheck]=shellcheck
)
declare -rA FEDORA=(
    [compiler]=gcc-c++ [shaderc]=libshaderc-devel [glslang]=glslang-devel [spirv_tools]=spirv-tools-devel
    [cmake]=cmake [ninja]=ninja-build [python]=python3 [loader]=vulkan-loader
    [driver]=mesa-vulkan-drivers [lavapipe]=mesa-vulkan-drivers
    [validation]=vulkan-validation-layers [shellcheck]=ShellCheck
)
declare -rA ARCH=(
    [compiler]=gcc [shaderc]=shaderc [glslang]=glslang [spirv_tools]=spirv-tools
    [cmake]=cmake [ninja]=ninja [python]=python [loader]=vulkan-icd-loader
    [driver]=vulkan-swrast [lavapipe]=vulkan-swrast
    [validation]=vulkan-validation-layers [shellcheck]=shellcheck
)

# What every command of Winoscope needs, besides a driver, and the options of cargo that go with it.
# WINOSCOPE_BUNDLED_SHADERC=1 builds shaderc from its sources, for systems that have no package of it.
# shellcheck disable=SC2034 # read by the scripts that source this file
if [[ ${WINOSCOPE_BUNDLED_SHADERC:-} == 1 ]]; then
    readonly BUILD_NEEDS=(compiler cmake ninja python loader) BUILD_OPTIONS=(--locked --features bundled-shaderc)
else
    readonly BUILD_NEEDS=(compiler shaderc glslang spirv_tools loader) BUILD_OPTIONS=(--locked)
fi

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

has_command() { command -v "$1" >/dev/null; }

# Whether a library file is in the folders that the shaderc crate searches.
has_library() {
    local folder
    for folder in "${SHADERC_LIB_DIR:-}" "${VULKAN_SDK:+$VULKAN_SDK/lib}" "/usr/lib/$(uname -m)-linux-gnu" /usr/lib64 /usr/lib; do
        if [[ -n $folder && -e $folder/$1 ]]; then return; fi
    done
    return 1
}

# The manifests of one kind (icd.d, explicit_layer.d) that match a pattern, where the Vulkan loader reads them.
manifests() {
    local kind=$1 pattern=$2 folders=() folder found=1
    local home=${HOME:-/nonexistent}
    IFS=: read -ra folders <<<"${XDG_CONFIG_HOME:-$home/.config}:${XDG_CONFIG_DIRS:-/etc/xdg}:/etc:${XDG_DATA_HOME:-$home/.local/share}:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}"
    for folder in "${folders[@]}"; do
        if compgen -G "$folder/vulkan/$kind/$pattern"; then found=0; fi
    done
    return "$found"
}

has_compiler() { has_command cc && [[ $(cc -print-file-name=libstdc++.so) == /* ]]; }
links_shared_shaderc() { ! has_library libshaderc_combined.a && { has_library libshaderc.so || has_library libshaderc_shared.so; }; }
has_shaderc() { has_library libshaderc_combined.a || links_shared_shaderc; }
has_glslang() { has_library libglslang.a || links_shared_shaderc; }
has_spirv_tools() { has_library libSPIRV-Tools.a || links_shared_shaderc; }
has_cmake() { has_command cmake; }
has_ninja() { has_command ninja; }
has_python() { has_command python3; }
has_loader() { has_library libvulkan.so.1 || [[ $(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null) == *libvulkan.so.1* ]]; }
has_driver() { [[ -n ${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}${VK_ADD_DRIVER_FILES:-} ]] || manifests icd.d '*.json' >/dev/null; }
has_lavapipe() { manifests icd.d 'lvp_icd*.json' >/dev/null; }
has_validation() { manifests explicit_layer.d 'VkLayer_khronos_validation.json' >/dev/null; }
has_shellcheck() { has_command shellcheck; }

# Prints those of the named needs that are missing.
missing_of() {
    local need
    for need in "$@"; do
        "has_$need" || printf '%s\n' "$need"
    done
}

# Installs those of the named needs that are missing, or says what to install and ends.
require() {
    local missing need
    mapfile -t missing < <(missing_of "$@")
    ((${#missing[@]})) || return 0
    if has_command apt-get && has_command dpkg; then
        install_packages "${missing[@]}"
        mapfile -t missing < <(missing_of "$@")
        ((${#missing[@]})) || return 0
        say "apt-get has installed its packages, and yet this is not found:"
    else
        say "This system has no apt-get. Install what is missing with its own package manager, and start this again:"
    fi
    for need in "${missing[@]}"; do
        say "  - ${MEANING[$need]}; Debian: ${DEBIAN[$need]}, Fedora: ${FEDORA[$need]}, Arch: ${ARCH[$need]}"
    done
    exit 1
}

# Installs the Debian packages of the named needs, as root or through sudo.
install_packages() {
    local need package packages=() unknown=() root=(env)
    for need in "$@"; do packages+=("${DEBIAN[$need]}"); done
    local by_hand="apt-get update && apt-get install --no-install-recommends ${packages[*]}"
    if ((EUID != 0)); then
        has_command sudo || die "packages are missing, and without root or sudo they cannot be installed. Run this as root: $by_hand"
        root=(sudo env)
    fi
    say "installing: ${packages[*]}"
    root+=(DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0)
    "${root[@]}" update </dev/null >&2 || say "warning: apt-get update failed; going on with the package lists that are there"
    for package in "${packages[@]}"; do
        apt-cache show "$package" >/dev/null 2>&1 || unknown+=("$package")
    done
    if ((${#unknown[@]})); then
        say "error: apt-get knows no package ${unknown[*]}; Debian 12, Ubuntu 24.04 and later releases have it, Ubuntu in universe."
        say "Where only shaderc's are missing, WINOSCOPE_BUNDLED_SHADERC=1 $0 builds shaderc from its sources, once, in about 15 minutes."
        exit 1
    fi
    "${root[@]}" install -y --no-install-recommends "${packages[@]}" </dev/null >&2 ||
        die "apt-get could not install what is missing. Run this as root and see why: $by_hand"
}

# Prints the manifest of SwiftShader, a second software driver, or says why it is not to be had. It comes out of
# Debian's Chromium, which is unpacked beside the other caches and not installed.
swiftshader() {
    local folder=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/winoscope/swiftshader
    local manifest=$folder/vk_swiftshader_icd.json
    has_library_of "$manifest" || fetch_swiftshader "$folder" || return
    has_library_of "$manifest" || {
        say "SwiftShader is left out: $manifest names a library that is not there"
        return 1
    }
    printf '%s\n' "$manifest"
}

# Whether a driver's manifest is there, and the library that it names beside it.
has_library_of() {
    local library
    library=$(sed -n 's/.*"library_path": *"\([^"]*\)".*/\1/p' "$1" 2>/dev/null)
    [[ -n $library && -e $(dirname "$1")/$library ]]
}

# Downloads Debian's Chromium and unpacks the driver alone into a folder; needs no root.
fetch_swiftshader() {
    local folder=$1 new package=chromium-common
    if ! { has_command apt-get && has_command dpkg-deb && apt-cache show "$package"; } >/dev/null 2>&1; then
        say "SwiftShader is left out: it is taken from Debian's package $package, which this system does not offer"
        return 1
    fi
    say "downloading SwiftShader (Debian's $package, 30 MB, once)"
    mkdir -p "$folder" && new=$(mktemp -d "$folder/new.XXXXXX") || return
    # The last file to be moved is the manifest, so that an interrupted download is no driver.
    (
        trap 'rm -rf "$new"' EXIT
        cd "$new" && apt-get -qq -o APT::Sandbox::User=root download "$package" >&2 &&
            dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x --strip-components=4 --wildcards '*/libvk_swiftshader.so' '*/vk_swiftshader_icd.json' &&
            mv libvk_swiftshader.so vk_swiftshader_icd.json "$folder"
    ) || {
        say "SwiftShader is left out: Debian's $package could not be downloaded and unpacked"
        return 1
    }
}

# Puts cargo on the path, or says that Rust is missing or too old.
require_rust() {
    has_command cargo || PATH=$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin
    local needed have
    needed=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml)
    has_command cargo || die "Rust is not found (no cargo on the path). Install Rust $needed or newer (rustup installs it); if another user has it, start this as that user: it calls sudo itself."
    have=$(rustc --version | cut -d ' ' -f 2) || die "rustc does not start. Install Rust $needed or newer: rustup toolchain install stable"
    [[ $(printf '%s\n' "$needed" "$have" | sort -V | head -n 1) == "$needed" ]] || die "Rust $needed or newer is needed, and this is $have. Run: rustup update"
}

# Prints the Python of an environment that has what scripts/plot.py and its tests need, made once for each Python and
# each list of needs, beside the other caches; or says what is missing.
plot_python() {
    local needs=scripts/requirements-tests.txt version folder
    version=$(python3 -c 'import sys; print(*sys.version_info[:2], sep="."); sys.exit(sys.version_info < (3, 11))') || {
        say "the plots need Python 3.11 or newer"
        return 1
    }
    folder=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/winoscope/plot-$version-$(cat scripts/requirements-*.txt | cksum | cut -d ' ' -f 1)
    if [[ ! -e $folder/complete ]]; then
        say "installing what the plots need: ${folder##*/} (once)"
        if ! { python3 -m venv --clear "$folder" && "$folder/bin/python" -m pip install --quiet \
            --disable-pip-version-check --requirement "$needs" && touch "$folder/complete"; } >&2; then
            say "pip could not install what $needs lists"
            return 1
        fi
    fi
    printf '%s\n' "$folder/bin/python"
}
