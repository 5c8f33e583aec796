"""What the system tells of NVIDIA's devices and driver."""

import subprocess


def nvidia_driver() -> str:
    """NVIDIA's driver as Winoscope's rows name it, or nothing where nvidia-smi tells nothing."""
    version = _nvidia_smi("driver_version")
    return version and f"NVIDIA {version}"


def nvidia_device() -> str:
    """The name of NVIDIA's first device, or nothing where nvidia-smi tells nothing."""
    return _nvidia_smi("name")


def _nvidia_smi(key: str) -> str:
    command = ["nvidia-smi", f"--query-gpu={key}", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.partition("\n")[0].strip()
