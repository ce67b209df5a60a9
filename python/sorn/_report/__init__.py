"""``sorn plot`` and ``sorn report``: the content of a result file as figures and as one page."""
