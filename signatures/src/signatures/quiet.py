"""Keep the libraries below from telling the log about people: their warnings name the certificates' subjects."""

import logging  # noqa: TID251 - to silence other libraries' loggers, not to log

for _name in ("pyhanko", "pyhanko_certvalidator"):
    _logger = logging.getLogger(_name)
    _logger.addHandler(logging.NullHandler())
    _logger.propagate = False
    _logger.setLevel(logging.CRITICAL + 1)
