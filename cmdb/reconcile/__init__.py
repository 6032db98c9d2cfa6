"""Turns an ImportBatch and the stored state into a Delta. Knows no database."""
