"""The import of `guild.ipy`."""

from __future__ import annotations

import subprocess
import sys


def test_import_without_pandas_reports_what_to_install():
    code = "import sys; sys.modules['pandas'] = None; import guild.ipy"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: guild.ipy requires pandas: pip install 'guild-runner[ipy]' "
        "(guild.api does not need it)"
    )
