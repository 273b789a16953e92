"""A garden as coroutines use it; the only place from which a garden's work goes to threads.

Reading and writing have threads of their own. A writer may have to wait for half a minute until
another program has released the database; readers need not, and go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

from flourishing import blocking
from flourishing.errors import OverloadedError, StorageError

if TYPE_CHECKING:
    from flourishing.garden.garden import Garden

P = ParamSpec("P")
T = TypeVar("T")

READERS: Final = 4
"""The number of threads that read. With the writers they are fewer than the connections there may
be to a database, so that no thread waits for one."""
WRITERS: Final = 4
"""The number of threads that write. One would do for SQLite, which lets one write at a time; but
then a large import would hold up whoever keeps a text, while the import is still being read."""
_MOST_WAITING: Final = 1_000


class AsyncGarden:
    """A garden for coroutines.

    ```python
    text = await garden.read(Garden.text, 12)
    await garden.write(Garden.keep, text, bed=bed)
    ```

    Args:
        garden: The garden, which is closed by whoever opened it.

    Attributes:
        name: The path of the garden, or its URL without its password.
        read_only: Whether it can only be read.
    """

    def __init__(self, garden: Garden) -> None:
        self.name = garden.name
        self.read_only = garden.read_only
        self._garden = garden
        self._readers = blocking.Workers(
            "flourishing-reader", threads=READERS, most_waiting=_MOST_WAITING
        )
        self._writers = blocking.Workers(
            "flourishing-writer", threads=WRITERS, most_waiting=_MOST_WAITING
        )

    async def read(
        self, function: Callable[Concatenate[Garden, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a function that only reads; a caller that is cancelled does not wait for its end.

        Args:
            function: A method of `Garden`, or any function that takes the garden first.
            *args: Its further positional arguments.
            **kwargs: Its keyword arguments.

        Returns:
            What the function returns.

        Raises:
            OverloadedError: Too many calls are waiting.
        """
        return await self._readers.run(function, self._garden, *args, **kwargs)

    async def write(
        self, function: Callable[Concatenate[Garden, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a function that writes, wholly or not at all.

        Where the caller is cancelled, what was begun is finished first, and what was not begun is
        left out.

        Args:
            function: A method of `Garden`, or any function that takes the garden first.
            *args: Its further positional arguments.
            **kwargs: Its keyword arguments.

        Returns:
            What the function returns.

        Raises:
            StorageError: Too many calls are waiting, or the garden cannot be written.
        """
        try:
            return await self._writers.finish(function, self._garden, *args, **kwargs)
        except OverloadedError as error:
            raise StorageError(str(error), hint=error.hint) from error

    def require_writable(self) -> None:
        """Refuse to begin what could not be kept; this waits for nothing.

        Raises:
            StorageError: The garden can only be read where it is.
        """
        self._garden.require_writable()

    async def close(self) -> None:
        """Wait until all calls have ended, and end the threads."""
        await blocking.run(self._close)

    def _close(self) -> None:
        self._readers.close()
        self._writers.close()
