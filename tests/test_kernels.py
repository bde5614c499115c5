"""Warm kernels: each a process of its own, like a plain one in all that a notebook sees; plain ones where a fork is not safe."""

import ast
import atexit
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest

from kpikit.report.kernels import preload
from kpikit.report.kernels.child import children
from kpikit.report.kernels.provisioner import NAME, WarmProvisioner
from kpikit.report.kernels.sameness import Sameness
from kpikit.report.kernels.warm import ADDRESS, KERNEL, Refused, Warm, fork, require

BARE = "bare"  # a kind for which nothing is imported

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")


@pytest.fixture(scope="module", autouse=True)
def warm():
    """One warm server for the tests of this file, and Jupyter told to use it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", NAME)
        with Warm(KERNEL) as server:
            yield server


def run(*sources, **more):
    """What each cell printed, run by plain papermill."""
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    done = papermill.execute_notebook(node, None, kernel_name="python3", progress_bar=False, **more)
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in done.cells], done


def plain(*sources, monkeypatch):
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", "local-provisioner")
    command = [sys.executable, "-c", RUN_PLAIN, *sources]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return nbformat.reads(done.stdout, 4)


RUN_PLAIN = """
import sys, nbformat, papermill
node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sys.argv[1:]])
print(nbformat.writes(papermill.execute_notebook(node, None, kernel_name="python3", progress_bar=False)))
"""

LEAVE = """
import builtins, os, random, sys, tempfile, warnings
import matplotlib, matplotlib.pyplot as plt, numpy as np, pandas as pd
left = "a global"
builtins.left_behind = 1
sys.left_behind = 1
os.environ["LEFT_BEHIND"] = "1"
os.environ.pop("HOME", None)
os.chdir("/")
sys.path.insert(0, "/left/behind")
matplotlib.rcParams["figure.dpi"] = 17
plt.figure(); plt.style.use("dark_background")
pd.set_option("display.max_rows", 3)
random.seed(1); np.random.seed(1)
warnings.simplefilter("ignore")
held = open(os.devnull)
import kpikit; kpikit.left_behind = 1
print(os.getpid())
"""
LOOK = """
import builtins, os, sys, warnings
import matplotlib, matplotlib.pyplot as plt, pandas as pd, kpikit
opened = sorted({os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")})
print({
    "global": "left" in globals(), "builtin": hasattr(builtins, "left_behind"), "module": hasattr(sys, "left_behind"),
    "environment": "LEFT_BEHIND" in os.environ, "home": "HOME" in os.environ, "folder": os.getcwd(), "path": "/left/behind" in sys.path,
    "dpi": matplotlib.rcParams["figure.dpi"], "figures": plt.get_fignums(), "rows": pd.get_option("display.max_rows"),
    "warnings": any(found[0] == "ignore" and found[1] is None and found[2] is Warning for found in warnings.filters),
    "kpikit": hasattr(kpikit, "left_behind"), "null opened": opened.count("/dev/null"),
})
"""
CHANCE = "import random, numpy as np\nprint(random.random(), np.random.random(), os.getpid())"


def test_nothing_leaks_from_one_run_to_the_next():
    (before,), _ = run(LOOK)
    (first_pid,), _ = run(LEAVE)
    (after,), _ = run(LOOK)
    assert WarmProvisioner.plain_because == ""
    assert after == before
    assert ast.literal_eval(after)["folder"] == str(Path.cwd())
    assert not Path(f"/proc/{first_pid.strip()}").exists()


def test_each_run_has_chance_and_a_process_of_its_own():
    told = [run(f"import os\n{CHANCE}")[0][0].split() for _ in range(2)]
    assert not set(told[0]) & set(told[1])


def test_the_libraries_are_there_before_the_first_cell_and_one_thread_does_the_sums():
    (said,), _ = run(
        "import sys, os\nprint('pandas' in sys.modules, 'statsmodels' in sys.modules, os.environ.get('OMP_NUM_THREADS'))"
    )
    assert said.split() == ["True", "True", "None"]


#: everything that a kernel could show otherwise because its libraries were imported earlier
SHOWN = (
    "import pandas as pd, numpy as np, sys, os\npd.DataFrame(np.arange(2400).reshape(80, 30))",
    "import matplotlib.pyplot as plt\nprint(plt.get_backend(), plt.rcParams['figure.figsize'], plt.rcParams['figure.dpi'])\nplt.plot([1, 2, 3])\nplt.show()",
    "import seaborn as sns\nsns.histplot(x=[1, 2, 2, 3]);",
    "import tqdm.auto, polars, statsmodels.tools.data as data\nprint(tqdm.auto.tqdm.__module__, polars.DataFrame({'a': [1]}))",
    "print(sys.path, sys.argv[0].rpartition('/')[2], __name__, sys.flags, os.getcwd())\nsys.modules['__main__'].__name__",
    "import warnings\nwarnings.warn('seen')\n1 / 3",
    "import logging, signal\nprint(logging.getLogger().handlers, signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT).__name__)",
    "get_ipython().run_line_magic('config', 'InlineBackend.figure_formats')\nprint({n: os.environ.get(n) for n in ('MPLBACKEND', 'TERM', 'PAGER', 'FORCE_COLOR', 'HOME', 'PWD')})",
    "from concurrent.futures import ProcessPoolExecutor\nprint(list(ProcessPoolExecutor(2).map(abs, [-1, -2])))",
)


def test_a_warm_kernel_shows_what_a_plain_one_shows(monkeypatch):
    _, warm = run(*SHOWN)
    assert WarmProvisioner.plain_because == ""
    for mine, other in zip(warm.cells, plain(*SHOWN, monkeypatch=monkeypatch).cells, strict=True):
        assert sorted(map(timeless, mine.outputs)) == sorted(map(timeless, other.outputs)), (
            mine.source
        )  # two streams have no order


def told(outputs):
    """What a cell told: each stream as one text, whose pieces and place among the others are chance."""
    streams = {name: "".join(output.text for output in outputs if output.get("name") == name) for name in ("stdout", "stderr")}
    return [timeless(streams), *(timeless(output) for output in outputs if output.output_type != "stream")]


def timeless(output):
    """An output without the number of its process, which warnings name."""
    return re.sub(r"ipykernel_\d+", "ipykernel_", json.dumps(output, sort_keys=True))


def refusals(kind, environment, **more):
    with pytest.raises(Refused) as refused:
        fork(kind, "kpikit.report.kernels.child:run_kernel", [], environment, more.get("folder", "/"))
    return str(refused.value)


def test_a_plain_kernel_is_started_where_a_fork_would_not_be_the_one_asked_for():
    assert refusals(KERNEL, os.environ | {"PYTHONHASHSEED": "7"}) == (
        "PYTHONHASHSEED is set otherwise, and is read only when a Python starts"
    )
    mine = Sameness("/usr/bin/python", "/here", {})
    assert mine.differs(Sameness("/usr/bin/python3", "/here", {})) == "it was asked for another Python"
    assert mine.differs(Sameness("/usr/bin/python", "/there", {})) == "it was asked for another copy of kpikit"


def test_a_plain_kernel_runs_and_the_reason_is_said(monkeypatch, caplog):
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    (said,), _ = run("print('pandas' in __import__('sys').modules)")
    assert said == "False\n"
    assert WarmProvisioner.plain_because == "PYTHONHASHSEED is set otherwise, and is read only when a Python starts"


def test_code_that_was_changed_since_is_not_run_from_memory():
    import kpikit.words

    assert Sameness("", "", {}, since=time.time() + 9).aged() == ""
    old = Sameness("", "", {}, since=Path(kpikit.words.__file__).stat().st_mtime - 1)
    assert old.aged().endswith(" was changed since it was imported")


def test_threads_forbid_a_fork():
    import threading

    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    assert len(preload.threads()) > 1
    over.set()
    other.join()


def ended(pid, seconds=10):
    """Whether a process ends in time."""
    until = time.monotonic() + seconds
    while psutil.pid_exists(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not psutil.pid_exists(pid)


@pytest.fixture
def bare(monkeypatch):
    """A server that has nothing imported."""
    with Warm(BARE) as server:
        yield server


def sleeper():
    """A forked process that only waits."""
    return fork(BARE, "time:sleep", [600], os.environ, "/")


def test_a_process_dies_with_the_one_who_asked_for_it(bare):
    process = sleeper()
    process.line.close()
    process.answer.close()
    assert ended(process.pid)


def test_how_a_process_ended_is_told(bare):
    process = sleeper()
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert fork(BARE, "sys:exit", [3], os.environ, "/").wait() == 3


def test_when_the_server_is_killed_all_that_it_forked_dies_too(bare):
    process = sleeper()
    bare.process.kill()
    assert process.wait() == -signal.SIGKILL
    assert ended(process.pid)
    assert refusals(BARE, os.environ).startswith("the warm server does not answer")


def test_when_its_starter_is_killed_nothing_is_left():
    starter = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True)
    server, forked = map(int, starter.stdout.readline().split())
    until = time.monotonic() + 10
    while not (below := children(forked)) and time.monotonic() < until:
        time.sleep(0.02)
    starter.kill()
    starter.wait()
    assert below
    assert all(ended(pid) for pid in (server, forked, *below))


STARTER = """
import os, time
from kpikit.report.kernels.warm import Warm, fork
with Warm("bare") as server:
    process = fork("bare", "os:system", ["sleep 600 & sleep 601"], os.environ, "/")
    print(server.process.pid, process.pid, flush=True)
    time.sleep(60)
"""


def test_a_process_that_nobody_gave_a_server_starts_its_own(monkeypatch):
    registered = []
    monkeypatch.setattr(atexit, "register", registered.append)
    require(BARE)
    require(BARE)
    assert fork(BARE, "sys:exit", [0], os.environ, "/").wait() == 0
    (leave,) = registered
    leave()
    assert ADDRESS + BARE not in os.environ
