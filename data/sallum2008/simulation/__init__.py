"""How the simulated charts of the study were made: run once, ``python -m simulation.make``."""
