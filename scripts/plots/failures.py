"""How plotting ends when it does not end well."""

# Exit codes, those of `winoscope` where it has the same.
UNREADABLE, NOT_WRITABLE, BAD_RESULTS, NO_PACKAGE, NOTHING, INTERRUPTED = 10, 40, 42, 70, 71, 130
EXIT_CODES = {
    UNREADABLE: "a file cannot be read",
    NOT_WRITABLE: "a plot cannot be written",
    BAD_RESULTS: "a file is malformed",
    NO_PACKAGE: "pandas, matplotlib or a newer Python is missing",
    NOTHING: "no plot can be made of the files",
    INTERRUPTED: "interrupted with Ctrl-C; what was finished is kept",
}


class Failure(Exception):
    """Ends the program with an exit code and one sentence."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


class Absent(Exception):
    """A kind of plot cannot be made of what was read; says why, as a clause after the kind's name."""
