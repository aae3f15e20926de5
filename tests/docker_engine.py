"""Whether Docker runs here."""

import contextlib
import os
from pathlib import Path

SOCKET = Path("/var/run/docker.sock")
PATIENCE_S = 2


def docker_runs() -> bool:
    """An engine answers, where the environment or custom says that one would."""
    if not (SOCKET.exists() or os.environ.get("DOCKER_HOST")):
        return False
    import docker

    try:
        with contextlib.closing(docker.from_env(timeout=PATIENCE_S)) as client:
            return bool(client.ping())
    except docker.errors.DockerException:
        return False
