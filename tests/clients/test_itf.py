"""Apalache's Python library reads every kept trace in the Informal Trace Format."""

import json
import os
import subprocess
from pathlib import Path

import itf_py
import pytest

TRACES = Path(__file__).parents[2] / "conformance" / "traces"


def kept():
    return sorted(TRACES.rglob("*.ndjson"))


def test_there_are_traces():
    assert len(kept()) > 20


@pytest.mark.parametrize("file", kept(), ids=lambda file: file.stem)
def test_a_kept_trace_is_read(file):
    command = [os.environ["HOPWISE"], "trace", str(file), "--format", "itf"]
    text = subprocess.run(command, check=True, capture_output=True).stdout
    trace = itf_py.trace_from_json(json.loads(text))
    steps = [json.loads(line) for line in file.read_text().splitlines()[1:]]
    taken = [state.values["mbt::actionTaken"] for state in trace.states]
    assert taken == ["init"] + [step["do"] for step in steps]
    if trace.loop is not None:
        last, back = trace.states[-1].values, trace.states[trace.loop].values
        changed = [name for name in last if last[name] != back[name]]
        assert set(changed) <= {"mbt::actionTaken"}
