"""``python -m skdigits``."""

import sys

from skdigits.cli import main

sys.exit(main())
