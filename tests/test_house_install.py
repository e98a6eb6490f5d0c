"""A bare install is light, whole and enough for the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent
BASE = {"numpy", "msgspec", "rich", "jinja2"}
HEAVY = {"jax", "jaxlib", "torch", "sklearn", "scipy", "rich", "jinja2"}

# Run inside the environment: every distribution's name and what it requires without extras.
LIST = """
import json, re
from importlib.metadata import distributions
name = lambda text: re.sub("[._]", "-", re.match(r"[A-Za-z0-9._-]+", text)[0].lower())
print(json.dumps({
    name(d.metadata["Name"]): [name(r) for r in d.requires or [] if "extra ==" not in r]
    for d in distributions()
}))
"""
LOADED = "import sys, whygrad; print(*{module.partition('.')[0] for module in sys.modules})"


def run(*command: str | Path, cwd: Path) -> str:
    # A PYTHONPATH that leads to the sources would hide what the install lacks.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment that holds the bare package, not editable.

    Workers that run side by side share it: the first one makes it, the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    python = shared / "bare" / "bin" / "python"
    with FileLock(shared / "bare.lock"):
        if not python.exists():
            run(sys.executable, "-m", "venv", shared / "bare", cwd=shared)
            run(python, "-m", "pip", "install", "--quiet", "--no-input", ROOT, cwd=shared)
    return python


@pytest.mark.slow
def test_a_bare_install_brings_the_base_and_no_more(python: Path, tmp_path: Path) -> None:
    requires = json.loads(run(python, "-c", LIST, cwd=tmp_path))
    assert set(requires["whygrad"]) == BASE
    allowed = {"pip", "setuptools"}  # brought by venv; setuptools up to Python 3.11
    ahead = ["whygrad"]
    while ahead:
        name = ahead.pop()
        if name not in allowed:
            allowed.add(name)
            ahead += requires.get(name, [])
    assert requires.keys() >= BASE
    assert requires.keys() <= allowed
    assert not requires.keys() & {"jax", "jaxlib", "torch", "scikit-learn"}


@pytest.mark.slow
def test_a_bare_install_runs_the_demo(python: Path, tmp_path: Path) -> None:
    assert run(python, "-m", "whygrad", "demo", cwd=tmp_path).strip()
    assert run(python.with_name("whygrad"), "demo", cwd=tmp_path).strip()


COMMANDS = (
    "demo --full",
    "demo --full --format html --lang zh",
    "demo --format json",
    "explain my.toml",
    "explain my.toml --of w1 --format latex",
    "explain my.toml --format svg",
    "derive sigmoid",
    "derive x*tanh(log(1+exp(x))) --format markdown",
    "derive --network my.toml",
    "check my.toml",
    "train my.toml",
    "ops",
    "ops --verify",
)


@pytest.mark.slow
def test_a_bare_install_runs_every_command(python: Path, tmp_path: Path) -> None:
    made = run(python, "-m", "whygrad", "init", "3-4-2", cwd=tmp_path)
    (tmp_path / "my.toml").write_text(made, encoding="utf-8")
    for command in COMMANDS:
        assert run(python, "-m", "whygrad", *command.split(), cwd=tmp_path).strip(), command


@pytest.mark.slow
def test_a_bare_install_has_every_file_of_the_package(python: Path, tmp_path: Path) -> None:
    where = run(python, "-c", "import whygrad; print(whygrad.__path__[0])", cwd=tmp_path).strip()

    def files(package: Path) -> set[Path]:
        return {
            path.relative_to(package)
            for path in package.rglob("*")
            if path.suffix in {".py", ".typed", ".toml", ".html", ".css", ".js", ".j2"}
        }

    assert Path("py.typed") in files(Path(where))
    assert files(Path(where)) == files(ROOT / "src" / "whygrad")


@pytest.mark.slow
def test_importing_a_bare_install_loads_nothing_heavy(python: Path, tmp_path: Path) -> None:
    assert not HEAVY & set(run(python, "-c", LOADED, cwd=tmp_path).split())


def test_importing_loads_nothing_heavy_even_where_it_is_installed(tmp_path: Path) -> None:
    # A bare install cannot show this: there, `try: import jax` leaves no trace.
    assert not HEAVY & set(run(sys.executable, "-c", LOADED, cwd=tmp_path).split())
