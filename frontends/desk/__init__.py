"""The desk: puts the record and the analyses together for whoever asks. Shared by the command line and the web.

Knows no screen, no option and no request: values in, values out.
"""
