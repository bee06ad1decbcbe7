"""Which days a log is of: local days of the zone's warehouse, some or as usual the last week, not too many at once."""

from datetime import date, datetime, timedelta

from data.local_days import end_of_day, start_of_day, today_there
from flows.errors import Invalid
from warehouse.coldchain.zone_log.log import Period

MOST_DAYS = 92  # a quarter: a reading a minute of a few sensors, and what a reader still turns over
USUAL_DAYS = 7
FIRST_DAY = date(2000, 1, 1)  # no reading is older (why_implausible)


def asked_period(first: date | None, last: date | None, timezone: str, now: datetime) -> Period:
    """The days from `first` to `last`, both included: a week up to today where they are not given. The day that goes on
    ends now, and so does a log of days to come. Raises Invalid, naming `from` or `until`."""
    today = today_there(now, timezone)
    until = min(last or today, today)
    begin = first or until - timedelta(days=min(USUAL_DAYS - 1, (until - date.min).days))
    if begin > today:
        raise Invalid(
            "{begin} has not begun in {timezone}: a log is of what was. Ask from {today} or before.",
            begin=begin,
            timezone=timezone,
            today=today,
            field="from",
        )
    if begin < FIRST_DAY:
        raise Invalid(
            "{begin} is before {first_day}, and no reading is so old.", begin=begin, first_day=FIRST_DAY, field="from"
        )
    if until < begin:
        raise Invalid("until {until} lies before from {begin}.", until=until, begin=begin, field="until")
    days = [begin + timedelta(days=n) for n in range((until - begin).days + 1)]
    if len(days) > MOST_DAYS:
        raise Invalid(
            "{begin} to {until} are {number} days. A log is of at most {most_days}: ask for a month or a "
            "quarter, one after the other.",
            begin=begin,
            until=until,
            number=len(days),
            most_days=MOST_DAYS,
            field="from",
        )
    midnights = [*(start_of_day(day, timezone) for day in days), end_of_day(days[-1], timezone)]
    return Period(days, midnights, timezone, now)
