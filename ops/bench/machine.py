"""What was measured on, in a line: figures say little without it."""

import os
import platform
from typing import Final

MACHINE: Final = (
    f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()};"
    " servers, processes and load share them"
)
