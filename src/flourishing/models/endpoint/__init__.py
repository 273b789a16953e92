"""A base model behind an address, whichever server is there.

Every one of these servers misbehaves in its own way. What they do, and how that is known, is
written in the documents; here is one place for each trouble:

- `dialect.py`: the protocol of what differs between servers; `openai.py`, `llama_cpp.py`,
  `koboldcpp.py`, `ollama.py` and `chat.py`: one dialect each.
- `address.py`: addresses as people paste them, mended or explained.
- `capabilities.py`: a server, and what is known of it; `discovery.py`: how that is found out.
- `keys.py`: where a key is, and how it stays out of everything that is shown.
- `transport.py`: one HTTP client, with redirects that stay on their host.
- `loop_transfer.py`: everything runs on one event loop, whichever loop the caller is on.
- `refusals.py`: a refusal as one error, and which field it is about.
- `json_stream.py`: bytes to JSON objects, whatever is wrong with them.
- `text_stream.py`: a text as it grows: stops, echoes, characters in halves.
- `answer.py`: an answer as it comes: chunks to completions.
- `stream.py`: one request and its answer, with time limits.
- `completions.py`: exactly n, with retries and waits.
- `concurrency.py`: how many requests at once.
- `logprobs.py`: log-probabilities in all their forms; `tokens.py`: an estimate of tokens.
- `endpoint.py`: the model that these make up.
"""

from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.capabilities import Server, ServerCapabilities
from flourishing.models.endpoint.endpoint import Endpoint

__all__ = ["Address", "Endpoint", "Server", "ServerCapabilities"]
