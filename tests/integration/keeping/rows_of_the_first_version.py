"""A shop's data as the first version kept them, written down by hand: two warehouses, a plan that was ordered and one
that was not, a delivery that came, an alarm, an excursion under way, a webhook with a message, models.
"""

from sqlalchemy import Engine, text

EXACT = {"sqlite": lambda value, places: round(float(value) * 10**places), "postgresql": lambda value, _: value}
ROWS = """
warehouses: warehouse_id=W1 name=One city=Linhai timezone=Asia/Shanghai latitude=30.5 longitude=120.5 \
opened_on=2024-01-01
warehouses: warehouse_id=W2 name=Two city=Linhai timezone=Asia/Shanghai
products: product_id=P1 name=Spinach category=leaf band=leaf unit=kg volume_l=q2.5 shelf_life_days=#3 \
list_price=m12.3456
suppliers: supplier_id=S1 name=Farm kind=farm city=Linhai
offers: offer_id=O1 supplier_id=S1 product_id=P1 pack_size=q5 min_quantity=q10 lead_time_days=#1 \
delivery_weekdays=1,2,3 valid_from=2025-01-01 known_at=@01
offer_tiers: offer_id=O1 min_quantity=q10 unit_price=m7.5
lots: lot_id=L1 warehouse_id=W1 product_id=P1 supplier_id=S1 received_at=@01 expires_on=2025-11-04 \
quantity_received=q20 quantity_on_hand=q0.7 unit_cost=m7.5 known_at=@01
lots: lot_id=L2 warehouse_id=W1 product_id=P1 received_at=@01 quantity_received=q5 quantity_on_hand=q5 known_at=@04
inspections: inspection_id=I1 stage=receipt supplier_id=S1 product_id=P1 warehouse_id=W1 lot_id=L1 inspected_at=@01 \
inspected_quantity=q21 accepted_quantity=q20 defect=wilted known_at=@01
daily_sales: warehouse_id=W1 product_id=P1 date=2025-11-01 known_at=@01 sales=#8.25
daily_availability: warehouse_id=W1 product_id=P1 date=2025-11-01 known_at=@01 in_stock_hours=#16777215
order_lines: order_id=C1 line_no=#1 warehouse_id=W1 product_id=P1 ordered_at=@01 quantity=q1.5 unit_price=m12.3 \
known_at=@01
promotions: warehouse_id=W1 product_id=P1 starts_on=2025-11-01 known_at=@01 ends_on=2025-11-02 discount=#0.8 \
promoted=true
weather: warehouse_id=W1 date=2025-11-01 issued_at=@01 observed=true temperature_c=#11.5
true_demand: warehouse_id=W1 product_id=P1 date=2025-11-01 demand=#9
forecasts: warehouse_id=W1 product_id=P1 date=2025-11-03 origin=@01 q05=#1 q10=#2 q25=#3 q50=#4 q75=#5 q90=#6 q95=#7 \
mean=#4.5 model=lightgbm
forecast_contributions: warehouse_id=W1 product_id=P1 date=2025-11-03 origin=@01 level=#4 weekday=#0.5 holiday=#0 \
weather=#0 promotion=#0 trend=#0
zones: zone_id=Z1 warehouse_id=W1 name=Leaf band=leaf x_m=#0 y_m=#0 width_m=#4 depth_m=#3
limits: zone_id=Z1 valid_from=@01 low_c=#1 high_c=#4 low_delay_minutes=#30 high_delay_minutes=#20
sensors: sensor_id=T1 zone_id=Z1 name=Door
readings: sensor_id=T1 taken_at=@01 temperature_c=#3.5 known_at=@01
sensor_states: sensor_id=T1 state={"sensor_id":"T1","outside":{"kind":"high","began_at":"2025-11-02T01:00:00+00:00"}}
alarms: alarm_id=A1 sensor_id=T1 zone_id=Z1 warehouse_id=W1 kind=high began_at=@01 raised_at=@04 limit_c=#4 \
worst_c=#6.5
slots: slot_id=K1 warehouse_id=W1 zone_id=Z1 x_m=#1 y_m=#1 distance_m=#2 volume_l=q80 product_id=P1
slots: slot_id=K2 warehouse_id=W1 zone_id=Z1 x_m=#2 y_m=#1 distance_m=#3 volume_l=q80
slot_suggestions: warehouse_id=W1 product_id=P1 slot_id=K2 lines_per_day=#12.5 origin=@01 reasons=[]
moves: move_id=M1 warehouse_id=W1 product_id=P1 from_slot_id=K1 to_slot_id=K2 rank=#1 metres_saved_per_day=#7 \
reasons=[] status=suggested created_at=@01
demand_models: model_id=R1 origin=@01 trained_at=@01 code=c settings={} trained_on={} artifact=~ab artifact_sha256=x \
served_from=@01
demand_models: model_id=W1-on-R1 warehouse_id=W1 prior_id=R1 origin=@01 trained_at=@01 code=c settings={} \
trained_on={} artifact=~cd artifact_sha256=y refused_because=worse
purchase_plans: plan_id=B1 delivery_date=2025-11-02 origin=@01 status=approved created_at=@01 created_by=Li \
approved_at=@04 approved_by=Li
purchase_plans: plan_id=B2 delivery_date=2025-11-03 origin=@01 status=draft created_at=@04 created_by=Li
plan_lines: plan_id=B1 line_no=#1 warehouse_id=W1 product_id=P1 supplier_id=S1 offer_id=O1 covers_from=2025-11-02 \
covers_until=2025-11-03 forecast_mean=#4.5 forecast_q10=#2 forecast_q50=#4 forecast_q90=#6 usable_stock=q0.7 \
on_order=q0 pack_size=q5 planned_quantity=q10 quantity=q15 unit_price=m7.5 expected_shortage=#0.5 expected_waste=#0.25 \
reasons=[{"code":"stock_expires_before_use"}] edit_reason=fair edited_by=Li edited_at=@04
plan_lines: plan_id=B2 line_no=#1 warehouse_id=W1 product_id=P1 covers_from=2025-11-03 covers_until=2025-11-04 \
forecast_mean=#4.5 forecast_q10=#2 forecast_q50=#4 forecast_q90=#6 usable_stock=q0.7 on_order=q15 planned_quantity=q0 \
quantity=q0 expected_shortage=#0 expected_waste=#0 reasons=[{"code":"no_offer"},{"code":"rounded"}]
purchase_orders: purchase_order_id=PO1 plan_id=B1 supplier_id=S1 warehouse_id=W1 delivery_date=2025-11-02 \
ordered_at=@04 received_at=@05
purchase_orders: purchase_order_id=PO2 supplier_id=S1 warehouse_id=W2 delivery_date=2025-11-03 ordered_at=@06
purchase_order_lines: purchase_order_id=PO1 line_no=#1 product_id=P1 quantity=q15 unit_price=m7.5
purchase_order_lines: purchase_order_id=PO2 line_no=#1 product_id=P1 quantity=q10 unit_price=m7.5
api_keys: key_id=key-1 name=till role=integration secret_sha256=00 created_at=@01
answered_requests: key_id=key-1 idempotency_key=r1 request_sha256=00 status_code=#201 body=~ff answered_at=@01
webhooks: webhook_id=H1 url=https://example.com secret=s created_at=@01 created_by=Li
webhook_deliveries: delivery_id=D1 webhook_id=H1 event_id=A1:raised status=waiting attempts=#2 next_attempt_at=@04 \
payload={"type":"alarm.raised","timestamp":"2025-11-02T04:00:00Z","data":{"warehouse_id":"W1","alarm_id":"A1"}}
hourly_forecasts: warehouse_id=W1 product_id=P1 date=2025-11-03 origin=@01 mean=~00 quantiles=~01
"""


def fill_the_first_version(engine: Engine) -> None:
    """The rows above, into a database with the schema 0001. q and m begin quantities and money, # numbers, ~ bytes,
    @ an hour of 2 November 2025 in UTC."""
    with engine.begin() as connection:
        for line in filter(None, ROWS.replace("\\\n", "").splitlines()):
            table, _, said = line.partition(": ")
            values = dict(part.split("=", 1) for part in said.split())
            row = {name: _value(value, engine.dialect.name) for name, value in values.items()}
            names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), row)  # noqa: S608


def _value(said: str, dialect: str) -> object:
    kind, rest = said[0], said[1:]
    if said in ("true", "false"):
        return said == "true"
    if kind in "qm" and rest.replace(".", "").isdigit():
        return EXACT[dialect](rest, 3 if kind == "q" else 4)
    if kind == "#":
        return float(rest) if "." in rest else int(rest)
    if kind == "~":
        return bytes.fromhex(rest)
    if kind == "@":
        return f"2025-11-02 {rest}:00:00" + (".000000" if dialect == "sqlite" else "+00")
    return said
