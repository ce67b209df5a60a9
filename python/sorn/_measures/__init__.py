"""The measures behind :class:`sorn.Statistics`, in files by subject."""
