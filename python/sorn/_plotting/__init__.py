"""The functions of :class:`sorn.Plotter`, in one file for each subject."""
