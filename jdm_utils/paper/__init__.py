"""The published record: what was printed, and a simulated cohort that agrees with it."""
