"""What is deployed by the files of deploy/: no root, nothing writable but what must be, secrets from files."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))["services"]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SETTINGS = {f"FRESHFRONT_{name}".upper() for name in Settings.model_fields}
HARDENING = (
    "NoNewPrivileges=true",
    "ProtectSystem=strict",
    "PrivateTmp=true",
    "CapabilityBoundingSet=",
    "SystemCallErrorNumber=EPERM",  # not a kill: numpy asks for a place of its memory, and goes on without one
    "User=freshfront",
)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_runs_without_root_on_a_root_that_it_cannot_write(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] not in ("root", "0", "0:0")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "healthcheck" in service or service["restart"] == "no"
    assert ":" not in service["image"] or re.search(r":\d+\.\d+", service["image"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_hardened(unit: Path) -> None:
    lines = unit.read_text(encoding="utf-8").splitlines()
    assert [one for one in HARDENING if one not in lines] == []


def test_each_process_of_the_service_has_a_port_of_its_own_and_all_are_before_the_same_proxy() -> None:
    service = (DEPLOY / "systemd" / "freshfront-service@.service").read_text(encoding="utf-8")
    proxy = (DEPLOY / "nginx" / "freshfront.conf").read_text(encoding="utf-8")
    followed = (DEPLOY.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "FRESHFRONT_PORT=%i" in service
    ports = set(re.findall(r"freshfront-service@(\d+)", followed))
    assert len(ports) > 1
    assert ports & set(re.findall(r"server 127\.0\.0\.1:(\d+);", proxy))


def test_only_settings_that_there_are_are_set() -> None:
    files = [DEPLOY / "compose.yml", *UNITS]
    named = {name for file in files for name in re.findall(r"FRESHFRONT_[A-Z_]+", file.read_text(encoding="utf-8"))}
    assert len(named) > 5
    assert {name.removesuffix("_FILE") for name in named} - SETTINGS == set()


def test_the_prefect_server_asks_for_the_key_that_the_others_have() -> None:
    server = SERVICES["prefect"]["environment"]
    keys = {SERVICES[name]["environment"]["PREFECT_API_AUTH_STRING"] for name in ("api", "schedule")}
    assert keys == {server["PREFECT_SERVER_API_AUTH_STRING"]}
    assert "PREFECT_KEY:?" in server["PREFECT_SERVER_API_AUTH_STRING"], "it does not start without one"
    assert "*" not in server["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"]
    unit = (DEPLOY / "systemd" / "freshfront-prefect.service").read_text(encoding="utf-8")
    assert re.search(r"PREFECT_SERVER_CORS_ALLOWED_ORIGINS=http://127\.0\.0\.1", unit)


def test_the_image_is_pinned_locked_and_not_roots() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert all(re.search(r":\d+\.\d+\.\d+", line) for line in re.findall(r"^FROM .*", text, re.M))
    assert "--require-hashes -r requirements.lock" in text
    assert re.search(r"^USER (?!0|root)", text, re.M)


def test_a_setting_is_read_from_the_file_that_its_variable_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, weights = tmp_path / "url", tmp_path / "limits"
    secret.write_text("postgresql+psycopg://ff:geheim@db/ff\n", encoding="utf-8")
    weights.write_text('{"buyer": 5000}', encoding="utf-8")
    monkeypatch.delenv("FRESHFRONT_DATABASE_URL", raising=False)
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL_FILE", str(secret))
    monkeypatch.setenv("FRESHFRONT_APPROVAL_LIMITS_FILE", str(weights))
    monkeypatch.setenv("FRESHFRONT_PORT", "8123")

    settings = Settings(_env_file=None)

    assert settings.database_url.get_secret_value() == "postgresql+psycopg://ff:geheim@db/ff"
    assert {role.value: int(limit) for role, limit in settings.approval_limits.items()} == {"buyer": 5000}
    assert settings.port == 8123
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", "sqlite:///plain.sqlite")
    assert Settings(_env_file=None).database_url.get_secret_value() == "sqlite:///plain.sqlite"
