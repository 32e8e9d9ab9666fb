"""What ``python -m skdigits`` runs: the command."""

import sys

from skdigits.commands import main

sys.exit(main())
