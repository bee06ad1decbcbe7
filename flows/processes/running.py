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
from sqlalchemy.exc import SQLAlchemyError

from data.database import open_database, writing
from data.languages import Sentence, say
from data.tables import Role
from flows.access.keys import create_sign_in_token
from flows.day.prefect_access import (
    KEY_FILE,
    client_environment,
    prefect_address,
    prefect_is_named,
    server_environment,
)
from flows.errors import NotNow
from flows.failures import in_words
from flows.processes.connections import Patience, allow_files, guarded
from flows.processes.supervisor import Child, Supervisor, answers
from flows.settings import Settings

VAR = Path("var")
LAST_REQUESTS_TAKE_AT_MOST = 3  # seconds, when the service is told to end


def serve(settings: Settings) -> None:
    """Runs the service until SIGINT or SIGTERM."""
    patience = Patience(in_all=allow_files(settings.connections_at_most), per_address=settings.connections_per_address)
    uvicorn.run(
        "api.app:served_app",  # by its name: flows knows nothing of api
        factory=True,
        host=settings.host,
        port=settings.port,
        http=guarded(patience, os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")),
        ws="none",
        access_log=False,  # the app writes its own
        timeout_graceful_shutdown=LAST_REQUESTS_TAKE_AT_MOST,
    )


def run(settings: Settings, prepares: bool, tell: Callable[[str], None]) -> int:
    """Runs all of it until SIGINT or SIGTERM, after what there is to prepare if it `prepares`; returns the exit code.

    Raises NotNow, naming every port that is in use, before anything is done."""
    refuse_ports_in_use(settings)
    os.umask(0o077)  # what the processes write, logs and the broker's messages too, is its owner's alone
    children = children_of(settings, prepares)
    logs = VAR / "log"
    tell(say("Starting {children}; their logs are in {logs}/ ...", children=[one.name for one in children], logs=logs))
    supervisor = Supervisor(children, logs, tell)
    code = supervisor.run(ready_at=f"{settings.local_url}/readyz", ready=lambda: tell(welcome(settings)))
    tell(say("Everything has ended."))
    return code


def wait_for_prefect(settings: Settings, at_most: float = 90.0) -> None:
    """Returns when the Prefect server answers. Raises NotNow after `at_most` seconds."""
    address = prefect_address(settings)
    until = time.monotonic() + at_most
    while not answers(f"{address}/health"):
        if time.monotonic() > until:
            raise NotNow(
                "The Prefect server at {address} does not answer; see {log}.",
                address=address,
                log=VAR / "log" / "prefect.log",
            )
        time.sleep(0.5)


def children_of(settings: Settings, prepares: bool = False) -> list[Child]:
    """The processes that these settings ask for, in the order in which they are looked after.

    The service comes first and the others wait for it, since users do; where something is to be prepared, all but the
    Prefect server wait for that."""
    service_is_up = f"{settings.local_url}/readyz"
    environment = client_environment(settings)
    children: list[Child] = []
    if not prefect_is_named():
        start = _calling("flows.day.prefect_server", "serve_prefect")
        after = None if prepares else service_is_up
        children.append(Child("prefect", start, server_environment(settings), after=after, at_once=prepares))
    if prepares:
        prepare = [sys.executable, "-m", "flows.commands.operating.preparing"]
        children.append(Child("preparation", prepare, environment, prepares=True))
    if settings.mqtt_url is None:
        children.append(Child("broker", _calling("flows.processes.broker", "broker"), environment, after=service_is_up))
    children.append(Child("watcher", _calling("flows.processes.watcher", "watch"), environment, after=service_is_up))
    if settings.mqtt_url is None:
        simulate = _calling("flows.processes.sensor_simulator", "simulate")
        children.append(Child("simulator", simulate, environment, after=service_is_up))
    schedule = _calling("flows.day.schedule", "serve_schedule")
    prefect_is_up = service_is_up if prefect_is_named() else f"{prefect_address(settings)}/health"
    logged = environment | {"PREFECT_LOGGING_LEVEL": "INFO"}
    children.append(Child("schedule", schedule, logged, after=prefect_is_up))
    children.append(Child("service", _calling("flows.processes.running", "serve"), environment))
    return children


def refuse_ports_in_use(settings: Settings) -> None:
    """Raises NotNow with every port that something listens on already and the setting that chooses another."""
    wanted = [(settings.host, settings.port, Sentence("the service"), "FRESHFRONT_PORT")]
    if not prefect_is_named():
        wanted.append(("127.0.0.1", settings.prefect_port, Sentence("the Prefect server"), "FRESHFRONT_PREFECT_PORT"))
    if settings.mqtt_url is None:
        wanted.append(("127.0.0.1", settings.mqtt_port, Sentence("the MQTT broker"), "FRESHFRONT_MQTT_PORT"))
    taken = []
    for host, port, what, setting in wanted:
        try:
            socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
        except OSError as error:
            taken.append(
                Sentence(
                    "{host}:{port} for {what} is not free ({why}): end what uses it or set {setting}.",
                    host=host,
                    port=port,
                    what=what,
                    why=error.strerror,
                    setting=setting,
                )
            )
    if taken:
        raise NotNow("{told}", told="\n".join(map(str, taken)))


def _calling(module: str, function: str) -> list[str]:
    """Python with just this module: the whole command line takes three times the memory and the time to start."""
    call = f"from flows.processes.alone import alone; from {module} import {function}; alone({function})"
    return [sys.executable, "-c", call]


def welcome(settings: Settings) -> str:
    """What is said once the service answers. A database that cannot be written, now, is no reason to end it: then it is
    told that there is no sign-in address."""
    lines = ["", *_sign_in_lines(settings), ""]
    lines.append(say("Runs of the day's flows: {address}", address=prefect_address(settings).removesuffix("/api")))
    if not prefect_is_named():
        lines.append(say("(it asks for a password: the line in {file})", file=KEY_FILE))
    lines.append(say("Ctrl-C ends all of it."))
    return "\n".join(lines)


def _sign_in_lines(settings: Settings) -> list[str]:
    engine = open_database(settings.database_url.get_secret_value())
    try:
        with writing(engine) as session:
            token = create_sign_in_token(
                session, "operator", Role.OPERATOR, datetime.now(UTC), lasts=settings.sign_in_lasts
            )
    except SQLAlchemyError as error:
        why = in_words(error) or str(error)
        not_made = say("Freshfront runs, but no sign-in address could be made.")
        return [not_made, why, say("Then make one by: freshfront sign-in")]
    finally:
        engine.dispose()
    return [say("Freshfront is ready. Sign in here:"), "", f"    {settings.sign_in_url(token)}"]
