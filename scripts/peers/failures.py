"""How a peer's program ends when it does not end well."""

# Exit codes, those of `winoscope` where it has the same.
UNREADABLE, BAD_CONFIG, NO_DEVICE, PEER_FAILED, NOT_WRITABLE, WRONG, NO_PACKAGE, INTERRUPTED = (
    10,
    11,
    21,
    25,
    40,
    50,
    70,
    130,
)
EXIT_CODES = {
    UNREADABLE: "a problem file cannot be read",
    BAD_CONFIG: "a problem file is not TOML, or has no problem that can be computed",
    NO_DEVICE: "the peer finds no device",
    PEER_FAILED: "the peer failed on a problem; its row says how",
    NOT_WRITABLE: "the rows cannot be written",
    WRONG: "an output was wrong",
    NO_PACKAGE: "the peer's package, or a newer Python, is missing",
    INTERRUPTED: "interrupted with Ctrl-C; what was finished is kept",
}


class Failure(Exception):
    """Ends the program with an exit code and one sentence."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


class Unsupported(Exception):
    """The peer cannot compute a problem; says why."""
