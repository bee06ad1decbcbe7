"""The ground: tables, migrations, importers, sources of weather and the sample region."""
