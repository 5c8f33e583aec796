#!/usr/bin/env python3
"""Tells what NVIDIA's driver compiled kernels to, from the pipeline cache that `winoscope run` wrote.

The cache is the file pipelines-<uuid>.bin in the folder of --cache or WINOSCOPE_CACHE, else in winoscope's in the
user's cache folder. Each kernel with a loop has a row, of its hottest loop: the backward branch with the most
multiply-adds (FFMA) in its body. The cache names no kernel: look for its registers and bytes in <config>.kernels.csv,
under Register Count and Binary Size. A run with an empty folder leaves a cache of its own kernels alone.

Two programs are needed: zstd, which unpacks kernels, and nvdisasm, which reads them. nvdisasm is part of the CUDA
toolkit and of the Python package nvidia-cuda-nvdisasm, and needs no GPU. How kernels lie in the driver's caches is
known from the notes of nvcachetools (github.com/therontarigo/nvcachetools, README and format.txt).

    winoscope run configs/layer.toml --cache fresh
    scripts/machine_code.py fresh/pipelines-*.bin --listing fresh/listing
"""

import argparse
import csv
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))

if sys.version_info < (3, 10):
    sys.exit(f"error: scripts/machine_code.py needs Python 3.10 or newer, and this is {sys.version.split()[0]}.")

from sass import Kernel, Loop, Refused, count, is_twice, reads  # noqa: E402

# Exit codes, those of `winoscope` and of scripts/plot.py where they have the same.
UNREADABLE, NOT_WRITABLE, NO_PROGRAM, NOTHING, INTERRUPTED = 10, 40, 70, 71, 130
EXIT_CODES = {
    UNREADABLE: "the cache cannot be read",
    NOT_WRITABLE: "a listing cannot be written",
    NO_PROGRAM: "zstd or nvdisasm is missing, or does not run",
    NOTHING: "the cache has no kernel with a loop that nvdisasm reads",
    INTERRUPTED: "interrupted with Ctrl-C",
}
COLUMNS = {
    "kernel": "its place in the cache, from 0",
    "registers": "registers of an invocation",
    "code_bytes": "bytes of its machine code",
    "loop": "instructions of its hottest loop",
    "ffma": "how many of them are multiply-adds",
    "lds": "how many of them load from shared memory",
    "other": "how many of them do anything else",
    "reads_per_ffma": "registers that a multiply-add reads: a mean, without those kept from the last one (.reuse)",
    "bank_twice": "share of multiply-adds that read twice or more from one bank: even registers are one, odd the other",
}
LISTING_HELP = """\
A listing has one instruction on a line, with > before those of the hottest loop. Before each is what the compiler tells
the scheduler: after how many cycles the next instruction may follow (stall), whether another subgroup's had better come
first (Y), which barrier opens once its result is written (w) and once its operands are read (r), and for which of the
six barriers, 5 to 0, it waits."""
NVDISASM_REMEDY = (
    "it is part of the CUDA toolkit and of the Python package nvidia-cuda-nvdisasm; put it on PATH, or name it with "
    "--nvdisasm"
)
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# Eight bytes of the driver's own, then a file that nvdisasm reads.
KERNEL_MAGIC = b"NVDANVVMNVuc"
KERNEL_START = 8


class Failure(Exception):
    """Ends the program with an exit code and one sentence."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


def main() -> None:
    """Runs the program."""
    columns = "\n".join(f"  {name:<16}{meaning}" for name, meaning in COLUMNS.items())
    codes = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"columns:\n{columns}\n\n{LISTING_HELP}\n\nexit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cache", type=pathlib.Path, metavar="PIPELINES.bin", help="a pipeline cache of an NVIDIA GPU")
    parser.add_argument(
        "--listing",
        type=pathlib.Path,
        metavar="FOLDER",
        help="write each kernel's instructions to FOLDER/<kernel>.txt, in place of what is there; made if missing",
    )
    parser.add_argument("--csv", action="store_true", help="print CSV, not a table")
    parser.add_argument(
        "--nvdisasm", default="nvdisasm", metavar="PROGRAM", help="where nvdisasm is (default: found on PATH)"
    )
    options = parser.parse_args()
    try:
        show(rows(options), options.csv)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def rows(options: argparse.Namespace) -> list[dict[str, str]]:
    """A row for each kernel with a loop; the listings are written on the way."""
    zstd = find("zstd", "install the package `zstd`, which has it, and put it on PATH")
    nvdisasm = find(options.nvdisasm, NVDISASM_REMEDY)
    try:
        cache = options.cache.read_bytes()
    except OSError as error:
        raise Failure(UNREADABLE, f"{options.cache} cannot be read: {error.strerror}.") from None
    found = []
    for number, code in enumerate(unpack(zstd, cache)):
        try:
            kernel = disassemble(nvdisasm, code)
        except Refused as reason:
            print(f"note: kernel {number} is left out: {reason}", file=sys.stderr)
            continue
        if options.listing:
            write(options.listing / f"{number}.txt", kernel.listing())
        loop = kernel.hottest_loop()
        if loop:
            found.append(row(number, kernel, loop))
        else:
            size = f"{kernel.registers} registers, {kernel.code_bytes} bytes"
            print(f"note: kernel {number} has no loop ({size})", file=sys.stderr)
    if not found:
        remedy = "name the pipeline cache of a run on an NVIDIA GPU"
        raise Failure(NOTHING, f"{options.cache} has no kernel with a loop that nvdisasm reads; {remedy}.")
    return found


def find(name: str, remedy: str) -> str:
    """Where a program is."""
    found = shutil.which(name)
    if not found:
        raise Failure(NO_PROGRAM, f"there is no program `{name}`: {remedy}.")
    return found


def unpack(zstd: str, cache: bytes) -> Iterator[bytes]:
    """The kernels of a cache, each as a file that nvdisasm reads."""
    for frame in re.finditer(re.escape(ZSTD_MAGIC), cache):
        # A frame knows its own end; that zstd complains of what comes after it says nothing.
        unpacked = output([zstd, "-dcq"], cache[frame.start() :]).stdout
        if unpacked.startswith(KERNEL_MAGIC):
            yield unpacked[KERNEL_START:]


def disassemble(nvdisasm: str, code: bytes) -> Kernel:
    """Raises `Refused` where nvdisasm does."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "kernel.nvuc"
        path.write_bytes(code)
        done = output([nvdisasm, "-hex", str(path)])
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise Refused(said.splitlines()[0] if said else f"nvdisasm ended with exit code {done.returncode}")
    return Kernel.parse(done.stdout.decode(errors="replace"))


def output(command: list[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """What a program prints."""
    try:
        return subprocess.run(command, input=given, capture_output=True, check=False)
    except OSError as error:
        raise Failure(NO_PROGRAM, f"{command[0]} does not run: {error.strerror}.") from None


def write(path: pathlib.Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(NOT_WRITABLE, f"{path} cannot be written: {error.strerror}.") from None


def row(number: int, kernel: Kernel, loop: Loop) -> dict[str, str]:
    """The columns of a kernel; what is of each FFMA is empty where there is none."""
    ffma, lds, needed = count(loop, "FFMA"), count(loop, "LDS"), reads(loop)
    cells = [number, kernel.registers, kernel.code_bytes, len(loop), ffma, lds, len(loop) - ffma - lds]
    for total in (sum(map(len, needed)), sum(map(is_twice, needed))):
        cells.append(f"{total / ffma:.3f}" if ffma else "")
    return dict(zip(COLUMNS, map(str, cells), strict=True))


def show(found: list[dict[str, str]], is_csv: bool) -> None:
    """Prints rows."""
    lines = [list(COLUMNS), *(list(line.values()) for line in found)]
    if is_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(lines)
        return
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


if __name__ == "__main__":
    main()
