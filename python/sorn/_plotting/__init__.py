"""The pictures behind :class:`sorn.Plotter`, in files by subject."""
