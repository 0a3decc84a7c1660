"""A validator that others wrote holds what the program writes against the schemas it prints."""

import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).parents[2]
RUNS = [
    ["check", "create", "edit", "--states", "2000"],
    ["check", "delete-race", "--without", "hold-until-gone", "--states", "2000"],
    ["ablate", "own-keys-only", "--states", "2000"],
    ["replay", "conformance/traces/edit.ndjson"],
    ["product", "create", "--states", "200"],
    ["mutants", "ccm-waits-to-be-rid"],
]


def printed(*words):
    """Standard output; what is broken or cut is a result, too."""
    ended = subprocess.run([os.environ["HOPWISE"], *words], capture_output=True, cwd=ROOT)
    assert ended.returncode in (0, 1, 3), ended.stderr
    return ended.stdout.decode()


def validator(of):
    schema = json.loads(printed("schema", of))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
def test_a_run_has_the_form(words):
    run = json.loads(printed(*words, "--format", "json"))
    validator("run").validate(run)
    assert any(run[part] for part in ("scenarios", "ablations", "replays", "products", "mutants")
               if part in run)


@pytest.mark.parametrize("place, wrong", [
    ("schema", "hopwise/run/9"),
    ("seconds", "long"),
    ("scenarios", [{"name": "create"}]),
    ("scenarios", None),
])
def test_another_thing_in_a_place_has_not(place, wrong):
    run = json.loads(printed("check", "create", "--states", "100", "--format", "json"))
    run[place] = wrong
    assert not validator("run").is_valid(run)


def test_a_comparison_has_the_form(tmp_path):
    files = []
    for states in ("100", "200"):
        files.append(str(tmp_path / states))
        run = printed("check", "create", "--states", states, "--format", "json")
        Path(files[-1]).write_text(run)
    compared = json.loads(printed("diff", *files, "--format", "json"))
    validator("diff").validate(compared)
    del compared["new"]
    assert not validator("diff").is_valid(compared)


def test_every_line_of_a_trace_has_the_form():
    of = validator("trace")
    kept = sorted((ROOT / "conformance" / "traces").rglob("*.ndjson"))
    lines = [line for file in kept for line in file.read_text().splitlines()]
    lines += printed("simulate", "everyday", "--steps", "50").splitlines()
    assert len(lines) > 500
    for line in lines:
        of.validate(json.loads(line))
    for wrong in ({"do": "Crash ccm"}, {"do": "ccm poll", "cycles": True}, {"hopwise": "1"}):
        assert not of.is_valid(wrong)
