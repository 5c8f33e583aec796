"""How a sweep ends when it does not end well."""

# Exit codes, those of `winoscope` where it has the same.
USAGE, UNREADABLE, BAD_CONFIG, NO_DEVICE, DEVICE_LOST, NOT_WRITABLE, DISK_FULL, BAD_RESULTS = 2, 10, 11, 21, 24, 40, 41, 42
WRONG, SOME_FAILED, NO_PACKAGE, INTERRUPTED = 50, 54, 70, 130
EXIT_CODES = {
    USAGE: "wrong usage, or there is no `winoscope` to run",
    UNREADABLE: "a configuration cannot be read",
    BAD_CONFIG: "a configuration is refused; the codes up to 19 are those of `winoscope`",
    NO_DEVICE: "no device, or none that --devices names",
    DEVICE_LOST: "no device is left that answers; the same command goes on later",
    NOT_WRITABLE: "the results cannot be written",
    DISK_FULL: "the disk is full; the same command goes on later",
    BAD_RESULTS: "a results file is malformed, or of another version, or in use",
    WRONG: "an output was wrong",
    SOME_FAILED: "experiments failed; their rows say why",
    NO_PACKAGE: "Ray is missing, or there is no cluster",
    INTERRUPTED: "interrupted with Ctrl-C; what was finished is kept",
}


class Failure(Exception):
    """Ends the sweep with an exit code and one sentence."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self):
        # It crosses machines, and an exception is else made anew of its message alone.
        return Failure, (self.code, self.message)
