"""What is told of machine code, of a few lines as nvdisasm prints them, and of a cache made for the purpose."""

import contextlib
import csv
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import machine_code  # noqa: E402
import sass  # noqa: E402

PROGRAM = ROOT / "scripts/machine_code.py"
# Stall 1, no yield, no barrier set, none waited for.
PLAIN = 0x000FE20000000000
# Prints what lies behind the four bytes that it knows a kernel by.
NVDISASM = """\
#!/bin/sh
[ "$#" = 2 ] && [ "$1" = -hex ] && [ "$(head -c 4 "$2")" = NVuc ] || exit 3
if grep -q refuse "$2"; then
    echo 'nvdisasm fatal   : Section 21 is an invalid NVuc section' >&2
    exit 1
fi
tail -c +5 "$2"
"""
LOOP = """\
MOV R1, RZ
LDS.128 R4, [R2+0x40]
FFMA.FTZ R8, R4.reuse, R6, R8
@!P1 FFMA.FTZ R9, R4, R3, R9
IADD3 R1, R1, 0x1, RZ
@P0 BRA 0x10
EXIT
BRA 0x70"""


def disassembly(texts: str, registers: int = 64, upper: int = PLAIN) -> str:
    """What `nvdisasm -hex` prints of a kernel with an instruction on each line of `texts`."""
    lines = ["Section REG : size=00000008", f"\tRegister count={registers}", "", "Section UCODE"]
    for place, text in enumerate(texts.splitlines()):
        lines.append(f"        /*{16 * place:04x}*/{'':14}{text} ;{'':20}/* 0x{place:016x} */")
        lines.append(f"{'':80}/* 0x{upper:016x} */")
    return "\n".join(lines) + "\n"


def kernel(texts: str) -> sass.Kernel:
    return sass.Kernel.parse(disassembly(texts))


def instruction(text: str, upper: int = PLAIN) -> sass.Instruction:
    return sass.Instruction(0, text, upper)


class Instructions(unittest.TestCase):
    def test_lines_become_instructions(self):
        found = sass.Kernel.parse(disassembly("S2R R2, SR_TID.X\nEXIT", registers=123, upper=0x000E220000002100))
        expected = [
            sass.Instruction(0x00, "S2R R2, SR_TID.X", 0x000E220000002100),
            sass.Instruction(0x10, "EXIT", 0x000E220000002100),
        ]
        self.assertEqual((found.registers, found.instructions, found.code_bytes), (123, expected, 32))

    def test_what_shows_no_instruction_is_refused(self):
        # Before Volta an instruction has 64 bits, and no second word.
        old = "\tRegister count=8\n        /*0008*/   MOV R1, c[0x0][0x20] ;   /* 0x4c98078000870001 */\n"
        for text in ("", old, disassembly("")):
            with self.assertRaises(sass.Refused):
                sass.Kernel.parse(text)

    def test_a_predicate_and_modifiers_are_no_part_of_the_opcode(self):
        for text in ("FFMA R0, R1, R2, R0", "@P0 FFMA.FTZ R0, R1, R2, R0", "@!UP3 FFMA.SAT R0, R1, R2, R0"):
            self.assertEqual(instruction(text).opcode, "FFMA", text)
            self.assertEqual(instruction(text).operands, ["R0", "R1", "R2", "R0"], text)
        for text in ("FFMA2 R0, R2, R4, R0", "HFMA2.MMA R0, -RZ, RZ, 0, 0", "EXIT"):
            self.assertNotEqual(instruction(text).opcode, "FFMA", text)

    def test_only_a_branch_has_a_target(self):
        for text in ("BRA 0x1f0", "@!P1 BRA 0x1f0", "BRA P6, 0x1f0", "BRA.DIV UR4, 0x1f0"):
            self.assertEqual(instruction(text).target, 0x1F0, text)
        for text in ("BSSY B0, 0x1f0", "IADD3 R1, R1, 0x1f0", "EXIT", "BRX R2 -0x10"):
            self.assertIsNone(instruction(text).target, text)

    def test_each_field_of_the_control_word_is_told(self):
        for upper, expected in (
            # As a driver wrote them: S2R, which sets barrier 0; what waits for 1 and 2; a branch; one that yields.
            (0x000E220000002100, "stall  1 - w0 r- wait 000000"),
            (0x006FE200078E00FF, "stall  1 - w- r- wait 000110"),
            (0x000FEA0003800000, "stall  5 - w- r- wait 000000"),
            (0x000FCA00078E0207, "stall  5 Y w- r- wait 000000"),
            # Each field unlike the others: reuse 15, wait 42, read 2, write 5, no yield, stall 11.
            ((15 << 17 | 42 << 11 | 2 << 8 | 5 << 5 | 1 << 4 | 11) << 41, "stall 11 - w5 r2 wait 101010"),
        ):
            self.assertEqual(instruction("NOP", upper).control, expected)


class Loops(unittest.TestCase):
    def texts(self, lines: str) -> list[str]:
        return [one.text for one in kernel(lines).hottest_loop()]

    def test_the_body_reaches_from_the_target_to_the_branch(self):
        self.assertEqual(self.texts(LOOP), LOOP.splitlines()[1:6])

    def test_the_most_multiply_adds_are_the_hottest(self):
        cold = "FFMA R0, R1, R2, R0\nMOV R3, R4\nMOV R3, R4\nMOV R3, R4\n@P0 BRA 0x0"
        hot = "FFMA R0, R1, R2, R0\nFFMA R5, R1, R2, R5\n@P1 BRA 0x50"
        self.assertEqual(self.texts(f"{cold}\n{hot}"), hot.splitlines())

    def test_the_inner_of_two_loops_is_the_hottest(self):
        nested = "MOV R1, R2\nFFMA R0, R1, R2, R0\n@P0 BRA 0x10\n@P1 BRA 0x0"
        self.assertEqual(self.texts(nested), nested.splitlines()[1:3])

    def test_forward_branches_and_those_to_themselves_are_no_loops(self):
        self.assertEqual(self.texts("@P0 BRA 0x20\nFFMA R0, R1, R2, R0\nEXIT\nBRA 0x30"), [])

    def test_a_listing_marks_the_loop(self):
        lines = kernel(LOOP).listing().splitlines()
        self.assertEqual(lines[0], "64 registers, 128 bytes")
        self.assertEqual(lines[3], "> 00020  stall  1 - w- r- wait 000000  FFMA.FTZ R8, R4.reuse, R6, R8")
        self.assertEqual("".join(line[0] for line in lines[1:]), " >>>>>  ")


class Reads(unittest.TestCase):
    def reads(self, texts: str) -> list[set[int]]:
        return sass.reads(kernel(texts).instructions)

    def test_each_register_is_read_once(self):
        for text, expected in (
            ("FFMA R0, R1, R2, R3", {1, 2, 3}),
            ("FFMA R0, -R1, R2, -R3", {1, 2, 3}),
            ("FFMA R0, R2, R2, R0", {0, 2}),
            ("FFMA R0, R1, 0.5, RZ", {1}),
            ("FFMA R0, R1, c[0x0][0x160], R12", {1, 12}),
            ("@!P2 FFMA.FTZ R0, R1, UR4, R0", {0, 1}),
        ):
            self.assertEqual(self.reads(text), [expected], text)

    def test_kept_registers_are_not_read_again(self):
        for after, expected in (
            ("FFMA R9, R1, R5, R9", {5, 9}),
            # In another place it is not kept.
            ("FFMA R9, R5, R1, R9", {1, 5, 9}),
            ("FFMA R9, R3, R5, R9", {3, 5, 9}),
            # What is no multiply-add does not count, and does not end it.
            ("LDS R4, [R6]\nFFMA R9, R1, R5, R9", {5, 9}),
        ):
            self.assertEqual(self.reads(f"FFMA R0, R1.reuse, R2, R0\n{after}"), [{0, 1, 2}, expected], after)

    def test_a_register_is_kept_for_one_multiply_add(self):
        found = self.reads("FFMA R0, R1.reuse, R2, R0\nFFMA R3, R1, R2, R3\nFFMA R4, R1, R2, R4")
        self.assertEqual(found, [{0, 1, 2}, {2, 3}, {1, 2, 4}])
        found = self.reads("FFMA R0, R1.reuse, R2, R0\nFFMA R3, R1.reuse, R2, R3\nFFMA R4, R1, R2, R4")
        self.assertEqual(found, [{0, 1, 2}, {2, 3}, {2, 4}])

    def test_banks_are_even_and_odd(self):
        for registers in ({2, 4}, {1, 7}, {1, 2, 4}, {1, 3, 4}, {1, 3, 5}):
            self.assertTrue(sass.is_twice(registers), registers)
        for registers in (set(), {2}, {1}, {1, 2}):
            self.assertFalse(sass.is_twice(registers), registers)

    def test_a_row_counts_the_loop(self):
        found = kernel(LOOP)
        self.assertEqual(
            list(machine_code.row(7, found, found.hottest_loop()).values()),
            # Read are R4, R6, R8, the three of one bank, then R3 and R9, both of the other, beside the kept R4.
            ["7", "64", "128", "5", "2", "1", "2", "2.500", "1.000"],
        )

    def test_a_loop_without_multiply_adds_has_no_reads(self):
        found = kernel("LDS R4, [R2]\n@P0 BRA 0x0")
        cells = list(machine_code.row(0, found, found.hottest_loop()).values())
        self.assertEqual(cells[3:], ["2", "0", "1", "1", "", ""])


class Programs(unittest.TestCase):
    """The whole program, on an nvdisasm that prints what it is given."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.nvdisasm = self.folder / "nvdisasm"
        self.nvdisasm.write_text(NVDISASM, encoding="utf-8")
        self.nvdisasm.chmod(0o755)
        self.cache = self.folder / "pipelines.bin"

    def run_program(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess:
        command = [sys.executable, PROGRAM, self.cache, "--nvdisasm", self.nvdisasm, *arguments]
        return subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | environment,
        )

    def fill(self, *objects: bytes) -> None:
        """Writes a cache of these objects, with what is no frame, or no object, around them."""
        zstd = shutil.which("zstd")
        if not zstd:
            print("skipped: zstd is not there, so no cache is made to be read", file=sys.stderr)
            raise unittest.SkipTest("zstd is not there")
        packed = [
            subprocess.run([zstd, "-cq"], input=each, capture_output=True, check=True).stdout
            for each in (b"something else", *objects)
        ]
        self.cache.write_bytes(b"header\x28\xb5\x2f\xfd" + b"header".join(packed) + b"end")

    def assert_failure(self, done: subprocess.CompletedProcess, code: int, said: str):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        last = done.stderr.splitlines()[-1]
        self.assertRegex(last, f"^error: .*{said}.*\\.$")

    def test_kernels_of_a_cache_have_rows_and_listings(self):
        straight = disassembly("MOV R1, RZ\nEXIT\nBRA 0x20", registers=48)
        texts = (disassembly(LOOP), "refuse", straight, disassembly(LOOP))
        self.fill(*(b"NVDANVVMNVuc" + text.encode() for text in texts))
        listing = self.folder / "new/listing"
        done = self.run_program("--csv", "--listing", listing)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = list(csv.DictReader(done.stdout.splitlines()))
        self.assertEqual(list(rows[0]), list(machine_code.COLUMNS))
        self.assertEqual([row["kernel"] for row in rows], ["0", "3"])
        self.assertEqual([row["ffma"] for row in rows], ["2", "2"])
        self.assertEqual(
            done.stderr.splitlines(),
            [
                "note: kernel 1 is left out: nvdisasm fatal   : Section 21 is an invalid NVuc section",
                "note: kernel 2 has no loop (48 registers, 48 bytes)",
            ],
        )
        self.assertEqual(sorted(path.name for path in listing.iterdir()), ["0.txt", "2.txt", "3.txt"])
        self.assertEqual((listing / "3.txt").read_text(encoding="utf-8"), kernel(LOOP).listing())

    def test_a_table_has_the_same_cells(self):
        self.fill(b"NVDANVVMNVuc" + disassembly(LOOP).encode())
        cells = csv.reader(self.run_program("--csv").stdout.splitlines())
        table = self.run_program().stdout.splitlines()
        self.assertEqual([line.split() for line in table], list(cells))
        self.assertEqual(len(table), 2)
        self.assertEqual(len(table[0]), len(table[1]), "the columns are not aligned")

    def test_a_cache_without_loops_is_a_failure(self):
        self.fill(b"NVDANVVMNVuc" + disassembly("MOV R1, RZ\nEXIT").encode())
        self.assert_failure(self.run_program(), machine_code.NOTHING, "no kernel with a loop")

    def test_a_listing_that_cannot_be_written_is_a_failure(self):
        self.fill(b"NVDANVVMNVuc" + disassembly(LOOP).encode())
        done = self.run_program("--listing", self.cache / "listing")
        self.assert_failure(done, machine_code.NOT_WRITABLE, "cannot be written")

    def test_a_cache_that_is_not_there_is_a_failure(self):
        (self.folder / "zstd").symlink_to("/bin/true")
        done = self.run_program(PATH=f"{self.folder}:{os.environ['PATH']}")
        self.assert_failure(done, machine_code.UNREADABLE, "pipelines.bin cannot be read")

    def test_a_missing_program_is_named_with_what_to_do(self):
        self.assert_failure(self.run_program(PATH=str(self.folder)), machine_code.NO_PROGRAM, "`zstd`: install")
        (self.folder / "zstd").symlink_to("/bin/true")
        done = self.run_program("--nvdisasm", "nvdisasm-that-is-nowhere", PATH=str(self.folder))
        self.assert_failure(done, machine_code.NO_PROGRAM, "nvidia-cuda-nvdisasm.*--nvdisasm")

    def test_help_tells_every_column_and_exit_code(self):
        shown = io.StringIO()
        with mock.patch("sys.argv", ["machine_code.py", "--help"]), contextlib.redirect_stdout(shown):
            with self.assertRaises(SystemExit):
                machine_code.main()
        for name, meaning in machine_code.COLUMNS.items():
            self.assertRegex(shown.getvalue(), f"(?m)^  {name} +{meaning[:20]}")
        for code, meaning in machine_code.EXIT_CODES.items():
            self.assertIn(f"{code:>3}  {meaning}", shown.getvalue())


if __name__ == "__main__":
    unittest.main()
