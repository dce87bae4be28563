"""`python -m ingress`: serve until told to stop."""

from ingress.app import main

if __name__ == "__main__":
    main()
