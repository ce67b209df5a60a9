"""The conversions behind :mod:`sorn.exchange`, in files by what they write or read."""
