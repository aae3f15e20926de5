"""In CI no test that needs a browser, a broker or Node is skipped unseen."""

import os
import subprocess
import sys

from tests.architecture.checkout import ROOT

TESTS = {
    "test_browser.py": "import pytest\n\n@pytest.mark.browser\ndef test_it():\n    pytest.skip('no browser')\n",
    "test_kafka.py": "import pytest\n\n@pytest.mark.kafka\ndef test_it():\n    pytest.skip('no broker')\n",
    "test_node.py": "import pytest\n\n@pytest.mark.node\ndef test_it():\n    pytest.skip('no Node')\n",
    "test_other.py": "import pytest\n\ndef test_it():\n    pytest.skip('for a reason')\n",
    "test_whole_file.py": "import pytest\n\npytest.importorskip('is_not_there')\n",
}


def last_line(folder, **environment):
    for name, text in TESTS.items():
        (folder / name).write_text(text)
    options = ["-c", ROOT / "pyproject.toml", "-p", "tests.conftest", "--continue-on-collection-errors", "--color=no"]
    command = [sys.executable, "-m", "pytest", *options, folder]
    others = {name: value for name, value in os.environ.items() if name != "CI"}
    done = subprocess.run(command, cwd=ROOT, env=others | environment, check=False, capture_output=True, text=True)
    return done.stdout.splitlines()[-1].strip("= ").split(" in ")[0]


def test_at_home_they_are_skipped(tmp_path):
    assert last_line(tmp_path) == "5 skipped"


def test_ci_refuses_the_skip_and_allows_others(tmp_path):
    assert last_line(tmp_path, CI="1") == "3 failed, 1 skipped, 1 error"
