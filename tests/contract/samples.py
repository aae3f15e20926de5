"""The golden events: one valid example of the data of each emitted event, as it was once stored."""

import importlib.resources
import json
from pathlib import Path
from typing import Any

GOLDEN = Path(str(importlib.resources.files("contracts"))) / "examples"


def golden(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))
