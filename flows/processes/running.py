"""`freshfront run`: everything on one machine from one command, and `freshfront serve`, the service alone.

Prepares the database, then keeps the service, the watcher and the schedule running and, where the settings name none,
a Prefect server, an MQTT broker and a simulator of the sample region's sensors.
"""

import os
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from data.database import open_database, writing
from data.tables import Role
from flows.access.keys import create_sign_in_token
from flows.errors import NotNow
from flows.processes.supervisor import Child, Supervisor, answers
from flows.settings import Settings

VAR = Path("var")
LAST_REQUESTS_TAKE_AT_MOST = 3  # seconds, when the service is told to end


def serve(settings: Settings) -> None:
    """Runs the service until SIGINT or SIGTERM."""
    uvicorn.run(
        "api.app:served_app",  # by its name: flows knows nothing of api
        factory=True,
        host=settings.host,
        port=settings.port,
        access_log=False,  # the app writes its own
        timeout_graceful_shutdown=LAST_REQUESTS_TAKE_AT_MOST,
    )


def run(settings: Settings, prepare: Callable[[], None] | None, say: Callable[[str], None]) -> int:
    """Prepares, if there is anything to (`prepare` finds a Prefect server), and runs all of it until SIGINT or
    SIGTERM; returns the exit code.

    Raises NotNow, naming every port that is in use, before anything is done."""
    refuse_ports_in_use(settings)
    children = children_of(settings, prefect_at_once=prepare is not None)
    say(f"Starting {', '.join(child.name for child in children)}; their logs are in {VAR / 'log'}/ ...")
    os.environ.update(prefect_environment(settings))
    supervisor = Supervisor(children, VAR / "log", say)
    code = supervisor.run(
        prepare or (lambda: None), ready_at=f"{settings.local_url}/readyz", ready=lambda: say(_welcome(settings))
    )
    say("Everything has ended." if code == 0 else "Everything has ended because the service did.")
    return code


def prefect_environment(settings: Settings) -> dict[str, str]:
    """What names the Prefect server to its clients, and keeps Prefect's own files below var/; nothing where the
    environment names a server already."""
    if prefect_is_named():
        return {}
    return {
        "PREFECT_API_URL": f"http://127.0.0.1:{settings.prefect_port}/api",
        "PREFECT_HOME": str((VAR / "prefect").absolute()),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def wait_for_prefect(at_most: float = 90.0) -> None:
    """Returns when the Prefect server that the environment names answers. Raises NotNow after `at_most` seconds."""
    address = os.environ["PREFECT_API_URL"]
    until = time.monotonic() + at_most
    while not answers(f"{address}/health"):
        if time.monotonic() > until:
            raise NotNow(f"The Prefect server at {address} does not answer; see {VAR / 'log' / 'prefect.log'}.")
        time.sleep(0.5)


def children_of(settings: Settings, prefect_at_once: bool = False) -> list[Child]:
    """The processes that these settings ask for, in the order in which they are looked after.

    The service comes first and the others wait for it, since users do; `prefect_at_once` when preparing needs it."""
    children: list[Child] = []
    service_is_up = f"{settings.local_url}/readyz"
    environment = prefect_environment(settings)
    prefect_is_up = None
    if not prefect_is_named():
        prefect_is_up = f"{environment['PREFECT_API_URL']}/health"
        start = ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(settings.prefect_port)]
        own = {"PREFECT_API_URL": ""}  # the server is not its own client
        after = None if prefect_at_once else service_is_up
        children.append(
            Child("prefect", [sys.executable, *start], environment | own, after=after, at_once=prefect_at_once)
        )
    if settings.mqtt_url is None:
        children.append(Child("broker", _calling("flows.processes.broker", "broker"), environment, after=service_is_up))
    children.append(Child("watcher", _calling("flows.processes.watcher", "watch"), environment, after=service_is_up))
    if settings.mqtt_url is None:
        children.append(
            Child(
                "simulator", _calling("flows.processes.sensor_simulator", "simulate"), environment, after=service_is_up
            )
        )
    scheduled = environment | {"PREFECT_LOGGING_LEVEL": "INFO"}
    children.append(
        Child(
            "schedule",
            _calling("flows.day.prefect_flows", "serve_schedule"),
            scheduled,
            after=prefect_is_up or service_is_up,
        )
    )
    children.append(Child("service", _calling("flows.processes.running", "serve"), environment, vital=True))
    return children


def prefect_is_named() -> bool:
    """Whether the environment names a Prefect server to use."""
    return bool(os.environ.get("PREFECT_API_URL"))


def refuse_ports_in_use(settings: Settings) -> None:
    """Raises NotNow with every port that something listens on already and the setting that chooses another."""
    wanted = [(settings.host, settings.port, "the service", "FRESHFRONT_PORT")]
    if not prefect_is_named():
        wanted.append(("127.0.0.1", settings.prefect_port, "the Prefect server", "FRESHFRONT_PREFECT_PORT"))
    if settings.mqtt_url is None:
        wanted.append(("127.0.0.1", settings.mqtt_port, "the MQTT broker", "FRESHFRONT_MQTT_PORT"))
    taken = []
    for host, port, what, setting in wanted:
        try:
            socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
        except OSError as error:
            taken.append(f"{host}:{port} for {what} is not free ({error.strerror}): end what uses it or set {setting}.")
    if taken:
        raise NotNow("\n".join(taken))


def _calling(module: str, function: str) -> list[str]:
    """Python with just this module: the whole command line takes three times the memory and the time to start."""
    call = f"from flows.settings import Settings; from {module} import {function}; {function}(Settings())"
    return [sys.executable, "-c", call]


def _welcome(settings: Settings) -> str:
    engine = open_database(settings.database_url.get_secret_value())
    with writing(engine) as session:
        token = create_sign_in_token(
            session, "operator", Role.OPERATOR, datetime.now(UTC), lasts=settings.sign_in_lasts
        )
    engine.dispose()
    lines = [
        "",
        "Freshfront is ready. Sign in here:",
        "",
        f"    {settings.sign_in_url(token)}",
        "",
    ]
    lines.append(f"Runs of the day's flows: {os.environ['PREFECT_API_URL'].removesuffix('/api')}")
    lines.append("Ctrl-C ends all of it.")
    return "\n".join(lines)
