"""The processes that `freshfront run` keeps running, each a command of its own for those who supervise otherwise.

Each imports its process alone: together they hold the libraries of all."""

from data.database import require_current_schema
from data.languages import usually_read_in
from flows.database import database
from flows.settings import Settings


def serve() -> None:
    """Run the service: API and pages."""
    from flows.processes import running

    with database() as engine:
        require_current_schema(engine)
    running.serve(Settings())


def watch() -> None:
    """Take readings by MQTT, raise and end alarms, tell webhooks."""
    from flows.processes import watcher

    settings = Settings()
    usually_read_in(settings.language)
    watcher.watch(settings)


def broker() -> None:
    """Run the built-in MQTT broker, for one machine."""
    from flows.processes import broker

    broker.broker(Settings())


def simulate_sensors() -> None:
    """Publish live readings of the sample region's sensors."""
    from flows.processes import sensor_simulator

    sensor_simulator.simulate(Settings())


def serve_flows() -> None:
    """Run the day's flow by its schedule, and whenever it is started on Prefect's page (needs PREFECT_API_URL)."""
    from flows.day import schedule

    schedule.serve_schedule(Settings())
