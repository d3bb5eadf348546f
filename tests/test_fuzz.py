"""A few spoilt files of every kind; ``python tests/fuzz.py`` reads thousands."""

from .fuzz import fuzz


def test_every_reader_takes_a_spoilt_file_or_refuses_it_in_words():
    refused, wrong = fuzz(8, seed=5)
    assert wrong == []
    assert refused > 10
