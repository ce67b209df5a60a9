"""``sorn watch``: a page in the browser that shows runs while they go on."""
