"""Every setting, read once from FRESHFRONT_* variables (and .env) when a command starts, never at import."""

from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PositiveFloat, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from data.pruning.policy import Kind
from data.tables import Language, Role
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS
from warehouse.purchasing.allocation.terms import Limits
from warehouse.purchasing.plan_settings import STOCK_OLD_AFTER, PlanSettings
from warehouse.slotting.move_effort import MoveEffort


def _a_year_or_for_ever(days: int) -> int:
    if days != 0 and days < 365:
        raise ValueError("readings are kept for at least 365 days; 0 keeps them for ever")
    return days


def _as_long_as_refusals_hold(days: int) -> int:
    if days != 0 and days < 91:
        raise ValueError("proposals are kept for at least 91 days, for which a refusal holds; 0 keeps them for ever")
    return days


class _FromFiles(EnvSettingsSource):
    """Settings whose variable ends in _FILE: the value is what stands in the file that it names, as containers and
    systemd hand secrets over."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = f"{self.env_prefix}{field_name}_file".lower()
        if (path := self.env_vars.get(name)) is None:
            return None, field_name, False
        return Path(path).read_text(encoding="utf-8").strip(), field_name, self.field_is_complex(field)


class Settings(BaseSettings):
    """The settings of one installation. Prefect reads its own: PREFECT_API_URL names a server to use."""

    model_config = SettingsConfigDict(env_prefix="FRESHFRONT_", env_file=".env", extra="ignore")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, then FRESHFRONT_*, then FRESHFRONT_*_FILE, then .env."""
        return init_settings, env_settings, _FromFiles(settings_cls), dotenv_settings

    database_url: SecretStr = Field(
        SecretStr("sqlite:///var/freshfront.sqlite"), description="sqlite:///FILE or postgresql+psycopg://..."
    )
    host: str = Field("127.0.0.1", description="address that the service listens on")
    port: int = Field(8000, description="port that the service listens on")
    public_url: str | None = Field(None, description="address that users see, if a proxy stands before the service")
    allowed_hosts: list[str] = Field(
        [], description='further names under which the service is reached, as ["api", "freshfront.example"]; ["*"]: any'
    )
    prefect_port: int = Field(4200, description="port of the Prefect server that `freshfront run` starts")
    dask_address: str | None = Field(
        None, description="tcp://host:8786, a Dask scheduler whose workers do the work; without it threads here do"
    )
    schedule: str = Field("15 0 * * *", description="when the day's flow runs (cron), once yesterday's sales are known")
    schedule_timezone: str = Field("Asia/Shanghai", description="time zone of the schedule")
    mqtt_url: SecretStr | None = Field(
        None, description="mqtt://[user:password@]host:port of a broker; without it `freshfront run` starts its own"
    )
    mqtt_port: int = Field(1883, description="port of the built-in broker")
    mqtt_topic: str = Field("freshfront/readings/+", description="topic filter; the last level is the sensor")
    mqtt_service_topic: str = Field(
        "freshfront/service",
        description="where it is said, by last will too, whether fans and coolers are looked after",
    )
    fetch_weather: bool = Field(False, description="fetch the weather from Open-Meteo every day")
    weather_archive_url: str = Field("https://archive-api.open-meteo.com", description="Open-Meteo archive address")
    weather_forecast_url: str = Field("https://api.open-meteo.com", description="Open-Meteo forecast address")
    forecast_stale_after_hours: float = Field(
        36, gt=0, description="a forecast that knows no later sales is old: made daily, one run was missed by then"
    )
    stock_old_after_hours: float = Field(
        STOCK_OLD_AFTER / timedelta(hours=1),
        gt=0,
        description="stock counted longer ago is said to be old: counted every evening, one evening was missed by then",
    )
    overdue_order_counts_hours: float = Field(
        OVERDUE_COUNTS / timedelta(hours=1),
        ge=0,
        description="how long after the end of its day a purchase order that has not come is still counted on",
    )
    plan_ready_minutes_before_cut_off: float = Field(
        60, ge=0, description="how long before the day's first order cut-off its plan must be there, or it is late"
    )
    webhooks_to_private_addresses: bool = Field(
        False, description="allow webhooks to loopback and private addresses (tests, one machine)"
    )
    webhook_retry_seconds: list[PositiveFloat] = Field(
        # the pauses that Standard Webhooks recommends, three days in all
        [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
        description="pauses before a webhook message is tried again, as [5, 300, 1800]; then it is given up",
    )
    records_folder: str = Field(
        "var/records",
        description="folder of the key that signs the head of the record of the cold chain, and of the heads so far",
    )
    sensor_silent_after_minutes: PositiveFloat = Field(
        15, description="after how long without a reading a sensor, and with it its zone, counts as silent"
    )
    sign_in_hours: float = Field(12, gt=0, description="how long a sign-in address works")
    session_hours: float = Field(12, gt=0, description="how long a browser stays signed in")
    changes_per_minute: float = Field(
        1200, ge=1, description="how many requests that change something a key may make within a minute"
    )
    sign_ins_per_minute: float = Field(
        120, ge=1, description="how many sign-ins may be tried from one address within a minute"
    )
    wrong_keys_per_minute: float = Field(
        60, ge=1, description="how many wrong keys may come from one address within a minute before it has to wait"
    )
    max_body_bytes: int = Field(10_000_000, description="largest request body that is read")
    backup_folder: str | None = Field(
        None, description="folder that the schedule backs up into; without it nothing is backed up by itself"
    )
    backup_schedule: str = Field("30 3 * * *", description="when it does (cron, in the schedule's time zone)")
    backups_kept_days: int = Field(14, ge=1, description="for how many days the last backup of each is kept")
    backups_kept_weeks: int = Field(8, ge=0, description="for how many weeks the last backup of each is kept")
    backups_kept_months: int = Field(12, ge=0, description="for how many months the last backup of each is kept")
    backup_old_after_hours: float = Field(
        30, gt=0, description="a backup made longer ago is said to be too old: made daily, one was missed by then"
    )
    retention_plans_days: int = Field(
        1_095,
        ge=0,
        description="how long plans are kept after their delivery, their orders closed; 0: for ever",
    )
    retention_forecasts_days: int = Field(
        60, ge=0, description="how long forecasts are kept that no plan rests on; 0: for ever"
    )
    retention_hourly_forecasts_days: int = Field(7, ge=0, description="how long those of past hours are; 0: for ever")
    retention_courier_days_days: int = Field(
        400, ge=0, description="how long is kept how past days were staffed with couriers; 0: for ever"
    )
    retention_trial_days_days: int = Field(
        1_095, ge=0, description="how long is kept who was in which arm of a trial, after its end; 0: for ever"
    )
    retention_assortment_proposals_days: Annotated[int, AfterValidator(_as_long_as_refusals_hold)] = Field(
        400,
        description="how long proposals for ranges are kept that lapsed or were refused, at least 91; 0: for ever",
    )
    retention_models_days: int = Field(
        60, ge=0, description="how long models are kept that do not serve, nor did before those that do; 0: for ever"
    )
    retention_readings_days: Annotated[int, AfterValidator(_a_year_or_for_ever)] = Field(
        400, description="how long every reading is kept, at least 365, then what each hour came to; 0: for ever"
    )
    retention_events_days: int = Field(
        90, ge=0, description="how long events and what webhooks were told are kept; 0: for ever"
    )
    retention_sign_ins_days: int = Field(
        30, ge=0, description="how long sessions, sign-ins and suppliers' links are kept after their end; 0: for ever"
    )
    retention_day_runs_days: int = Field(400, ge=0, description="how long runs of the day are kept; 0: for ever")
    retention_findings_days: int = Field(
        400, ge=0, description="how long is kept what was wrong with data, after its end; 0: for ever"
    )
    retention_clock_differences_days: int = Field(
        400, ge=0, description="how long clocks that differed are kept after that; 0: for ever"
    )
    retention_silences_days: int = Field(
        400, ge=0, description="how long silences are kept after their end; 0: for ever"
    )
    retention_quarantine_days: int = Field(
        400, ge=0, description="how long messages are kept in the quarantine after they were last tried; 0: for ever"
    )
    retention_commands_days: int = Field(
        1_095, ge=0, description="how long commands to fans and coolers are kept, their result known; 0: for ever"
    )
    retention_audit_days: int = Field(
        1_095, ge=0, description="how long entries of the audit trail are kept; 0: for ever"
    )
    prune_schedule: str = Field(
        "0 4 * * *", description="when all that is pruned (cron, in the schedule's time zone); empty: never by itself"
    )
    postgres_bin: str | None = Field(
        None, description="folder of pg_dump and pg_restore; without it they are looked for on the PATH"
    )
    lock_seconds: float = Field(
        30, gt=0, description="how long a request waits for what others write, or for a free database connection"
    )
    statement_seconds: float = Field(60, gt=0, description="how long a statement of a request may take on PostgreSQL")
    connections_at_most: int = Field(
        1000, ge=10, description="connections to the service; beyond them who waits longest without a request goes"
    )
    connections_per_address: int = Field(
        250, ge=1, description="the same of one address that is no proxy (FORWARDED_ALLOW_IPS) and not this machine"
    )
    metrics_host: str = Field("127.0.0.1", description="address at which watcher and schedule tell their metrics")
    watcher_metrics_port: int | None = Field(None, description="port of the watcher's /metrics; without it none")
    schedule_metrics_port: int | None = Field(None, description="port of the schedule's /metrics; without it none")
    traces_url: str | None = Field(
        None, description="http://HOST:4318/v1/traces, an OpenTelemetry collector to send traces to; without it none"
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    language: Language = Field(
        Language.EN,
        description="zh or en: of messages and commands, of pages where a browser asks for neither",
    )
    shop_name: str = Field("Freshfront", min_length=1, description="who orders, as suppliers read it")
    assortment_weeks: int = Field(
        52, ge=9, le=260, description="how many weeks of days a range is judged from, whatever history there is"
    )
    assortment_basket_weeks: int = Field(
        8,
        ge=0,
        le=52,
        description="weeks of customers' orders that tell what baskets hang on; 0: none are looked at",
    )
    assortment_notice_days: int = Field(
        7, ge=0, description="after how many days an accepted change of the range holds, where nobody names a day"
    )
    assumed_markup: float = Field(1.63, gt=1, description="list price / purchase price where one of them is not known")
    keeping_cost_per_day: float = Field(
        0.02,
        ge=0,
        description="what keeping an unsold unit costs a day (money, room, freshness), a share of its price",
    )
    plan_budget: float | None = Field(
        None, gt=0, description="the most to be spent on an order day, goods and deliveries; without it as much as pays"
    )
    plan_budgets: dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], Annotated[float, Field(gt=0)]] = Field(
        {}, description='the same by currency, where warehouses buy in several: {"CNY": 50000, "USD": 7000}'
    )
    most_of_product_from_one_supplier: float = Field(
        1,
        gt=0,
        le=1,
        description="share of what an order day buys of a product that one supplier may bring, to within a pack",
    )
    most_of_budget_for_one_supplier: float = Field(
        1, gt=0, le=1, description="share of an order day's budget that one supplier may get"
    )
    approval_limits: dict[Role, Annotated[Decimal, Field(gt=0)]] = Field(
        {},
        description='the most that a role may approve of a plan, in its currency, as {"buyer": 50000}; a role that is '
        "not named has no limit",
    )
    days_in_stock: float = Field(
        2, gt=0, description="days of demand that a slot must have room for: 2 where products come every other day"
    )
    minutes_per_move: float = Field(4, ge=0, description="how long carrying a product to another slot takes")
    walking_speed_m_s: float = Field(1.25, gt=0, description="how fast pickers walk, metres a second")
    moves_repaid_within_days: float = Field(
        14, gt=0, description="a move is worth making if the walking it saves repays it within so many days"
    )
    moves_per_shift: int = Field(40, gt=0, description="the most moves that are suggested at once: what a shift can do")

    refill_times: list[time] = Field(
        [time(6), time(14)],
        min_length=1,
        description='when pick faces are refilled every day, by each warehouse\'s clock, as ["06:00", "14:00"]',
    )

    @property
    def purchasing(self) -> PlanSettings:
        """The figures of the shop that a purchase plan is computed with."""
        return PlanSettings(
            self.assumed_markup,
            self.keeping_cost_per_day,
            overdue_counts=self.overdue_order_counts,
            stock_old_after=self.stock_old_after,
            limits=Limits(
                self.plan_budget,
                self.most_of_product_from_one_supplier,
                self.most_of_budget_for_one_supplier,
                self.plan_budgets,
            ),
        )

    def approves_at_most(self, role: Role) -> Decimal | None:
        """The most that a role may approve of a plan in a currency; None: no limit."""
        return self.approval_limits.get(role)

    @property
    def move_effort(self) -> MoveEffort:
        """The figures of the shop that decide which moves are worth making."""
        return MoveEffort.of_minutes(
            self.minutes_per_move, self.walking_speed_m_s, self.moves_repaid_within_days, self.moves_per_shift
        )

    def retention_days(self, kind: Kind) -> int:
        """How long a kind of rows is kept; 0: for ever."""
        return int(getattr(self, f"retention_{kind}_days"))

    @property
    def sign_in_lasts(self) -> timedelta:
        """How long a sign-in address works."""
        return timedelta(hours=self.sign_in_hours)

    @property
    def session_lasts(self) -> timedelta:
        """How long a browser stays signed in."""
        return timedelta(hours=self.session_hours)

    @property
    def forecast_stale_after(self) -> timedelta:
        """How long ago a current forecast's origin may be."""
        return timedelta(hours=self.forecast_stale_after_hours)

    @property
    def stock_old_after(self) -> timedelta:
        """After how long without a count stock is said to be old."""
        return timedelta(hours=self.stock_old_after_hours)

    @property
    def overdue_order_counts(self) -> timedelta:
        """How long after the end of its day a purchase order that has not come is still counted on."""
        return timedelta(hours=self.overdue_order_counts_hours)

    @property
    def plan_ready_before_cut_off(self) -> timedelta:
        """How long before the first cut-off of an order day its plan must be there."""
        return timedelta(minutes=self.plan_ready_minutes_before_cut_off)

    @property
    def sensor_silent_after(self) -> timedelta:
        """After how long without a reading a sensor counts as silent."""
        return timedelta(minutes=self.sensor_silent_after_minutes)

    @property
    def webhook_retry_after(self) -> list[timedelta]:
        """The pauses before a webhook message is tried again."""
        return [timedelta(seconds=seconds) for seconds in self.webhook_retry_seconds]

    @property
    def local_url(self) -> str:
        """Where this machine reaches the service."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def sign_in_url(self, token: str) -> str:
        """The address at which a sign-in token opens the pages, as users see it."""
        return f"{self._seen_url}/sign-in?token={token}"

    def supplier_url(self, token: str) -> str:
        """The address at which a supplier confirms a purchase order."""
        return f"{self._seen_url}/supplier/{token}"

    @property
    def _seen_url(self) -> str:
        return (self.public_url or self.local_url).rstrip("/")
