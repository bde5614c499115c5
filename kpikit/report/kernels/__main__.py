"""Runs a command whose notebooks' kernels are warm.

python -m kpikit.report.kernels pytest --nbval notebooks
"""

import os
import subprocess
import sys

from kpikit.report.kernels.provisioner import NAME
from kpikit.report.kernels.warm import KERNEL, Warm

if __name__ == "__main__":
    with Warm(KERNEL):
        sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": NAME}).returncode)
