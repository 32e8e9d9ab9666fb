"""How long tests wait for what hangs; nothing that works is ever measured by it."""

PATIENCE = 600  # seconds
