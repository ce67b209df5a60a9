"""Behind ``sorn plot`` and ``sorn report``: what a result file shows, as figures and as one page."""
