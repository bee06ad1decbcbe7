"""The words that users of the API and the pages read, in one place: problem titles and sentences."""

SERVICE = "Freshfront"
VERSIONS = (
    (
        "Within `/v1` what a client relies on stays: operations, fields, parameters, their types, units and meaning, "
        "problem types and scopes are not removed, renamed or narrowed, and nothing that was optional becomes "
        "required."
    ),
    (
        "What may come at any time: operations, optional parameters and request fields, fields of answers, headers, "
        "codes of reasons, warnings and events, kinds of imports, roles and scopes. Ignore what you do not know. "
        "Sentences (`title`, `detail`, `notes`) are for people and may be worded anew; `type`, `status`, `code` and "
        "`field` are for programs."
    ),
    (
        "What is to go is said at least twelve months before: `/v1/openapi.json` marks the operation as `deprecated`, "
        "and its answers carry `Deprecation` (RFC 9745, since when), `Sunset` (RFC 8594, from when on it may be gone) "
        'and a `Link` to what takes its place (`rel="deprecation"`). After that it answers 404. A `/v2` would be '
        "served beside `/v1` for as long."
    ),
)
API_DESCRIPTION = (
    "Demand forecasts, purchase plans, slots and cold chain of front warehouses. Errors are RFC 9457 problems; lists "
    "come in pages; quantities are in the product's unit; moments have a zone and days are the warehouse's own. "
    "Every address that takes GET takes HEAD, has an ETag, and is compressed for who takes gzip."
    "\n\n# Versions and deprecation\n\n" + "\n".join(f"- {rule}" for rule in VERSIONS)
)

NOBODY_SENDS = (
    "nobody sends what webhooks are to be told: the watcher is dead or stuck; see its log, start it again "
    "(freshfront watch)"
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
NOT_FOUND = "{kind} {id} was not found."
