"""What a person sees while a measurement goes on: its steps, on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

__all__ = ["Steps"]

REFRESHES_PER_S = 2
"""Seldom: what is drawn costs CPU time on the machine that is measured."""


class Steps:
    """Tells of each step: as a line, and on a terminal with the time it has taken so far."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show a step while it lasts."""
        with self.counted(text, None):
            yield

    @contextmanager
    def counted(self, text: str, total: int | None) -> Iterator[Counter]:
        """Show a step that counts up to `total`."""
        if not self._console.is_terminal:
            self._console.print(text, highlight=False, soft_wrap=True)
            yield Counter(self._console, text, total)
            return
        progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=self._console,
            refresh_per_second=REFRESHES_PER_S,
            transient=total is not None,
        )
        with progress:
            task = progress.add_task(text, total=total)
            yield Counter(self._console, text, total, progress, task)
            progress.update(task, total=total or 1, completed=total or 1)

    def say(self, text: str) -> None:
        """Tell of something."""
        self._console.print(text, highlight=False, soft_wrap=True, markup=False)


class Counter:
    """Counts within a step; off a terminal it prints a line at every tenth."""

    def __init__(
        self,
        console: Console,
        text: str,
        total: int | None,
        progress: Progress | None = None,
        task: TaskID | None = None,
    ) -> None:
        self._console = console
        self._text = text
        self._total = total
        self._progress = progress
        self._task = task
        self._told = 0

    def reached(self, count: int) -> None:
        """Say how far it is."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=count)
            return
        if self._total and count * 10 // self._total > self._told:
            self._told = count * 10 // self._total
            self._console.print(f"{self._text}: {self._told * 10} %", highlight=False)
