"""`croupier game`: list, show and check the games; their mathematics, by computing and by playing.

Each command is imported only when it is asked for.
"""

from __future__ import annotations

from cyclopts import App

__all__ = ["app"]

app = App(name="game", help="List, check and play through the games, and compute their returns.")

for _name, _target, _help in (
    ("list", "listing:list_games", "List the games with their theoretical returns."),
    ("show", "listing:show", "Show the rules of a game: stakes, bets, pay table and help."),
    ("describe", "listing:show", "The same as `show`."),
    ("check", "checking:check", "Check machine files: syntax, rules and return."),
    ("strategy", "strategies:strategy", "Show the strategy that a game's return assumes."),
    ("par", "sheets:par", "Compute the PAR sheet of a game."),
    ("simulate", "simulating:simulate", "Play many rounds and compare with the exact figures."),
    ("reload", "reloading:reload", "Let the running server read its machine folders anew."),
    ("table", "returns:table", "Print the returns of all games as Markdown."),
):
    app.command(f"{__name__}.{_target}", name=_name, help=_help)
