"""The words that users of the API and the pages read, in one place: problem titles and sentences."""

SERVICE = "Freshfront"
NOBODY_SENDS = (
    "nobody sends what webhooks are to be told: the watcher is dead or stuck; see its log, start it again "
    "(freshfront watch)"
)

MISSING_READINGS = "Nobody knows how warm it is there: look at a thermometer, then at the sensor's power and network."
MISSING_SALES = (
    "Import the sales of the days that are missing, and run the day again: until then forecasts and "
    "plans rest on older sales."
)
MISSING_STOCK = "Count the stock, or import a stock list: until then plans rest on an old count."
MISSING_FORECAST = (
    "Until there is one nothing can be planned, or only from old figures. Import the missing sales "
    "and run: freshfront forecast"
)
MISSING_WEATHER = (
    "Import the weather forecast, or have it fetched (FRESHFRONT_FETCH_WEATHER): until then forecasts know no weather."
)

# what to do about broken data, by what is wrong with them
ASK_SOURCE = (
    "Import the rows of these days (freshfront import), or an event of kind “closed” if there was no business, and run "
    "the day again."
)
SENT_AGAIN = "A day was sent twice under two dates: import the day's own rows, and run the day again."
LOOK_AT_UNIT = (
    "Look at the unit in which the source writes (grams, packs, cents), import the days again, and run the day again."
)
ONE_FOR_ALL = "The source writes one value for all: mend it, import the days again, and run the day again."
HOURS_LACK = "Have the source send the missing hours, import the days again, and run the day again."
LOOK_AT_CLOCK = "Look at the time zone in which the source writes, import the days again, and run the day again."
COMPARE = (
    "Compare the days with their source: where part is missing or counted twice import them again, and run the day "
    "again. Where it was so, there is nothing to do."
)

LOOK_AT_DEMAND = (
    "See what has changed there: the range, prices, promotions, a competitor, broken data. Until the models have "
    "learned it, say on product pages what you expect."
)

TITLES = {
    400: "The request cannot be read",
    401: "Sign in first",
    403: "Your role does not allow this",
    404: "Not found",
    405: "Method not allowed",
    408: "The body came too slowly",
    409: "Not possible in this state",
    410: "Kept no longer",
    412: "Changed meanwhile",
    413: "The body is too large",
    415: "Unsupported media type",
    422: "The request is not valid",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "Temporarily unavailable",
}

THINGS = (  # what resources are made of, where one of them is not found
    "Calendar event", "Day of sales", "Finding", "Floor point", "Limit", "Lot", "Measurement", "Offer", "Product",
    "Promotion", "Reading", "Reading-hour", "Receipt", "Sensor", "Supplier closure", "Supplier", "Walkway",
    "Warehouse", "Zone",
)  # fmt: skip
UNCHANGED = "As it was when it had this ETag"
NO_KEY = "Send an API key as 'Authorization: Bearer ff_...', or sign in: freshfront sign-in prints an address."
WRONG_KEY = "The key is not valid or has expired."
WRONG_SIGN_IN = "This is not valid or has expired. freshfront sign-in prints a new address; an API key works too."
FOREIGN_FORM = "The request came from another site, so the session's cookie does not count for it."
MISSING_SCOPE = "This needs the scope {scope}; this key of the role {role} has {scopes}."
OTHER_WAREHOUSE = "This key is for some warehouses only ({own}), and this concerns others: {others}."
OF_ALL_WAREHOUSES = "This key is for some warehouses only ({own}), and {kind} are of all warehouses."
RUN_FAILED = "The run failed; who sees all warehouses is told why."
OF_NONE = "rows that name no warehouse"
NO_KIND = "There is no kind of rows {kind!r}. Kinds: {kinds}."
NO_ROUTE = "There is nothing at this address."
WRONG_METHOD = "This address takes {methods}."
NOT_JSON = "The body is not valid JSON in UTF-8."
UNREADABLE = "The body cannot be read: it is not what its Content-Type says, or not in UTF-8."
OTHER_HOST = (
    "This service does not answer under this host name. The operator names those it has in FRESHFRONT_ALLOWED_HOSTS."
)
NUL_IN_ADDRESS = "The address contains a character that is not allowed."
VALUE_REFUSED = (
    "The database refused one of the values: a character that is not allowed, or a number that is too large."
)
NEEDS_JSON = "The body must be JSON, with the header 'Content-Type: application/json'."
NEEDS_ROWS = "The body must be JSON or CSV, with 'Content-Type: application/json' or 'Content-Type: text/csv'."
COMPRESSED = "A body is sent as it is, without a Content-Encoding."
TOO_LARGE = "The body may have at most {limit:,} bytes here."
TOO_SLOW = "The body did not come to its end in time. Send it in smaller parts."
UNKNOWN_PARAMETERS = "There is no query parameter {names} here. {allowed}"
PARAMETERS = "Allowed: {names}."
NO_PARAMETERS = "This address takes none."
INVALID = "{count} value(s) of the request are not valid; see 'errors'."
TOO_MANY = "This is more than a minute allows. Try again in {seconds} s."
UNEXPECTED = "The service failed to answer; the operator finds the cause in the log under the request id."
ENDING = "The service is ending, and whether this was done is not known. Ask again, under the same Idempotency-Key."
DATABASE_BUSY = "The database did not answer in time. Try again in a few seconds."
EVENTS_GONE = (
    "Events up to {number} are kept no longer, and some of them came after {after}. Read anew what you keep a copy of, "
    "then go on with after={number}."
)
SCHEMA_OLD = "The database schema is not the one this version needs. The operator runs: freshfront db upgrade."
WRONG_CURSOR = "This cursor was not made by this service for this list; start again without one."
WRONG_ETAG = 'If-Match must be the ETag that it was read with, as "4".'
KEY_REUSED = "This Idempotency-Key was used for another request. Use a new one."
NO_MODEL = "No model forecasts warehouse {id!r} yet. Run: freshfront train"
NO_TRAVEL_TIMES = "{warehouse} has no matrix of riding times: ways are straight lines times a detour."
NO_COURIERS_PLANNED = "No couriers of {warehouse} are planned for {day}: today and tomorrow are, by the night's run."
NOT_FOUND = "{kind} {id} was not found."

WRONG_VALUES = {  # by what pydantic calls them, and in its words
    "missing": "Field required",
    "extra_forbidden": "Extra inputs are not permitted",
    "greater_than": "Input should be greater than {gt}",
    "greater_than_equal": "Input should be greater than or equal to {ge}",
    "less_than": "Input should be less than {lt}",
    "less_than_equal": "Input should be less than or equal to {le}",
    "multiple_of": "Input should be a multiple of {multiple_of}",
    "finite_number": "Input should be a finite number",
    "enum": "Input should be {expected}",
    "literal_error": "Input should be {expected}",
    "string_type": "Input should be a valid string",
    "string_pattern_mismatch": "String should match pattern '{pattern}'",
    "bool_type": "Input should be a valid boolean",
    "bool_parsing": "Input should be a valid boolean, unable to interpret input",
    "int_type": "Input should be a valid integer",
    "int_parsing": "Input should be a valid integer, unable to parse string as an integer",
    "int_from_float": "Input should be a valid integer, got a number with a fractional part",
    "float_type": "Input should be a valid number",
    "float_parsing": "Input should be a valid number, unable to parse string as a number",
    "decimal_type": "Decimal input should be an integer, float, string or Decimal object",
    "decimal_parsing": "Input should be a valid decimal",
    "date_type": "Input should be a valid date",
    "date_from_datetime_parsing": "Input should be a valid date or datetime, {error}",
    "datetime_type": "Input should be a valid datetime",
    "datetime_from_date_parsing": "Input should be a valid datetime or date, {error}",
    "timezone_aware": "Input should have timezone info",
    "list_type": "Input should be a valid list",
    "dict_type": "Input should be a valid dictionary",
    "model_attributes_type": "Input should be a valid dictionary or object to extract fields from",
    "none_required": "Input should be None",
}
