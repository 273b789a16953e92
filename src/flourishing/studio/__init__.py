"""The studio: the page in the browser, and the server behind it.

The server has no logic of breeding: it reads a request, makes one call to the workshop or the
garden, and sends what came of it. Nothing on its event loop blocks (`app` says how).

- `app`: the application; `app_state` is what its requests share.
- `serving`, `connections`, `guard`, `sessions`, `login`, `logs`: the server, its limits, and who is
  let in.
- `beds`, `broods`, `texts`, `library`, `lineage`, `origins`, `exchange`: the endpoints; `importing`
  reads a file that is sent.
- `breeding_jobs`, `streams`: the broods that are on their way, and the events that pages follow.
- `engines`, `prefill`: the base models, and reading a prompt ahead.
- `bodies`, `bodies_beds`, `bodies_events`, `bodies_library`, `bodies_lineage`: what is sent over
  the wire; `telling`, `telling_beds` make it of what the garden has.
- `page`, `problems`: the files of the page, and errors as problem+json.
"""
