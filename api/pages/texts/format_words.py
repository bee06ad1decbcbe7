"""The words and marks around numbers: short units, durations, chances; and the marks between words."""

from collections.abc import Mapping

FORMAT_WORDS: Mapping[str, str] = {
    "format.kg": "{n}\N{NO-BREAK SPACE}kg",
    "format.litre": "{n}\N{NO-BREAK SPACE}l",
    "format.money": "{n}\N{NO-BREAK SPACE}in money",
    "format.piece": "{n}\N{NO-BREAK SPACE}pcs",
    "format.bunch": "{n}\N{NO-BREAK SPACE}bunch|{n}\N{NO-BREAK SPACE}bunches",
    "format.box": "{n}\N{NO-BREAK SPACE}box|{n}\N{NO-BREAK SPACE}boxes",
    "format.bag": "{n}\N{NO-BREAK SPACE}bag|{n}\N{NO-BREAK SPACE}bags",
    "format.bottle": "{n}\N{NO-BREAK SPACE}bottle|{n}\N{NO-BREAK SPACE}bottles",
    "format.tray": "{n}\N{NO-BREAK SPACE}tray|{n}\N{NO-BREAK SPACE}trays",
    "format.metres": "{n}\N{NO-BREAK SPACE}m",
    "format.times_in_100": "{n} times in 100",
    "format.minutes": "{n}\N{NO-BREAK SPACE}min",
    "format.hours": "{n}\N{NO-BREAK SPACE}h",
    "format.hours_minutes": "{n}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{minutes}\N{NO-BREAK SPACE}min",
    "format.days": "{n}\N{NO-BREAK SPACE}days",
    "mark.comma": ", ",
    "mark.listed": ", ",
    "mark.colon": ": ",
    "mark.bracketed": " ({what})",
    "mark.sentences": "{before} {then}",
}
