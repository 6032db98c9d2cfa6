"""One module a foreign format, each giving an ImportBatch. Knows no store and no driver."""
