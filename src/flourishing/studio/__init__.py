"""The studio: the page in the browser, and the server behind it.

The server holds no logic of breeding: it takes a request apart, makes one call to the workshop or
the garden, and tells what came. `bodies` is what is said over the wire, `running` the broods that
are on their way, `guard` who is let in.
"""
