"""From which exposure on a day counts as seen whole, so that its sales show its demand."""

from typing import Final

# Of the day's expected sales, the share that fell into hours in stock. At 0.70 instead forecasts were 9% too high on
# days without a stock-out: measured, docs/forecasting.md.
SEEN_WHOLE: Final = 0.95
