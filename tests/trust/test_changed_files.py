"""Files from strangers, changed at random (see `fuzzing`): they are read right, or refused by name.

Not one may end the process, take 5 s of it or a GiB, warn, or pass as a network that no fit left.
"""

import json

import fuzzing
import pytest
from processes import run_forked

RUN = """
import sys, fuzzing
fuzzing.run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
"""
FEW = {"fit of a search": 20}


def tried(name, n, folder, record_property):
    code, out, err = run_forked(RUN, name, n, 0, folder)
    assert code == 0, f"ended by {code} at the file in {folder}\n{err[-3000:]}"
    found = json.loads(out.splitlines()[-1])
    assert found.pop("inputs") >= n * 0.9  # fewer where no other change is left
    assert found["read"] > 0
    assert found["refused"] > 0
    record_property("tried", [name, f"{found['read']} read, {found['refused']} refused"])


@pytest.mark.parametrize("name", fuzzing.FORMATS)
def test_changed_files(name, tmp_path, record_property):
    tried(name, FEW.get(name, 100), tmp_path, record_property)


@pytest.mark.long
@pytest.mark.parametrize("name", fuzzing.FORMATS)
def test_many_changed_files(name, tmp_path, record_property):
    tried(name, 20000, tmp_path, record_property)
