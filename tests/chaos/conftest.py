"""How long things break, which, and in which order."""

import pytest

from tests.chaos.plan import Plan


@pytest.fixture
def chaos(pytestconfig: pytest.Config) -> Plan:
    asked = [pytestconfig.getoption(f"--chaos-{name}") for name in ("seed", "minutes", "fault")]
    return Plan(*asked)
