"""The tasks and measures of :mod:`sorn.tasks`, in one file for each subject."""
