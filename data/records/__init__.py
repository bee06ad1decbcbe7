"""The record: readings, alarms and what was done, sealed and chained by hash so that a later change shows.

What is written is noted in its own transaction (`noting`), sealed a little later, by the hour and sensor or by the row
(`sealing`), and checked against its seals (`checking`). `canonical` says which bytes stand for a record, `chain` how
seals hang together.
"""
