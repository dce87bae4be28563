"""`python -m workers [ACTOR ...]`: all actors, or the named ones, so that each scales alone."""

import sys

from workers.app import main

if __name__ == "__main__":
    main(sys.argv[1:])
