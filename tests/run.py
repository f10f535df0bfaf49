"""The one test command: installs what it needs, runs every check, says how many passed.

    python tests/run.py            everything
    python tests/run.py --fast     lint, types, unit and contract tests only: no browser, nothing slow
    python tests/run.py --long     what is slow by nature, and nothing else
    python tests/run.py --only mypy --only e2e

Standard library only. Works from any directory, in a fresh clone, beside another run. The last line is
`N passed, N failed`; the exit status is 0 only when nothing failed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK = ROOT / "tests" / "requirements.txt"
# What is imported to see that the packages work.
MODULES = (
    "coverage", "google.genai", "hatchling", "hypothesis", "mypy", "numpy", "PIL", "platformdirs", "pytest", "pytest_asyncio",
    "pytest_timeout", "ruff",
)  # fmt: skip
NPM_LOCK = ROOT / "package-lock.json"
NODE_AT_LEAST = (20, 19)
STEP_TIMEOUT_S = 3600

# Command -> Debian package. A command may have several names; one of them is enough.
ALWAYS = {"node": "nodejs", "npm": "npm"}
FOR_THE_STAGE = {
    "chromium|chromium-browser|google-chrome": "chromium",
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
    "xdotool": "xdotool",
    "espeak-ng": "espeak-ng",
    "tesseract": "tesseract-ocr",
    "sox": "sox",
    "strace": "strace",
    "dbus-daemon": "dbus",
    "gnome-keyring-daemon": "gnome-keyring",
    "ps": "procps",
    "fc-list": "fontconfig",
}
FONTS = {"DejaVu Sans": "fonts-dejavu-core", "Noto Sans CJK SC": "fonts-noto-cjk"}
# Debian's Chromium comes without its own languages. Where one is missing it gives an extension sometimes the texts of the
# language it was started in, and sometimes none (16 of 60 first starts); other builds have all of them.
DEBIAN_CHROMIUM = Path("/usr/lib/chromium")
LANGUAGE = ("locales/zh-CN.pak", "chromium-l10n")


class Counts(NamedTuple):
    passed: int
    failed: int
    skipped: int = 0


class Result(NamedTuple):
    name: str
    counts: Counts
    seconds: float


class Failure(Exception):
    """A step cannot be run; the text says what mends it."""


# What the checks need.


def missing(commands: dict[str, str]) -> list[str]:
    """Debian packages of the commands that are not there."""
    return [package for names, package in commands.items() if not any(map(shutil.which, names.split("|")))]


def missing_fonts() -> list[str]:
    listing = subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True, check=False).stdout
    return [package for family, package in FONTS.items() if family not in listing]


def missing_languages(packages: list[str]) -> list[str]:
    """Of Debian's Chromium, there or about to be installed among `packages`."""
    file, package = LANGUAGE
    is_debians = DEBIAN_CHROMIUM.is_dir() or "chromium" in packages
    return [package] if is_debians and not (DEBIAN_CHROMIUM / file).exists() else []


def install_system(*, stage: bool) -> None:
    commands = ALWAYS | (FOR_THE_STAGE if stage else {})
    packages = missing(commands)
    if stage:
        packages += missing_languages(packages)
    if stage and shutil.which("fc-list"):
        packages += missing_fonts()
    elif stage:
        packages += FONTS.values()
    if packages:
        apt = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        if not (shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0):
            raise Failure(f"missing: {', '.join(packages)}. On Debian or Ubuntu: sudo {' '.join(apt)}")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], env=quiet)
        run([*apt, "-qq"], env=quiet)
        if left := missing(commands):
            raise Failure(f"still missing after apt-get: {', '.join(left)}")
    version = subprocess.run([program("node"), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(int(part) for part in version.lstrip("v").split(".")[:2]) < NODE_AT_LEAST:
        raise Failure(f"Node {version} is too old: {'.'.join(map(str, NODE_AT_LEAST))} or newer is needed (nodejs.org)")


def install_python() -> None:
    """The virtual environment of the checks, from the lock with its hashes; made anew when the lock changes."""
    from tabtalk.setup import environment, pip_install
    from tabtalk.setup.console import SetupError, Steps

    with only_one("venv"):
        stamp = VENV / "made-from"
        wanted = digest(LOCK, sys.version)
        if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
            return
        shutil.rmtree(VENV, ignore_errors=True)
        steps = Steps(1)
        try:
            environment.make(environment.Environment(VENV))
            count = pip_install.install(PYTHON, LOCK, steps.progress, ROOT / ".cache" / "pip.log")
        except SetupError as error:
            raise Failure(f"{error.what}\nWhat to do: {error.mend}") from None
        steps.progress("checking the packages")
        if problems := environment.find_problems(PYTHON, LOCK, MODULES):
            raise Failure(f"the packages were installed, but they do not work: {environment.join_problems(problems)}")
        steps.detail(f"all {count} packages are there, in the versions of the lock")
        stamp.write_text(wanted)


def install_npm() -> None:
    with only_one("npm"):
        stamp = ROOT / "node_modules" / ".made-from"
        wanted = digest(NPM_LOCK)
        if not (stamp.exists() and stamp.read_text() == wanted):
            run([program("npm"), "ci", "--ignore-scripts", "--loglevel=error"])
            stamp.write_text(wanted)


def digest(path: Path, more: str = "") -> str:
    return hashlib.sha256(path.read_bytes() + more.encode()).hexdigest()


@contextlib.contextmanager
def only_one(name: str) -> Iterator[None]:
    """Keeps another run in the same clone from making the same thing at the same time."""
    from tabtalk.file_lock import locked

    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    with locked(folder / f"{name}.lock", STEP_TIMEOUT_S):
        yield


# Running.


def program(name: str) -> str:
    """The full path: on Windows npm is a script that only a full path starts."""
    return shutil.which(name) or name


def run(command: list[str], env: dict[str, str] | None = None) -> None:
    """Runs in the repository, its output shown. Raises `Failure`; leaves nothing of it running."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, start_new_session=os.name == "posix"
    )
    try:
        status = process.wait(STEP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise Failure(f"not done within {STEP_TIMEOUT_S} s: {command[0]}") from None
    finally:
        if process.poll() is None:
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if status:
        raise Failure(f"exit status {status}: {Path(command[0]).name} {' '.join(command[1:4])}")


def check(*command: str) -> Callable[[], Counts]:
    """A step that passes or fails as a whole."""

    def step() -> Counts:
        run(list(command))
        return Counts(1, 0)

    return step


class Checks:
    """The steps, by name, in order. `scratch` is this run's own folder."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._env = {**os.environ, "COVERAGE_FILE": str(scratch / "coverage"), "PYTHONDONTWRITEBYTECODE": "1"}
        # A test that forgets its own folders must not find the person's.
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            self._env[name] = str(scratch / name.lower())
        python, tsc, eslint = str(PYTHON), "node_modules/typescript/bin/tsc", "node_modules/eslint/bin/eslint.js"
        self.fast: dict[str, Callable[[], Counts]] = {
            "ruff": check(python, "-m", "ruff", "check", "."),
            "format": check(python, "-m", "ruff", "format", "--check", "."),
            "mypy": check(python, "-m", "mypy"),
            "tsc": check(program("node"), tsc, "-p", "."),
            "tsc-tests": check(program("node"), tsc, "-p", "tests/extension"),
            "eslint": check(program("node"), eslint, "--max-warnings", "0", "extension", "tests"),
            "extension": self._extension,
            "host": lambda: self._pytest("host", "not e2e and not slow", "tests/host", "tests/contract"),
            "package": lambda: self._pytest("package", "not slow", "tests/tools", measured=False),
        }
        self.all = {
            **self.fast,
            "host-slow": lambda: self._pytest(
                "host-slow", "(slow or e2e) and not long", "tests/host", "tests/contract"
            ),
            "package-slow": lambda: self._pytest("package-slow", "slow and not long", "tests/tools", measured=False),
            "e2e": lambda: self._pytest("e2e", "not long", "tests/e2e"),
            "chaos": self._chaos,
        }
        self.long: dict[str, Callable[[], Counts]] = {
            "long": lambda: self._pytest("long", "long", "tests/host", "tests/e2e", measured=False)
        }

    def _chaos(self) -> Counts:
        """Named faults, then seeded runs; `tests/chaos/run.py --seeds 200` is the long form. Not measured: it keeps time."""
        named = self._pytest("chaos", "", "tests/chaos", measured=False)
        try:
            run([str(PYTHON), "tests/chaos/seeds.py", "--seeds", "40"], self._env)
        except Failure as failure:
            print(failure, flush=True)
            return named._replace(failed=named.failed + 1)
        return named._replace(passed=named.passed + 1)

    def _pytest(self, name: str, marks: str, *folders: str, measured: bool = True) -> Counts:
        report = self._scratch / f"{name}.xml"
        runner = ["-m", "coverage", "run", "-m", "pytest"] if measured else ["-m", "pytest"]
        paths = [folder for folder in folders if (ROOT / folder).exists()]
        shown = [f"--junitxml={report}", f"--basetemp={self._scratch / name}", "-p", "no:cacheprovider", "-v"]
        command = [str(PYTHON), *runner, *shown, *(["-m", marks] if marks else []), *paths]
        with contextlib.suppress(Failure):  # the report says which
            run(command, self._env)
        if not report.exists():
            raise Failure("pytest did not get to a report")
        suite = next(ET.parse(report).getroot().iter("testsuite"))
        total, failed, errors, skipped = (int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped"))
        if not total:
            raise Failure(f"no test was found in {', '.join(folders)}")
        return Counts(total - failed - errors - skipped, failed + errors, skipped)

    def _extension(self) -> Counts:
        tests = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "extension").rglob("*.test.js"))
        report = self._scratch / "extension.tap"
        reporters = [
            *("--test-reporter=spec", "--test-reporter-destination=stdout"),
            *("--test-reporter=tap", f"--test-reporter-destination={report}"),
        ]
        with contextlib.suppress(Failure):
            run([program("node"), "--test", *reporters, "--experimental-test-coverage", *tests], self._env)
        said = report.read_text("utf-8") if report.exists() else ""
        counts = {word: int(number) for word, number in re.findall(r"(?m)^# (pass|fail|cancelled|skipped) (\d+)", said)}
        if not counts.get("pass"):
            raise Failure("no test of the extension was run")
        return Counts(counts["pass"], counts["fail"] + counts["cancelled"], counts["skipped"])

    def show_coverage(self) -> None:
        """Of the host, over all steps of this run that ran it."""
        if not any(self._scratch.glob("coverage*")):
            return
        print("\n== coverage of the host", flush=True)
        for command in (["combine", "-q"], ["report"]):
            with contextlib.suppress(Failure):
                run([str(PYTHON), "-m", "coverage", *command], self._env)


def attempt(name: str, step: Callable[[], Counts | None], place: str = "") -> Result:
    print(f"\n== {place}{name}", flush=True)
    started = time.monotonic()
    try:
        counts = step() or Counts(0, 0)
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        print(f"{name}: {failure}", flush=True)
        counts = Counts(0, 1)
    result = Result(name, counts, time.monotonic() - started)
    print(f"-- {name}: {'FAILED' if counts.failed else 'ok'}, {result.seconds:.1f} s", flush=True)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the checks of Tabtalk.")
    parser.add_argument("--fast", action="store_true", help="lint, types, unit and contract tests only")
    parser.add_argument("--long", action="store_true", help="only what is slow by nature, and left out otherwise")
    parser.add_argument("--only", action="append", metavar="STEP", help="only this step; may be repeated")
    chosen = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 (whoever runs this may have less)
        print("Python 3.11 or newer is needed.\n0 passed, 1 failed")
        return 1
    # What needs it is imported after this: an older Python must get to the message above.
    sys.path.insert(0, str(ROOT / "host"))
    with tempfile.TemporaryDirectory(prefix="tabtalk-checks-", ignore_cleanup_errors=True) as scratch:
        checks = Checks(Path(scratch))
        steps = checks.fast if chosen.fast else checks.long if chosen.long else checks.all
        if chosen.only:
            unknown = set(chosen.only) - set(checks.all)
            if unknown:
                parser.error(f"no such step: {', '.join(unknown)}; there are {', '.join(checks.all)}")
            steps = {name: step for name, step in checks.all.items() if name in chosen.only}
        stage = bool({"e2e", "host-slow", "long"} & set(steps))
        results: list[Result] = []
        for name, prepare in {
            "system packages": lambda: install_system(stage=stage),
            "python packages": install_python,
            "npm packages": install_npm,
        }.items():
            results.append(attempt(name, prepare))
            if results[-1].counts.failed:
                # Without what they need, all checks would fail; and this is what to read.
                print(
                    "\nThe checks were not started: what they need could not be installed, see above.\n0 passed, 1 failed"
                )
                return 1
        results += [attempt(name, step, f"[{at}/{len(steps)}] ") for at, (name, step) in enumerate(steps.items(), 1)]
        checks.show_coverage()
    print("\n== result")
    for name, counts, seconds in results:
        skipped = f", {counts.skipped} skipped" if counts.skipped else ""
        print(
            f"{'FAILED' if counts.failed else 'ok':7}{name:17}{seconds:7.1f} s  {counts.passed} passed, {counts.failed} failed{skipped}"
        )
    passed, failed = (sum(result.counts[at] for result in results) for at in (0, 1))
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
