"""How the Prefect server is reached: the one that the environment names (PREFECT_API_URL), or the one that
`freshfront run` keeps on this machine, whose key lies in a file that only its user reads.

Without the key nobody who can reach the port, another user of the machine or a web page, may run flows."""

import os
import secrets
from base64 import b64encode
from pathlib import Path

from flows.settings import Settings

HOME = Path("var") / "prefect"
KEY_FILE = HOME / "key"
USER = "freshfront"


def prefect_is_named() -> bool:
    """Whether the environment names a Prefect server to use."""
    return bool(os.environ.get("PREFECT_API_URL"))


def prefect_address(settings: Settings) -> str:
    """The address of the Prefect server's API, where one runs."""
    return os.environ.get("PREFECT_API_URL") or f"http://127.0.0.1:{settings.prefect_port}/api"


def prefect_key() -> str | None:
    """The key (`user:password`) of the Prefect server, if it has one."""
    if prefect_is_named() or not KEY_FILE.exists():
        return os.environ.get("PREFECT_API_AUTH_STRING")
    return KEY_FILE.read_text().strip()


def prefect_headers() -> dict[str, str]:
    """What a request to the Prefect server must carry."""
    key = prefect_key()
    return {} if key is None else {"Authorization": f"Basic {b64encode(key.encode()).decode()}"}


def make_prefect_key() -> str:
    """The key of the server that this installation keeps, made the first time. A new one is made where the file was
    removed."""
    HOME.mkdir(parents=True, exist_ok=True)
    HOME.chmod(0o700)
    if not KEY_FILE.exists():
        part = KEY_FILE.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(f"{USER}:{secrets.token_urlsafe(32)}\n")
        part.rename(KEY_FILE)
    return KEY_FILE.read_text().strip()


def client_environment(settings: Settings) -> dict[str, str]:
    """What names this installation's own server to Prefect's clients, and keeps their files below var/; nothing where
    the environment names a server already."""
    if prefect_is_named():
        return {}
    return {
        "PREFECT_API_URL": prefect_address(settings),
        "PREFECT_API_AUTH_STRING": make_prefect_key(),
        "PREFECT_HOME": str(HOME.absolute()),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def server_environment(settings: Settings) -> dict[str, str]:
    """What makes the server ask for the key, and answer no page but its own."""
    return client_environment(settings) | {
        "PREFECT_API_URL": "",  # the server is not its own client
        "PREFECT_SERVER_API_AUTH_STRING": make_prefect_key(),
        "PREFECT_SERVER_API_PORT": str(settings.prefect_port),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ",".join(own_origins(settings)),
    }


def own_origins(settings: Settings) -> list[str]:
    """The addresses under which the server's own pages are seen."""
    return [f"http://{host}:{settings.prefect_port}" for host in ("127.0.0.1", "localhost")]
