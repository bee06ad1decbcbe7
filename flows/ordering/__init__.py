"""The life of purchase orders: numbered, sent, confirmed, received, cancelled, overdue."""
