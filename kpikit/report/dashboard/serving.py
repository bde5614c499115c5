"""serve: Voila on this machine's own address, behind a token, with everything else that it could show shut."""

from __future__ import annotations

import hmac
import os
import secrets
import socket
import sys
import webbrowser
from collections.abc import Callable, Sequence
from datetime import date
from inspect import isawaitable
from pathlib import Path
from typing import Any

from jupyter_server.auth.identity import IdentityProvider
from tornado.web import RequestHandler
from traitlets.config import Config
from voila.app import Voila  # type: ignore[import-untyped]
from voila.handler import VoilaHandler  # type: ignore[import-untyped]

from kpikit.cases import nearest
from kpikit.cases.files import FOLDERS
from kpikit.errors import ReportError
from kpikit.report.dashboard.view import TEMPLATES
from kpikit.report.kernels.provisioner import NAME
from kpikit.report.kernels.warm import KERNEL, Warm

LOOPBACK, PORT = "127.0.0.1", 8866
TOKEN = "KPIKIT_DASHBOARD_TOKEN"  # a variable that holds the token, where it is to be the same each time
LONG = 16  # letters of a token, at least
NOTEBOOK = Path("notebooks", "dashboard.ipynb")
NOTE = "note"  # the tag of a cell that is for those who open the notebook
PING_MS = 30_000
IDLE_S = 600  # after which the kernel of a page that nobody looks at ends
#: nothing is asked of any other address, and the page stands in no other page
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws://{host}; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
SHUT = "This dashboard opens with its token: use the address that kpikit dashboard printed."


def serve(cases: Sequence[Path], as_of: str | None, port: int | None, tell: Callable[[str], None], show: bool = False) -> None:
    """Serves a dashboard of cases until it is interrupted; `tell` gets its address once it listens, `show` opens a browser.

    Without `as_of` each visit shows the tables as of its own day. Raises ReportError where the port is taken, the token is
    too short or the notebook is missing.
    """
    token = _token()
    place = nearest(NOTEBOOK)
    if place is None:
        raise ReportError(f"no {NOTEBOOK}: the dashboard is that notebook; run kpikit dashboard in a folder that has it")
    number = _free(port)
    os.environ[FOLDERS] = os.pathsep.join(filter(None, [os.environ.get(FOLDERS), str(Path.cwd())]))  # what a report may read here
    app = Loopback.instance(config_file_paths=[], token=token, port=number, config=_config(place, cases, as_of, number))
    app.ready = lambda: _tell(f"http://{LOOPBACK}:{number}/?token={token}", tell, show)
    app.initialize([])
    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = NAME
    with Warm(KERNEL):  # a visit waits for its measuring, not for imports
        app.start()


def _tell(address: str, tell: Callable[[str], None], show: bool) -> None:
    tell(address)
    if show:
        webbrowser.open(address)


def _token() -> str:
    token = os.environ.get(TOKEN) or secrets.token_urlsafe(24)
    if len(token) < LONG:
        raise ReportError(f"{TOKEN} holds {len(token)} letters; a token has {LONG} or more")
    return token


def _free(port: int | None) -> int:
    """The port asked for, else the usual one, else any that is free; ReportError where the one asked for is taken."""
    for number in [PORT, 0] if port is None else [port]:
        with socket.socket() as found:
            if (
                os.name == "posix"
            ):  # as the server binds it: a page still connected does not keep the port; Windows would share it
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind((LOOPBACK, number))
            except OSError:
                continue
            return int(found.getsockname()[1])
    raise ReportError(f"port {port} is taken, or not to be had; give another one with --port, or none")


def _config(place: Path, cases: Sequence[Path], as_of: str | None, port: int) -> Config:
    """All that Voila is told, so that no file of settings is read."""

    def with_cases(_: Any, notebook: Any, cwd: str) -> Any:
        """The notebook of a visit, without its notes, and with the cases and the day in place of its own."""
        named = {"case": [str(case) for case in cases], "as_of": as_of or date.today().isoformat()}
        notebook.cells = [cell for cell in notebook.cells if NOTE not in cell.metadata.get("tags", ())]
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", ()):
                cell.source = "\n".join(f"{name} = {value!r}" for name, value in named.items())
        return notebook

    return Config(
        Voila={
            "ip": LOOPBACK, "port_retries": 0, "open_browser": True, "log_level": "ERROR", "notebook_path": str(place),
            "root_dir": str(place.parent), "identity_provider_class": IdentityProvider,
            "tornado_settings": {
                "headers": {"Content-Security-Policy": POLICY.format(host=f"{LOOPBACK}:{port}")},
                "allow_remote_access": False, "ws_ping_interval": PING_MS, "ws_ping_timeout": PING_MS,
            },
        },
        VoilaConfiguration={
            "show_tracebacks": False, "strip_sources": True, "file_allowlist": [], "file_denylist": [".*"], "template": "lab",
            "allow_template_override": "NO", "allow_theme_override": "NO", "preheat_kernel": False, "prelaunch_hook": with_cases,
            "extension_allowlist": ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"],
        },
        IdentityProvider={"cookie_options": {"samesite": "Strict"}},
        VoilaExecutor={"cell_error_instruction": "What it was stands in the terminal in which kpikit dashboard runs."},
        KernelManager={"transport": "ipc" if sys.platform != "win32" else "tcp"},
        MappingKernelManager={"cull_idle_timeout": IDLE_S, "cull_interval": IDLE_S // 10, "cull_connected": False},
    )  # fmt: skip


class Loopback(Voila):  # type: ignore[misc]
    """Voila, whose every answer needs the token, its files too, and whose page loads nothing from elsewhere."""

    ready: Callable[[], None]

    def setup_template_dirs(self) -> None:
        """Finds the templates, kpikit's own first."""
        super().setup_template_dirs()
        self.template_paths[:0] = [str(TEMPLATES / "voila"), str(TEMPLATES)]

    def init_handlers(self) -> list[Any]:
        """Voila's handlers without its form to log in, each behind the token."""
        kept = [route for route in super().init_handlers() if not route[0].endswith(("/login", "/logout"))]
        return [(route, guarded(handler), *more) for route, handler, *more in kept]

    def launch_browser(self) -> None:
        """Called once it listens."""
        self.ready()


def guarded(handler: type[RequestHandler]) -> type[RequestHandler]:
    """A handler that answers only to who has the token, or the cookie that a page got for it."""

    class Guarded(handler):  # type: ignore[misc,valid-type]
        async def prepare(self) -> None:
            if not _admitted(self):
                self.set_status(403)
                self.finish(SHUT)
                return
            if isawaitable(prepared := super().prepare()):
                await prepared
            if isinstance(self, VoilaHandler):
                _ = self.xsrf_token  # sets a cookie, without which a page that is left could not end its kernel

        def write_error(self, status_code: int, **_: Any) -> None:
            self.finish(f"{status_code}: this is not served here")

    return Guarded


def _admitted(handler: RequestHandler) -> bool:
    provider = handler.settings["identity_provider"]
    given = provider.get_token(handler) or ""
    return hmac.compare_digest(given.encode(), provider.token.encode()) or provider.get_user_cookie(handler) is not None
