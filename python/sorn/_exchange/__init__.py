"""The conversions of :mod:`sorn.exchange`, in one file for each format."""
