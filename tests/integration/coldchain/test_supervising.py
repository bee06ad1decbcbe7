"""Children of the supervisor: started, started again, ended in order, and dead when it is killed."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from flows.errors import NotNow
from flows.processes import supervisor
from flows.processes.running import children_of, refuse_ports_in_use
from flows.processes.supervisor import Child, Supervisor
from flows.settings import Settings

SLEEPS = "import time; time.sleep(60)"
SAYS_GOODBYE = """
import signal, sys, time
def goodbye(*_):
    open("goodbyes", "a").write(sys.argv[1] + " ")
    sys.exit()
signal.signal(signal.SIGTERM, goodbye)
open(sys.argv[1] + ".up", "w").close()
time.sleep(60)
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-S", "-c", code, *arguments]


def end_when(condition: Callable[[], bool]) -> None:
    """Sends this process the SIGINT of a Ctrl-C as soon as the condition holds."""

    def wait_and_end() -> None:
        until = time.monotonic() + 10
        while not condition() and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait_and_end, daemon=True).start()


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(supervisor, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_ctrl_c_ends_the_children_in_the_opposite_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "HEAD_START", 5.0)
    names = ["first", "second", "third"]
    end_when(lambda: all(Path(f"{name}.up").exists() for name in names))

    code = Supervisor([Child(name, python(SAYS_GOODBYE, name)) for name in names], tmp_path / "log", print).run()

    assert code == 0
    assert Path("goodbyes").read_text() == "third second first "


def test_a_child_that_dies_is_named_with_its_last_lines_and_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    dies = Child("watcher", python("print('no broker'); raise SystemExit(7)"))
    end_when(lambda: len(said) >= 2)

    code = Supervisor([dies], tmp_path / "log", said.append).run()

    assert code == 0
    assert "watcher ended (7); again in" in said[0]
    assert "no broker" in said[0]


def test_the_death_of_the_service_ends_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    service = next(child for child in children_of(Settings()) if child.name == "service")
    said: list[str] = []
    children = [
        Child("broker", python(SAYS_GOODBYE, "broker")),
        replace(service, command=python("raise SystemExit(3)")),
    ]
    end_when(lambda: Path("broker.up").exists() and len(said) >= 3)

    assert Supervisor(children, tmp_path / "log", said.append).run() == 0

    assert [line.partition(". ")[0] for line in said] == [
        f"The service ended (3); again in {pause} s" for pause in (0, 0, 0)
    ]
    assert Path("goodbyes").read_text() == "broker "  # it lived until Ctrl-C


def test_the_others_wait_for_what_prepares_and_a_kill_of_it_only_delays_them(tmp_path: Path) -> None:
    said: list[str] = []
    killed_first = "import os; os.path.exists('tried') or (open('tried', 'w').close(), os.kill(os.getpid(), 9))"
    goes_on = "import os; open('seen', 'w').write(str(os.path.exists('tried'))); import time; time.sleep(60)"
    children = [Child("preparation", python(killed_first), prepares=True), Child("service", python(goes_on))]
    end_when(lambda: Path("seen").exists() and Path("seen").read_text() != "")

    assert Supervisor(children, tmp_path / "log", said.append).run() == 0

    assert said == ["The preparation was ended by signal 9; again in 0 s."]
    assert Path("seen").read_text() == "True"


def test_a_preparation_that_fails_ends_everything_with_its_code(tmp_path: Path) -> None:
    children = [Child("preparation", python("raise SystemExit(2)"), prepares=True), Child("service", python(SLEEPS))]

    assert Supervisor(children, tmp_path / "log", print).run() == 2
    assert not (tmp_path / "log" / "service.log").exists()


SAYS_THAT_NOBODY_NEED_WAIT = "import os; os.write(int(os.environ['FRESHFRONT_PREPARED_BY']), b'.'); "


def test_the_others_begin_when_what_prepares_says_so_whatever_becomes_of_the_rest_of_its_work(tmp_path: Path) -> None:
    said: list[str] = []
    goes_on = SAYS_THAT_NOBODY_NEED_WAIT + (
        "import time; open('preparing', 'w').close()\n"
        "while not os.path.exists('served'): time.sleep(0.02)\n"
        "raise SystemExit(2)"
    )
    serves = "import os, time; os.path.exists('preparing') and open('served', 'w').close(); time.sleep(60)"
    children = [Child("preparation", python(goes_on), prepares=True), Child("service", python(serves))]
    supervisor_of_both = Supervisor(children, tmp_path / "log", said.append)
    end_when(lambda: Path("served").exists() and bool(said))

    assert supervisor_of_both.run() == 0
    assert said == ["The preparation ended (2); what was left of its work is not done."]


def test_what_prepares_says_so_once_and_to_nobody_where_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    monkeypatch.setenv(supervisor.HEARD_BY, str(write))

    supervisor.nobody_need_wait()
    supervisor.nobody_need_wait()

    assert os.read(read, 10) == b"."
    assert os.read(read, 10) == b"", "and what it starts has nothing to say it by"
    os.close(read)


def test_a_child_that_does_not_end_is_killed_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    monkeypatch.setattr(supervisor, "END_TAKES_AT_MOST", 0.3)
    stubborn = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); child = os.fork()\n"
        "if child: open('pids', 'w').write(f'{os.getpid()} {child}'); os.rename('pids', 'pids.up')\n"
        "time.sleep(60)"
    )
    end_when(lambda: Path("pids.up").exists())

    Supervisor([Child("stubborn", python(stubborn))], tmp_path / "log", print).run()

    # the kill has been sent to both; the kernel takes a moment with the one that is not our child
    pids = [int(pid) for pid in Path("pids.up").read_text().split()]
    wait_until(lambda: not any(map(is_alive, pids)), 10)


def test_a_child_waits_for_the_address_it_needs_and_readiness_is_told_once(tmp_path: Path) -> None:
    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    order: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Healthy)
    address = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    children = [
        Child("first", python(SAYS_GOODBYE, "first")),
        Child("last", python(SAYS_GOODBYE, "last"), after=address),
    ]
    end_when(lambda: Path("last.up").exists())

    Supervisor(children, tmp_path / "log", print).run(ready_at=address, ready=lambda: order.append("ready"))
    server.shutdown()
    server.server_close()

    assert order == ["ready"]
    assert not supervisor.answers(address)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux ends the children of a process that was killed")
def test_children_end_when_the_supervisor_is_killed(tmp_path: Path, start_process, wait_until) -> None:
    sleeps = "import os, time; open('pid', 'w').write(str(os.getpid())); os.rename('pid', 'pid.up'); time.sleep(60)"
    supervisor = (
        "import sys; from pathlib import Path; from flows.processes.supervisor import Child, Supervisor\n"
        f"Supervisor([Child('sleeper', [sys.executable, '-c', {sleeps!r}])], Path('log'), print).run()"
    )
    process = start_process("supervisor", [sys.executable, "-c", supervisor], {})
    wait_until(lambda: Path("pid.up").exists())
    pid = int(Path("pid.up").read_text())

    process.kill()

    with suppress(AssertionError):
        wait_until(lambda: not is_alive(pid), 5)
    assert not is_alive(pid)


def test_ports_in_use_are_all_named_with_the_setting_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) for _ in range(3)]
    ports = [server.server_port for server in servers]
    settings = Settings(port=ports[0], prefect_port=ports[1], mqtt_port=ports[2])

    with pytest.raises(NotNow) as refused:
        refuse_ports_in_use(settings)
    for server in servers:
        server.server_close()

    for port, setting in zip(ports, ("FRESHFRONT_PORT", "PREFECT_PORT", "MQTT_PORT"), strict=True):
        assert f":{port} " in str(refused.value)
        assert setting in str(refused.value)
    refuse_ports_in_use(settings)


def test_what_the_settings_name_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    alone = [child.name for child in children_of(Settings())]
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example/api")
    in_production = [child.name for child in children_of(Settings(mqtt_url="mqtt://broker.example"))]

    assert alone == ["prefect", "broker", "watcher", "simulator", "schedule", "service"]
    assert in_production == ["watcher", "schedule", "service"]
