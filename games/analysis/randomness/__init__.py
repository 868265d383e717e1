"""Whether what is drawn is random: exhaustive counts, batteries of tests, and their verdict.

`narrow` runs the live draw code on words so short that all of them can be tried. `sequences` and
its neighbours test the final outcomes of games, `sp800_22` tests raw bits. `battery` puts many
tests together so that the whole is held at 99 % (standards A12 to A14).
"""
