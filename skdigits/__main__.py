"""``python -m skdigits``."""

import sys

from skdigits.commands import main

sys.exit(main())
