"""A model behind an address, whichever server is there.

Every one of these servers misbehaves in its own way. What they do, and how that is known, is
written in the documents; here is one place for each trouble:

- `dialect.py`: the protocol of what differs between servers; one JSON object of an answer, in one
  form for all servers.
- `openai.py`, `ollama.py`, `chat.py`: the dialects.
- `address.py`: addresses as people paste them, mended or explained; where a key is, and how it
  stays out of everything that is shown.
- `keys.py`: keys in the system's keyring, or in memory where it has none.
- `server.py`: a server, what is known of it, and how that is found out.
- `transport.py`: one HTTP client, with redirects that stay on their host; how many requests at
  once, and the one event loop that they run on.
- `refusals.py`: a refusal as one error, and which field it is about.
- `response.py`: one request and its answer: bytes to JSON objects, with time limits.
- `answer.py`: an answer as it comes: chunks to completions; a text as it grows: stops, echoes,
  characters in halves.
- `completions.py`: exactly n, with retries and waits.
- `tokens.py`: an estimate of tokens, and log-probabilities in all their forms.
- `embeddings.py`: embeddings of texts; `decisions.py`: probabilities of answers to a question.
- `endpoint.py`: the model that these make up.
"""

from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.endpoint import Endpoint
from flourishing.models.endpoint.server import Server, ServerCapabilities

__all__ = ["Address", "Endpoint", "Server", "ServerCapabilities"]
