"""Rebuild the raw chart export: ``python -m simulation.make``, in ``data/sallum2008``.

Prints the corrections that ``data/sallum2008/cohort.yml`` has to declare for it.
"""

import json

from jdm_utils.study import DATA
from simulation.charts import charts_csv, planted_errors, write_charts
from simulation.reconstruct import SEED, build_truth

RAW = DATA / "sallum2008" / "raw" / "protocolos.csv"

if __name__ == "__main__":
    truth = build_truth().frame
    RAW.write_bytes(charts_csv(write_charts(truth, SEED)))
    for correction in planted_errors(truth, SEED).to_dict("records"):
        print(json.dumps(correction, ensure_ascii=False))
