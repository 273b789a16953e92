"""A base model behind an address: any server with `/v1/completions`, and Ollama.

Every one of these servers misbehaves in its own way. What they do, and how that is known, is
written in the documents; here is one place for each trouble:

- `address.py`: addresses as people paste them, mended or explained.
- `keys.py`: where a key is, and how it stays out of everything that is shown.
- `crossing.py`: everything runs on one loop, whoever asks from whichever loop.
- `wire.py`: one HTTP client, with redirects that stay at home; `refusals.py`: a status in words.
- `lines.py`: bytes to JSON objects, whatever is wrong with them.
- `bodies.py`: what is asked; `chunks.py`: what is answered, in one form for all servers.
- `answer.py`: chunks to texts: stops, echoes, characters in halves; `cumulative.py`: what is new.
- `learnt.py`: what a server is and can do, as far as it is known; `servers.py`: how to find out.
- `asking.py`: exactly n, with retries and waits; `slots.py`: how many requests at once;
  `blame.py`: which field a refusal is about.
- `tokens.py` and `scoring.py`: counting tokens, and log-probabilities.
- `endpoint.py`: the model that these make up.
"""

from flourishing.models.endpoint.address import Address
from flourishing.models.endpoint.endpoint import Endpoint
from flourishing.models.endpoint.learnt import Learnt

__all__ = ["Address", "Endpoint", "Learnt"]
