"""The studio: the page in the browser, and the server behind it.

The server has no logic of breeding: it reads a request, makes one call to a use case or the
garden, and sends what came of it. Nothing on its event loop blocks (`app` says how).

- `app`: the application, and the files of the page; `app_state` is what requests share.
- `serving`, `guard`, `login`: the server, its limits, its log, and who is let in.
- `beds`, `broods`, `texts`, `library`, `import_export`: the endpoints; `acts` takes one act back.
- `models`: the page of models; `pulls`: the models that are being pulled.
- `breeding_jobs`: the broods that are on their way, and the events that pages follow.
- `engines`: the base models, and reading a prompt in advance.
- `schemas`: what requests and responses hold; `serializers` makes responses of what the garden has.
- `problems`: errors as problem+json.
"""
