"""The answers: pure functions from a Snapshot to findings. Knows no store, driver, file or clock."""
