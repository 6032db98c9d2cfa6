"""One module a command; each holds `command`. A module is imported when its command is, and not before."""
