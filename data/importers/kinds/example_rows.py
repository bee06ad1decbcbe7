"""A row of each kind as a shop would write it, with every column; together, in the order of KINDS, they are a shop."""

from typing import Final

EXAMPLE_ROWS: Final[dict[str, dict[str, str]]] = {
    "warehouses": {
        "warehouse_id": "W01", "name": "Jing'an", "city": "Shanghai", "timezone": "Asia/Shanghai", "latitude": "31.23",
        "longitude": "121.45", "opened_on": "2025-03-01", "closed_on": "", "address": "88 Xinzha Road",
        "contact": "Wang, 021 5550 1234", "country": "CN", "subdivision": "",
        "currency": "CNY", "routing": "combined",
    },
    "products": {
        "product_id": "P0001", "name": "Baby spinach 200 g", "category": "leaf vegetables", "subcategory": "spinach",
        "band": "leaf", "unit": "piece", "volume_l": "1.2", "shelf_life_days": "3", "list_price": "5.90",
        "introduced_on": "2025-03-01", "delisted_on": "", "weight_kg": "0.2", "humidity_low_pct": "90",
        "humidity_high_pct": "100", "ethylene": "sensitive", "odour": "", "allergens": "", "raw_meat": "0",
    },
    "shelf-life-classes": {
        "class_id": "spinach", "band": "leaf", "category": "leaf vegetables", "subcategory": "spinach", "q10": "3.1",
        "reference_c": "3", "valid_from_c": "0", "valid_until_c": "20", "chilling_below_c": "",
        "source": "USDA Handbook 66",
    },
    "category-terms": {
        "category": "leaf vegetables", "known_at": "2026-01-20T09:00:00+08:00", "goodwill": "1.50", "disposal": "0.20",
        "fill_rate_floor": "0.97", "display_minimum": "2", "freshest_first": "0.3", "set_by": "Li Na",
    },
    "suppliers": {
        "supplier_id": "F01", "name": "Green Farm", "kind": "farm", "city": "Kunshan", "address": "3 Mill Lane",
        "contact": "Zhou, 138 0000 0000", "send_to": "mailto://orders.example.com", "language": "zh",
        "delivers_from": "05:00", "delivers_until": "07:00",
    },
    "closures": {
        "supplier_id": "F01", "first_day": "2026-02-16", "last_day": "2026-02-22",
        "known_at": "2026-01-05T09:00:00+08:00",
    },
    "supplier-terms": {
        "supplier_id": "F01", "valid_from": "2026-01-01", "valid_until": "", "delivery_cost": "45.00",
        "min_order_value": "200.00", "min_order_packs": "10", "known_at": "2025-12-15T09:00:00+08:00",
    },
    "transfer-terms": {
        "from_warehouse_id": "W01", "to_warehouse_id": "W02", "valid_from": "2026-01-01", "valid_until": "",
        "hours": "3", "drive_cost": "35.00", "cost_per_unit": "0.20", "known_at": "2025-12-15T09:00:00+08:00",
    },
    "offers": {
        "offer_id": "O-F01-P0001", "supplier_id": "F01", "product_id": "P0001", "pack_size": "10", "min_quantity": "20",
        "daily_capacity": "600", "lead_time_days": "1", "order_cut_off": "20:00", "delivery_weekdays": "1,2,3,4,5,6",
        "valid_from": "2026-01-01", "valid_until": "", "known_at": "2025-12-15T09:00:00+08:00",
        "tier_min_quantity": "0", "unit_price": "3.60",
    },
    "orders": {
        "order_id": "A-20260201-0017", "line_no": "1", "warehouse_id": "W01", "product_id": "P0001",
        "ordered_at": "2026-02-01T08:30:00", "quantity": "2", "unit_price": "5.90",
        "known_at": "2026-02-01T08:31:00", "wanted_on": "2026-02-02",
    },
    "handovers": {
        "warehouse_id": "W01", "order_id": "A-20260201-0017", "delivered_at": "2026-02-02T09:11:00+08:00",
        "known_at": "2026-02-02T09:12:00+08:00",
    },
    "sales": {
        "warehouse_id": "W01", "product_id": "P0001", "date": "2026-02-01", "hour": "9", "sales": "14",
        "known_at": "2026-02-02T00:10:00",
    },
    "availability": {
        "warehouse_id": "W01", "product_id": "P0001", "date": "2026-02-01", "hour": "9", "in_stock": "1",
        "known_at": "2026-02-02T00:10:00",
    },
    "promotions": {
        "warehouse_id": "W01", "product_id": "P0001", "starts_on": "2026-02-10", "ends_on": "2026-02-12",
        "discount": "0.8", "promoted": "1", "known_at": "2026-01-30T10:00:00",
    },
    "events": {
        "event_id": "fair-2026", "name": "Spring Fair", "kind": "fair", "first_day": "2026-03-20",
        "last_day": "2026-03-22", "warehouse_id": "W01", "city": "", "closed": "0", "cancelled": "0",
        "known_at": "2026-01-10T09:00:00+08:00",
    },
    "weather": {
        "warehouse_id": "W01", "date": "2026-02-01", "observed": "1", "issued_at": "2026-02-02T00:00:00",
        "temperature_c": "6.5", "precipitation_mm": "0", "humidity_pct": "71", "wind_level": "2",
    },
    "purchase-orders": {
        "number": "T-118", "supplier_id": "F01", "warehouse_id": "W01", "delivery_date": "2026-02-02",
        "ordered_at": "2026-02-01T19:00:00", "product_id": "P0001", "quantity": "40", "unit_price": "3.60",
        "ordered_by": "Li Na", "note": "by phone", "known_at": "2026-02-01T19:05:00",
    },
    "lots": {
        "lot_id": "L-0412", "warehouse_id": "W01", "product_id": "P0001", "supplier_id": "F01",
        "received_at": "2026-02-02T06:10:00", "expires_on": "2026-02-05", "quantity_received": "40",
        "quantity_on_hand": "26", "unit_cost": "3.60", "known_at": "2026-02-02T06:20:00",
        "counted_at": "2026-02-02T22:00:00",
    },
    "stock": {
        "warehouse_id": "W01", "product_id": "P0001", "quantity": "24", "counted_at": "2026-02-03T22:00:00",
    },
    "inspections": {
        "inspection_id": "I-0093", "stage": "receipt", "supplier_id": "F01", "product_id": "P0001",
        "warehouse_id": "W01", "lot_id": "L-0412", "inspected_at": "2026-02-02T06:15:00", "inspected_quantity": "41",
        "accepted_quantity": "40", "defect": "wilted", "residues": "", "known_at": "2026-02-02T06:20:00",
    },
    "zones": {
        "zone_id": "W01-L", "warehouse_id": "W01", "name": "Leaf", "band": "leaf", "x_m": "0", "y_m": "0",
        "width_m": "6", "depth_m": "4", "humidity_low_pct": "92", "humidity_high_pct": "99",
    },
    "limits": {
        "zone_id": "W01-L", "valid_from": "2026-01-01T00:00:00", "low_c": "1", "high_c": "4",
        "low_delay_minutes": "30", "high_delay_minutes": "30", "recovery_margin_c": "0.5",
    },
    "floor-points": {"warehouse_id": "W01", "point": "start", "x_m": "0", "y_m": "5.2"},
    "walkways": {
        "warehouse_id": "W01", "number": "1", "from_x_m": "0", "from_y_m": "5.2", "to_x_m": "6", "to_y_m": "5.2",
    },
    "slots": {
        "slot_id": "W01-A1", "warehouse_id": "W01", "zone_id": "W01-L", "x_m": "1", "y_m": "1", "distance_m": "3.5",
        "volume_l": "40", "product_id": "P0001", "unusable_because": "", "aisle": "A", "bay": "1", "level": "0",
        "max_weight_kg": "120", "pick_face": "1",
    },
    "sensors": {"sensor_id": "W01-L-T1", "zone_id": "W01-L", "name": "Leaf, door", "interval_minutes": "5",
                "gateway": "W01-gateway"},
    "readings": {
        "sensor_id": "W01-L-T1", "taken_at": "2026-02-02T06:30:00+08:00", "temperature_c": "3.4",
        "known_at": "2026-02-02T06:31:00+08:00",
    },
    "courier-terms": {
        "warehouse_id": "W01", "promise_minutes": "45", "promise_share": "0.95", "least_share": "0.85",
        "preparation_minutes": "8", "preparation_spread": "2", "loading_minutes": "1", "handover_minutes": "3",
        "handover_spread": "1.5", "batch": "3", "radius_km": "3", "detour": "1.3", "speed_kmh": "18",
        "rain_slower": "1.25", "shortest_hours": "4", "longest_hours": "8", "break_after_hours": "6",
        "break_minutes": "30", "employed_cost_per_hour": "30", "employed_at_most": "25", "crowd_cost_per_hour": "45",
        "dear_hours": "11,12,18", "dear_factor": "1.3", "rain_factor": "1.4", "pool": "12", "acceptance": "0.5",
        "rain_acceptance": "0.6", "reliability": "0.9", "set_by": "Li Na",
    },
    "travel-times": {
        "warehouse_id": "W01", "from_place": "warehouse", "to_place": "Xinzha Road", "minutes": "6.5", "orders": "120",
    },
    "names": {"kind": "products", "id": "P0001", "language": "zh", "name": "嫩菠菜 200 克"},
}  # fmt: skip
