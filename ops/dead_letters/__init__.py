"""Dead letters as operators need them: listed, grouped, shown, discarded, edited."""
