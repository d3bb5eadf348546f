"""Ledgers that are odd but in order: the audit neither breaks on them nor objects."""

import pandas as pd
import pytest

from jdm_utils import audit_claims
from paperaudit.audit import VERDICTS
from paperaudit.claims import COLUMNS, validate_claims
from paperaudit.rounding import printed_decimals, printed_value

#: A line a number: location, item, group, statistic, printed; denominator; unit; note; role.
LEDGERS = {
    "three groups": """
        methods|patients|all|n|90
        methods|patients|a|n|30
        methods|patients|b|n|30
        methods|patients|c|n|30
        table1|smoker|a|n|10
        table1|smoker|a|percent|33|30
        table1|smoker|b|percent|40|30
        table1|smoker|c|n|0
        table1|smoker|c|percent|0|30
        table1|smoker|all|n|22
        table1|smoker|all|percent|24.4|90
        table1|smoker||p|<0.001
        table1|age|a|mean|50.1||years
        table1|age|a|sd|10.2||years
        table1|age|b|mean|52.1||years
        table1|age||p|0.04""",
    "no groups at all": """
        results|deaths||n|12
        results|deaths||percent|12|100
        results|age||mean|12.1||years
        results|age||sd|3||years
        results|age||p|0.5
        results|x||odds_ratio|2.0
        results|x||ci_low|1.0
        results|x||ci_high|4.0
        results|x||p|0.05""",
    "nothing but citations": """
        introduction|incidence|all|incidence|3.2||||cited
        introduction|deaths|all|percent|30||%||cited""",
    "nothing but design": "methods|model||alpha|0.05||||design",
    "groups that leave patients out": """
        methods|patients|all|n|100
        methods|patients|cases|n|40
        methods|patients|controls|n|50
        table1|f|all|n|60
        table1|f|all|percent|60|100
        table1|f|cases|n|20
        table1|f|cases|percent|50|40
        table1|f|controls|n|25
        table1|f|controls|percent|50|50
        table1|f||p|1.00""",
    "p with nothing, percentages without counts": """
        methods|patients|cases|n|40
        methods|patients|controls|n|50
        table1|x||p|0.03
        table1|y|cases|percent|50|40
        table1|y|controls|percent|40|50
        table1|y||p|0.34
        table1|z|cases|median|5||years
        table1|z|cases|min|1||years
        table1|z|cases|max|9||years
        table1|z||p|0.2""",
    "twenty thousand patients": """
        methods|patients|all|n|20,000
        methods|patients|treated|n|10,000
        methods|patients|control|n|10,000
        table1|d|treated|n|1,500
        table1|d|treated|percent|15.0|10000
        table1|d|control|n|1,800
        table1|d|control|percent|18.0|10000
        table1|d||p|<0.001
        table1|d||odds_ratio|0.80
        table1|d||ci_low|0.75
        table1|d||ci_high|0.87
        table1|s|treated|n|1,500
        table1|s|control|n|1,500
        table1|s||p|1.0
        table2|d||odds_ratio|0.81
        table2|d||ci_low|0.75
        table2|d||ci_high|0.88
        table2|d||p|<0.0001
        table2|s||odds_ratio|1.01
        table2|s||ci_low|0.93
        table2|s||ci_high|1.10
        table2|s||p|0.8""",
    "nobody, and everybody": """
        methods|patients|t|n|20
        methods|patients|c|n|20
        table1|d|t|n|0
        table1|d|t|percent|0|20
        table1|d|c|n|none
        table1|d|c|percent|0|20
        table1|d||p|1.0
        table1|e|t|percent|100|20
        table1|e|t|n|20
        table1|e|c|n|20
        table1|e|c|percent|100.0|20
        table1|e||p|1
        table1|g|t|n|0
        table1|g|c|n|5
        table1|g||p|0.047
        table1|g||odds_ratio|0.07
        table1|g||ci_low|0.00
        table1|g||ci_high|1.34
        table1|m|t|mean|0||years
        table1|m|t|sd|0||years
        table1|m|c|mean|0||years
        table1|m|c|sd|0||years
        table1|m||p|1.0""",
    "words, raised points and minus signs": """
        methods|patients|all|n|eight
        methods|patients|t|n|four
        methods|patients|c|n|four
        table1|d|t|n|none
        table1|d|c|n|both
        results|d||p|>0.05
        results|e|all|fraction|1/4|8
        results|e|all|n|two
        results|r|all|ratio|2:1
        table1|age|t|mean|10·5||years
        table1|age|t|sd|1·5||years
        table1|change|c|mean|−0.5||score
        table1|change|c|sd|1||score""",
    "one measure in three units": """
        methods|patients|t|n|40
        methods|patients|c|n|50
        table1|delay|t|mean|6.5||months
        table1|delay|t|sd|2.5||months
        results|delay|t|mean|0.54||years
        results|delay|t|sd|0.21||years
        table1|delay|c|mean|7.5||months
        table1|delay|c|sd|2.5||months
        results|delay|c|mean|0.63||years
        results|delay|c|sd|0.21||years
        results|delay|c|min|10||days
        table1|delay||p|0.063""",
    "a ratio by itself, and in a regression": """
        methods|patients|t|n|40
        methods|patients|c|n|50
        table2|d|t|n|20
        table2|d|t|percent|50|40
        table2|d|c|n|10
        table2|d|c|percent|20|50
        table2|d||odds_ratio|4.00
        table2|d||ci_low|1.58
        table2|d||ci_high|10.13
        table2|d||p|0.003
        table2|e|t|n|10
        table2|e|c|n|10
        table3|d||odds_ratio|4.50
        table3|d||ci_low|1.70
        table3|d||ci_high|11.91
        table3|d||p|0.002
        table3|e||odds_ratio|2.00
        table3|e||ci_low|0.80
        table3|e||ci_high|5.00
        table3|e||p|0.138""",
    "denominators below the groups": """
        methods|patients|t|n|50
        methods|patients|c|n|60
        table1|a|t|n|25
        table1|a|t|percent|51|49
        table1|a|c|n|30
        table1|a|c|percent|51|59
        table1|b|t|n|20
        table1|b|t|percent|41|49
        table1|b|c|n|20
        table1|b|c|percent|34|59
        table1|full|t|n|50
        table1|full|c|n|60""",
    "bounds instead of numbers": """
        methods|patients|t|n|50
        methods|patients|c|n|60
        table1|a|t|percent|<5|50
        table1|a|c|percent|<1%|60
        table1|b|t|mean|>5||whole years
        table1|b|t|sd|<1||whole years
        table1|b|c|mean|5||whole years
        table1|b|c|sd|>5||whole years
        table1|b||p|<0.05
        table1|e||odds_ratio|>100
        table1|e||ci_low|>10
        table1|e||ci_high|>999
        table1|c||odds_ratio|<0.01
        table1|c||ci_low|<0.001
        table1|c||ci_high|<0.1
        table1|c||p|<0.05""",
    "one patient, and none": """
        methods|patients|t|n|1
        methods|patients|c|n|0
        table1|a|t|n|1
        table1|a|t|percent|100|1
        table1|a|c|n|0
        table1|a||p|1
        table1|g|t|mean|5||whole years
        table1|g|t|sd|0||whole years
        table1|g|c|mean|5||whole years
        table1|g|c|sd|0||whole years""",
    "summaries that rounding brings together": """
        methods|patients|t|n|10
        methods|patients|c|n|10
        table1|x|t|median|5||days
        table1|x|t|q1|4.8||days
        table1|x|t|q3|4.9||days
        table1|x|t|min|4.7||days
        table1|x|t|max|5||days
        table1|y|t|min|5||days
        table1|y|t|mean|4.9||days
        table1|y|t|max|5||days""",
    "a sign as a group": """
        methods|patients|all|n|100
        methods|patients|t|n|50
        methods|patients|c|n|50
        table1|d|t|n|20
        table1|d|c|n|10
        table1|e|d|n|5
        table1|e|d|percent|17|30
        table1|d|d|n|30
        table1|h||percent|3|100
        table1|h||n|three""",
    "zero standard deviations below zero": """
        methods|patients|t|n|10
        methods|patients|c|n|10
        table1|ch|t|mean|-1.5||mmol
        table1|ch|t|sd|0.0||mmol
        table1|ch|c|mean|-0||mmol
        table1|ch|c|sd|0.0||mmol
        table1|ch||p|0.000""",
}


def read(text: str) -> pd.DataFrame:
    rows: list[dict[str, str]] = []
    for line in text.strip().splitlines():
        cells = [*line.strip().split("|"), "", "", "", ""]
        row = dict(zip(("location", "item", "group", "statistic", "printed"), cells, strict=False))
        row |= dict(zip(("denominator", "unit", "note", "role"), cells[5:], strict=False))
        row["role"] = row["role"] or "predicted"
        row["value"] = f"{float(printed_value(row['printed'])):g}"
        row["decimals"] = str(printed_decimals(row["printed"]))
        rows.append(row | {"id": f"claim_{len(rows)}"})
    return pd.DataFrame(rows)[list(COLUMNS)]


@pytest.mark.parametrize("name", LEDGERS)
def test_an_odd_ledger_in_order_raises_no_alarm(name):
    raw = read(LEDGERS[name])
    audit = audit_claims(validate_claims(raw, name))
    assert list(audit.index) == list(raw["id"])
    assert set(audit["verdict"]) <= set(VERDICTS)
    wrong = audit[audit["verdict"].isin(["contradicted", "not_reproduced"])]
    assert wrong.empty, wrong.to_string()
