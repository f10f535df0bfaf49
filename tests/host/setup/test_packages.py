"""`setup/packages.py`: what is found of an environment whose packages are not those of the lock."""

from __future__ import annotations

import ast
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tabtalk.setup import packages

HOST = Path(__file__).parents[3] / "host"
HASH = " \\\n    --hash=sha256:" + "0" * 64 + "\n"
IDNA = metadata.version("idna")


def imported_modules() -> set[str]:
    """What the host's own code imports, wherever in a file; dotted."""
    found: set[str] = set()
    for path in HOST.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_every_package_that_the_host_imports_is_tried() -> None:
    foreign = {name.split(".")[0] for name in imported_modules()} - sys.stdlib_module_names - {"tabtalk", "__future__"}
    assert {module.split(".")[0] for module in packages.HOST_MODULES} == foreign


def test_what_is_installed_as_the_lock_has_it_is_no_problem() -> None:
    lock = f"idna=={IDNA}{HASH}" + f'pywin32-ctypes==0.2.3 ; sys_platform == "nowhere"{HASH}'
    assert packages.find_problems(lock, ("idna",)) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("idna==1.0", f"idna is {IDNA}, and should be 1.0"),
        (f"no-such-package=={IDNA}", "no-such-package is missing"),
        ("no-such-package==1 ; python_version >= '3'", "no-such-package is missing"),
    ],
)
def test_a_package_that_is_not_the_locked_one_is_named(line: str, problem: str) -> None:
    assert packages.find_problems(f"idna=={IDNA}{HASH}{line}{HASH}", ()) == [problem]


def test_a_package_whose_requirement_is_not_met_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'google-auth 2.62.2 requires rsa, which is not installed.'\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    assert packages.find_problems("", ()) == ["google-auth 2.62.2 requires rsa, which is not installed."]


def test_a_module_that_does_not_load_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_there.py").write_text("import no_such_module_of_ours\n")
    (tmp_path / "broken_there.py").write_text("raise OSError('half of the disk is missing')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert packages.not_importable(("half_there", "broken_there", "no_such_module_at_all")) == [
        "half_there does not load: no_such_module_of_ours is missing",
        "broken_there does not load (OSError)",
        "no_such_module_at_all does not load: no_such_module_at_all is missing",
    ]


def test_another_python_that_pip_is_set_to_is_not_the_one_that_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_PYTHON", "/nowhere/python")
    assert packages.in_conflict() == []
