"""A purchase order as a document for its supplier: PDF, XLSX, CSV and UBL 2.1."""
