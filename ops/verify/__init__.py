"""`ringbook verify`: whether the promises hold, proven from live data and over the broker."""
