"""A time and its event are found by their headings, each with a doubt."""

import pytest

from cohortbook.cohort import load_cohort
from cohortbook.cohort.draft import draft_cohort
from cohortbook.cohort.draft_text import write_draft


@pytest.mark.parametrize(
    ("head", "time"),
    [
        ("ID,futime,status", "futime"),
        ("ID,Survival time,Died", "survival_time"),
        ("ID,tempo,evento", "tempo"),
        ("ID,time,censored", "time"),
        ("ID,dtime,death", "dtime"),
        ("ID,Follow-up (months),Died", "follow_up_months"),
        ("ID,time to death,Died", "time_to_death"),
        ("ID,Time (days),delta", "time_days"),
        ("ID,Tempo de sobrevida,Obito", "tempo_de_sobrevida"),
        ("ID,time to treatment,Died", ""),  # of something else
        ("ID,Operation time,Died", ""),
        ("ID,prothrombin time,death", ""),
        ("ID,age,death", ""),
        ("ID,time,improved", ""),  # not the heading of an event
    ],
)
def test_the_time_beside_an_event(tmp_path, head, time):
    rows = [f"P{i},{i * 3 + 0.5},{'yn'[i % 3 > 0]}" for i in range(30)]
    file = tmp_path / "a.csv"
    file.write_text("\n".join([head, *rows, ""]))
    draft = draft_cohort(file, outcome=head.rpartition(",")[2])
    cohort = load_cohort(write_draft(tmp_path / "c", draft.text, file))
    analysis = cohort.spec.analysis
    assert (analysis.time, analysis.event) == (time, cohort.outcome if time else "")
    assert (f"# doubt: {time} taken as the time to" in draft.text) == bool(time)
    assert time not in analysis.compare
    assert ("does not say censored" in draft.text) == head.endswith("censored")


@pytest.mark.parametrize("column", [[0.5] * 29 + [""], [-1.0] + [2.5] * 29, [1.0, 2.0] * 15])
def test_what_cannot_be_a_time(tmp_path, column):
    rows = [f"P{i},{value},{'yn'[i % 3 > 0]}" for i, value in enumerate(column)]
    (tmp_path / "a.csv").write_text("\n".join(["ID,time,status", *rows, ""]))
    assert "event:" not in draft_cohort(tmp_path / "a.csv", outcome="status").text


def test_of_two_times_the_one_beside_the_event(tmp_path):
    rows = [f"P{i},{i + 0.5},{'yn'[i % 2]},{i + 9.5},{'yn'[i % 3 > 0]}" for i in range(30)]
    (tmp_path / "a.csv").write_text("\n".join(["ID,rtime,recur,dtime,death", *rows, ""]))
    assert "  time: dtime\n" in draft_cohort(tmp_path / "a.csv", outcome="death").text
    assert "  time: rtime\n" in draft_cohort(tmp_path / "a.csv", outcome="recur").text
