"""The functions of :class:`sorn.Statistics`, in one file for each subject."""
