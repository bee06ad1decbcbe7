"""What `/v1/openapi.json` says of the API as a whole, in English as all of it: for who writes programs."""

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
