"""The Typer application: one module per part of the work, one place where errors become messages."""

import os
import sys
from types import TracebackType

import typer

from yuqing.cli import (
    analyse,
    collect,
    events,
    hot,
    incidents,
    insight,
    operate,
    receivers,
    scores,
    show,
    simulate,
    tend,
    watch,
)
from yuqing.domain.errors import YuqingError
from yuqing.logs import configure_logging, place_of

app = typer.Typer(
    name="yuqing",
    help="舆情：监测公众对银行的评价，及时预警。退出码：0 成功；1 部分未能处理（已指明）；2 无法运行；3 程序出错。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (
    collect,
    tend,
    analyse,
    scores,
    watch,
    receivers,
    show,
    insight,
    events,
    hot,
    incidents,
    operate,
    simulate,
):
    module.register(app)


class LastWord:
    """An error that nobody foresaw: one line with its kind and place, exit code 3.

    Its own words, and the lines of a traceback, may quote what people wrote or a secret. And 1, Python's own code for
    it, would say that all went well but for a part.
    """

    def __enter__(self) -> None:
        """Nothing to do before."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, YuqingError):
            sys.stderr.write(f"错误：程序内部出错 {type(error).__name__}（{place_of(error, depth=6)}）\n")
            sys.exit(3)


def main() -> None:
    """Run the command line; every error that we raise on purpose is one clear message and exit code 2."""
    with LastWord():
        _run()


def _run() -> None:
    # What we write (database, exports, quarantine, reports) is for the account that runs us, not for the whole host.
    os.umask(0o077)
    configure_logging(os.environ.get("YQ_LOG_LEVEL", "INFO"))
    try:
        app()
    except YuqingError as error:
        sys.stderr.write(f"错误：{error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("已中断\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (`| head`) has gone; nothing is lost.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
