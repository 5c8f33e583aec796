"""How a sweep ends when it does not end well."""

# Exit codes, those of `winoscope` where it has the same.
USAGE = 2
UNREADABLE = 10
BAD_CONFIG = 11
NO_LOADER = 20
NO_DEVICE = 21
DEVICE_LOST = 24
DRIVER = 25
NOT_WRITABLE = 40
DISK_FULL = 41
BAD_RESULTS = 42
OTHER_DEVICE = 43
WRONG = 50
SOME_FAILED = 54
NO_PACKAGE = 70
INTERRUPTED = 130

# What a sweep ends with.
EXIT_CODES = {
    USAGE: "wrong usage, or there is no `winoscope` to run",
    UNREADABLE: "a configuration cannot be read",
    BAD_CONFIG: "a configuration is refused; the codes up to 19 are those of `winoscope`",
    NO_LOADER: "the Vulkan loader is missing",
    NO_DEVICE: "no device, or none that --devices names",
    DEVICE_LOST: "no device is left that answers; the same command goes on later",
    NOT_WRITABLE: "the results cannot be written",
    DISK_FULL: "the disk is full; the same command goes on later",
    BAD_RESULTS: "a results file is malformed, or of another version, or in use",
    OTHER_DEVICE: "the file named with --ceilings has none of a device",
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
