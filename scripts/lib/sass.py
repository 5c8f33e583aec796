"""NVIDIA's machine code (SASS, from Volta on) as `nvdisasm -hex` prints it: instructions, the hottest loop, its reads.

What the control words and the banks of registers are is from Jia et al., arXiv:1804.06826.
"""

import re
from dataclasses import dataclass

INSTRUCTION_BYTES = 16
# A line with an instruction and its lower 64-bit word, then one with the upper word.
INSTRUCTION = re.compile(
    r"^\s*/\*(?P<address>[0-9a-f]+)\*/\s+(?P<text>.+?)\s*;"
    r"\s*/\* 0x[0-9a-f]{16} \*/\s+/\* 0x(?P<upper>[0-9a-f]{16}) \*/",
    re.MULTILINE,
)
REGISTERS = re.compile(r"Register count=(\d+)")
# RZ, constants and uniform registers lie in no bank.
REGISTER = re.compile(r"-?R(\d+)(\.reuse)?")


class Refused(Exception):
    """Machine code that cannot be read; says why, as a clause."""


@dataclass(frozen=True)
class Instruction:
    """One instruction and, beside it, what the compiler tells the scheduler."""

    address: int
    text: str
    # Its upper 64-bit word, whose topmost bits are the control word.
    upper: int

    @property
    def opcode(self) -> str:
        """Without predicate and modifiers: `FFMA` of `@!P0 FFMA.FTZ R0, R1, R2, R0`."""
        return self._bare().split()[0].split(".")[0]

    @property
    def operands(self) -> list[str]:
        """The destination, if any, comes first."""
        return [operand.strip() for operand in self._bare().partition(" ")[2].split(",")]

    @property
    def target(self) -> int | None:
        """Where a branch goes."""
        found = re.fullmatch(r"0x([0-9a-f]+)", self.operands[-1]) if self.opcode == "BRA" else None
        return int(found[1], 16) if found else None

    @property
    def control(self) -> str:
        """The control word; `.reuse` in the text tells its topmost four bits."""
        word = self.upper >> 41
        stall, stays, write, read, wait = word & 15, word >> 4 & 1, word >> 5 & 7, word >> 8 & 7, word >> 11 & 63
        # Of the eight numbers that three bits have, 7 is none of the six barriers.
        written, fetched = ("-" if barrier == 7 else str(barrier) for barrier in (write, read))
        return f"stall {stall:2} {'-' if stays else 'Y'} w{written} r{fetched} wait {wait:06b}"

    def _bare(self) -> str:
        return re.sub(r"^@\S+\s+", "", self.text)


Loop = list[Instruction]


@dataclass(frozen=True)
class Kernel:
    """The machine code of a kernel."""

    registers: int
    instructions: list[Instruction]

    @classmethod
    def parse(cls, disassembly: str) -> "Kernel":
        """What `nvdisasm -hex` printed. Raises `Refused` where no kernel is in it."""
        found = [
            Instruction(int(each["address"], 16), each["text"], int(each["upper"], 16))
            for each in INSTRUCTION.finditer(disassembly)
        ]
        registers = REGISTERS.search(disassembly)
        if not found or not registers:
            raise Refused("nvdisasm shows no instructions of 128 bits, which NVIDIA's GPUs have from Volta on")
        return cls(int(registers[1]), found)

    @property
    def code_bytes(self) -> int:
        return self.instructions[-1].address + INSTRUCTION_BYTES

    def hottest_loop(self) -> Loop:
        """The loop with the most FFMA, the innermost of equals; empty where there is none."""
        places = {instruction.address: place for place, instruction in enumerate(self.instructions)}
        loops = [
            self.instructions[places[branch.target] : place + 1]
            for place, branch in enumerate(self.instructions)
            # A branch to itself stands behind the end of every kernel and is no loop of it.
            if branch.target in places and branch.target < branch.address
        ]
        return max(loops, key=lambda loop: (count(loop, "FFMA"), -len(loop)), default=[])

    def listing(self) -> str:
        """One instruction on a line, with its control word; `>` marks the hottest loop."""
        inside = {instruction.address for instruction in self.hottest_loop()}
        lines = [
            f"{'>' if one.address in inside else ' '} {one.address:05x}  {one.control}  {one.text}"
            for one in self.instructions
        ]
        return "\n".join([f"{self.registers} registers, {self.code_bytes} bytes", *lines, ""])


def count(loop: Loop, opcode: str) -> int:
    """How many instructions of a loop have an opcode, whatever their modifiers."""
    return sum(instruction.opcode == opcode for instruction in loop)


def reads(loop: Loop) -> list[set[int]]:
    """The registers that each FFMA reads from the banks: all but those kept, in the same place, from the FFMA before.

    Taken is the best case: kept registers outlast instructions in between, and are not lost to other subgroups.
    """
    found: list[set[int]] = []
    kept: dict[int, int] = {}
    for instruction in loop:
        if instruction.opcode != "FFMA":
            continue
        places = enumerate(map(REGISTER.match, instruction.operands[1:]))
        sources = {place: (int(source[1]), source[2]) for place, source in places if source}
        found.append({register for place, (register, _) in sources.items() if kept.get(place) != register})
        kept = {place: register for place, (register, reuse) in sources.items() if reuse}
    return found


def is_twice(registers: set[int]) -> bool:
    """Whether two or more registers lie in one of the two banks, that of even and that of odd numbers."""
    odd = sum(register % 2 for register in registers)
    return max(odd, len(registers) - odd) >= 2
