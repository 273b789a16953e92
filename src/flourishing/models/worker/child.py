"""What runs in a worker process: it loads the model, and answers requests.

It may be gone at any moment, and holds nothing that would be lost.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, BinaryIO

from flourishing.core.sampling import Sampling
from flourishing.models.embedded import EmbeddedModel
from flourishing.models.packaged import PackagedModel
from flourishing.models.protocol import Prefillable, require_embeddings
from flourishing.models.worker import frames
from flourishing.models.worker.frames import Frame


def main() -> None:
    """Run the embedded model: `packaged CACHE`, or `file PATH`."""
    kind, path = sys.argv[1:]
    serve(PackagedModel(Path(path)) if kind == "packaged" else EmbeddedModel.from_file(Path(path)))


def serve(model: Prefillable) -> None:
    """Do what is asked on standard input until that ends, and then leave at once.

    Standard output belongs to the frames; what anything prints there goes to standard error.

    Args:
        model: The model.
    """
    # Ctrl-C is for the parent, which decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own = tempfile.tempdir = tempfile.mkdtemp(prefix="flourishing-")
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    asyncio.run(_Server(model, answers).follow(requests, Path(own)))


class _Server:
    """Does what is asked, everything at once.

    Args:
        model: What is asked.
        answers: Where the answers go.
    """

    def __init__(self, model: Prefillable, answers: BinaryIO) -> None:
        self._model = model
        self._answers = answers
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._sent_ready = False

    async def follow(self, requests: BinaryIO, own: Path) -> None:
        """Take requests; at their end, remove the own folder and end the process."""
        loop = asyncio.get_running_loop()

        def listen() -> None:
            for line in requests:
                loop.call_soon_threadsafe(self._take, frames.unpack(line))
            shutil.rmtree(own, ignore_errors=True)
            os._exit(0)  # whatever is being written: nobody is there to read it

        threading.Thread(target=listen, name="flourishing-requests", daemon=True).start()
        await asyncio.Event().wait()

    def _take(self, frame: Frame) -> None:
        number = frame["call"]
        if "cancel" in frame:
            if number in self._tasks:
                self._tasks[number].cancel()
            return
        task = asyncio.create_task(self._answer(number, frame["ask"], frame["with"]))
        self._tasks[number] = task
        task.add_done_callback(lambda _: self._tasks.pop(number))

    async def _answer(self, number: int, what: str, given: Frame) -> None:
        try:
            await self._model.load()
            if not self._sent_ready:
                self._sent_ready = True
                self._send({"ready": True})
            async with aclosing(self._answers_to(what, given)) as answers:
                async for value in answers:
                    self._send({"call": number, "value": value})
        except Exception as error:  # noqa: BLE001 - sent, and raised there
            self._send({"call": number, "error": frames.error_out(error)})
        else:
            self._send({"call": number, "ended": True})

    async def _answers_to(self, what: str, given: Frame) -> AsyncGenerator[Any]:
        match what:
            case "complete":
                sampling = Sampling(**given.pop("sampling"))
                async with aclosing(self._model.complete(sampling=sampling, **given)) as events:
                    async for event in events:
                        yield frames.event_out(event)
            case "prefill":
                async with aclosing(self._model.prefill(**given)) as readings:
                    async for reading in readings:
                        yield frames.event_out(reading)
            case "file_for":
                yield await self._model.file_for(**given)
            case "prompt_room":
                yield await self._model.prompt_room(**given)
            case "count_tokens":
                yield await self._model.count_tokens(**given)
            case "next_token":
                yield frames.tokens_out(await self._model.next_token(**given))
            case "logprobs":
                yield frames.scores_out(await self._model.logprobs(**given))
            case "embed":
                yield frames.array_out(await require_embeddings(self._model).embed(**given))

    def _send(self, frame: Frame) -> None:
        with suppress(OSError):  # nobody reads any more: the end of the requests follows
            self._answers.write(frames.pack(frame))
            self._answers.flush()


if __name__ == "__main__":
    main()
